"""A larger shop, made up by rules that a ranker can find out, and large enough to train on in a second.

60 items in 6 categories of two departments; some items of a category are looked at far more than others.
500 shoppers, each with a category they like: a visit is to that category in four cases of five. From one
look to the next they return to the item before in three cases of ten. What they put into the cart they buy
next, if there is a next event. A visit goes on after every event with the same probability, so that nothing
tells whether it will.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.domain.catalogue import CatalogueHistory, CategoryTree, Property, PropertyBatch
from recommender.domain.events import DAY, MINUTE, SECOND, EventBatch, EventType, InteractionLog
from recommender.domain.ids import IdTable

BEGIN = 1_430_000_000_000
DAYS = 40
SHOPPERS = 500
VISITS = 1_000
CATEGORIES = 6
PER_CATEGORY = 10
ITEMS = tuple(f"item-{number:02d}" for number in range(CATEGORIES * PER_CATEGORY))
TREE = {"home": None, "garden": None} | {
    f"category-{number}": ("home", "garden")[number % 2] for number in range(CATEGORIES)
}


def large_log(seed: int = 0, *, visits: int = VISITS, days: int = DAYS, carts: float = 0.1) -> InteractionLog:
    """About four events a visit; `carts`: the share of looks that put the item into the cart."""
    rng = np.random.default_rng(seed)
    length = rng.geometric(0.25, visits)
    visit = np.repeat(np.arange(visits), length)
    step = np.arange(len(visit)) - np.repeat(np.cumsum(length) - length, length)
    shopper = rng.integers(SHOPPERS, size=visits)
    liked = rng.integers(CATEGORIES, size=SHOPPERS)[shopper]
    category = np.where(rng.random(visits) < 0.8, liked, rng.integers(CATEGORIES, size=visits))
    share = 1 / np.arange(1, PER_CATEGORY + 1)
    item = category[visit] * PER_CATEGORY + rng.choice(PER_CATEGORY, len(visit), p=share / share.sum())
    kind = np.where(rng.random(len(visit)) < carts, EventType.ADDTOCART, EventType.VIEW)
    returns = rng.random(len(visit)) < 0.3
    for each in np.flatnonzero(step):
        if kind[each - 1] == EventType.ADDTOCART:
            kind[each] = EventType.TRANSACTION
        if returns[each] or kind[each] == EventType.TRANSACTION:
            item[each] = item[each - 1]
    begins = BEGIN + rng.integers(days * DAY, size=visits)
    timestamp = begins[visit] + step * MINUTE + rng.integers(20 * SECOND, size=len(visit))
    order = np.argsort(timestamp, kind="stable")
    return InteractionLog(
        timestamp[order],
        shopper[visit][order].astype(np.int32),
        item[order].astype(np.int32),
        kind[order].astype(np.int8),
        IdTable.of(f"shopper-{number:03d}" for number in range(SHOPPERS)),
        IdTable.of(ITEMS),
    ).compact()


def without_signal(log: InteractionLog, seed: int = 0) -> InteractionLog:
    """The same visits, but every event is of an item that was drawn from all with equal chances."""
    drawn = np.random.default_rng(seed).integers(len(log.items), size=len(log))
    return replace(log, item=drawn.astype(np.int32))


def continued(log: InteractionLog, *, after: int, seed: int = 1) -> InteractionLog:
    """The log until `after`, and from then on another world with other shoppers and items, too."""
    other = large_log(seed)
    later = [
        (after + int(time) - other.start, f"{table}{name}", EventType(kind), item)
        for time, kind, name, item, table in zip(
            other.timestamp.tolist(),
            other.type.tolist(),
            other.users.ids(other.user),
            [*other.items.ids(other.item[:-50]), *["newcomer"] * 50],
            np.random.default_rng(seed).choice(["", "a-new-"], len(other)).tolist(),
            strict=True,
        )
    ]
    return InteractionLog.of(*rows_of(log.until(after)), *later)


def rows_of(log: InteractionLog) -> list[tuple[int, str, EventType, str]]:
    """The log's events as (timestamp, user id, type, item id), in their order."""
    types = [EventType(kind) for kind in log.type.tolist()]
    users, items = log.users.ids(log.user), log.items.ids(log.item)
    return list(zip(log.timestamp.tolist(), users, types, items, strict=True))


def large_catalogue() -> CatalogueHistory:
    """Every item in its category since a day before the first event."""
    return CatalogueHistory.of(large_properties(), CategoryTree.of(TREE))


def large_properties() -> PropertyBatch:
    """What `large_catalogue` is made of."""
    category = [f"category-{number // PER_CATEGORY}" for number in range(len(ITEMS))]
    return PropertyBatch(
        np.full(len(ITEMS), BEGIN - DAY),
        np.array(ITEMS, np.object_),
        np.full(len(ITEMS), Property.CATEGORY, np.int8),
        np.array(category, np.object_),
    )


def batch_of(log: InteractionLog, prefix: str = "event") -> EventBatch:
    """The log as a batch for an event store, its events named by the prefix and their number."""
    return EventBatch(
        np.array([f"{prefix}-{number}" for number in range(len(log))], np.object_),
        log.timestamp,
        log.type,
        np.array(log.users.ids(log.user), np.object_),
        np.array(log.items.ids(log.item), np.object_),
        np.full(len(log), "", np.object_),
    )
