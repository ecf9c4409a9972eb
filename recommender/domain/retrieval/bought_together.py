"""What shoppers had in hand within minutes of each other, asked of everything this shopper has touched.

Item-based nearest neighbours (Sarwar et al., Item-based collaborative filtering recommendation algorithms,
WWW 2001) with two changes. A pair counts by how close in time its two events are, because who shops for years
has had everything together; and similarities of rare items are shrunk (Koren, Factorization meets the
neighborhood, KDD 2008). Unlike co-visitation it asks with the whole history, not the live session alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import HOUR, MINUTE, EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats
from recommender.domain.retrieval.findings import Votes, score
from recommender.domain.retrieval.pairs import Pairs, best_of_each, require_partners
from recommender.domain.retrieval.source import Query, Reason, because
from recommender.domain.sessions import by_shopper
from recommender.domain.soundness import require_finite, require_shape
from recommender.domain.spans import distinct, entries

HALF_LIFE = 5 * MINUTE
"""A pair of events so far apart counts half as much as two of the same moment."""

LONGEST_GAP = HOUR
LONGEST_STEP = 10
"""Events further apart than this, in time or in number, are no pair; it bounds what a busy shopper costs."""

PRIOR = 10.0
"""Shoppers of every item who had nothing else: rare items are not sure of anything."""

KEPT = 100
"""So many items are kept for each, which bounds the work per request."""

LATEST_ITEMS = 20
"""So many of the latest items ask."""

ASKING = (1.0, 2.0, 3.0)
"""How much an item asks that was looked at, put into the cart, or bought, by EventType code."""

EVENTS = 500_000
"""Events whose pairs are in memory at a time."""


@dataclass(frozen=True, eq=False)
class BoughtTogether:
    """For each item its best partners, and how similar they are.

    first: int64 (items + 1,) into item: int32 (k,), and similarity: float64 (k, 2), by all events, and by
    carts and purchases alone.
    """

    NAME: ClassVar[str] = "bought_together"
    COLUMNS: ClassVar[tuple[str, ...]] = ("score", "basket")
    FIRST: ClassVar[int] = 20

    first: NDArray[np.int64]
    item: Rows
    similarity: Floats

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - the rules know it
        """Sum the closeness of every pair over shoppers, relative to how many shoppers its items have."""
        touched = closeness(log).both_ways()
        basket = closeness(log.taking(log.type != EventType.VIEW)).both_ways()
        one = np.concatenate([touched.one, basket.one])
        other = np.concatenate([touched.other, basket.other])
        by_all = np.concatenate([touched.weight, np.zeros(len(basket.weight))])
        by_basket = np.concatenate([np.zeros(len(touched.weight)), basket.weight])
        of_all = Pairs.summed(one, other, by_all, touched.size)
        of_basket = Pairs.summed(one, other, by_basket, touched.size)
        norm = np.sqrt(shoppers(log) + PRIOR)
        similarity = np.column_stack([of_all.weight, of_basket.weight])
        similarity /= (norm[of_all.one] * norm[of_all.other])[:, None]
        first, best = best_of_each(of_all.one, similarity[:, 0], of_all.size, KEPT)
        return cls(first, of_all.other[best], similarity[best])

    def check(self, items: int, categories: int) -> None:  # noqa: ARG002 - it knows no categories
        """Every item has its partners, and every partner two numbers."""
        require_partners(self.first, self.item, items)
        require_shape("similarity", self.similarity, len(self.item), 2)
        require_finite("similarity", self.similarity)

    def ask(self, query: Query) -> Votes:
        """The partners of the shopper's items, by what all of these say together."""
        latest = query.distinct[:LATEST_ITEMS]
        partners = self.partners(latest, _asking(query.history, latest))
        return Votes(partners.item, score(partners.table), partners.reason)

    def partners(self, item: Rows, asking: Floats) -> Votes:
        """The partners of some items, each asking so much: both kinds of similarity, summed."""
        entry, owner = entries(self.first, item)
        vote = self.similarity.take(entry, axis=0) * asking[owner, None]
        partner, place = distinct(self.item.take(entry))
        votes = [np.bincount(place, each, minlength=len(partner)) for each in vote.T]
        table = np.column_stack(votes).astype(np.float64, copy=False)  # of nothing, bincount gives integers
        reason = because(Reason.SESSION_NEIGHBOURS, len(partner))
        reason[table[:, 1] > 0] = Reason.BOUGHT_TOGETHER
        return Votes(partner, table, reason)


def _asking(history: History, item: Rows) -> Floats:
    """How much each of some items asks: by the most that was done with it; float64 (n,)."""
    weight = (item[:, None] == history.item) * np.array(ASKING)[history.type]
    most: Floats = weight.max(axis=1, initial=0.0)
    return most


def shoppers(log: InteractionLog) -> NDArray[np.int64]:
    """How many shoppers have an event of each item; int64 (items,)."""
    pair = np.unique(log.user * np.int64(len(log.items)) + log.item)
    return np.bincount(pair % max(len(log.items), 1), minlength=len(log.items))


def closeness(log: InteractionLog, at_once: int = EVENTS) -> Pairs:
    """Each pair of different items (lower row, higher row): the sum over shoppers of their closest events.

    Two events of a shopper are as close as 0.5 to the time between them in half-lives. A shopper counts once
    for a pair, so that nobody makes items similar by going back and forth between them.

    at_once: so many events at a time, to bound memory.
    """
    size = len(log.items)
    pairs = Pairs.summed(log.item[:0], log.item[:0], np.empty(0), size)
    for block in _blocks(log, at_once):
        one, other, close = _closest(block)
        pairs = Pairs.summed(
            np.concatenate([pairs.one, one]),
            np.concatenate([pairs.other, other]),
            np.concatenate([pairs.weight, close]),
            size,
        )
    return pairs


def _blocks(log: InteractionLog, at_once: int) -> Iterator[InteractionLog]:
    """Stretches of whole shoppers, in order of shopper and time, of about `at_once` events."""
    ordered = log.taking(by_shopper(log))
    start = 0
    while start < len(ordered):
        last = ordered.user[min(start + at_once, len(ordered)) - 1]
        stop = int(np.searchsorted(ordered.user, last, side="right"))
        yield ordered.taking(slice(start, stop))
        start = stop


def _closest(block: InteractionLog) -> tuple[Rows, Rows, Floats]:
    """Lower item, higher item, and closeness: each pair once per shopper."""
    earlier, later = _near(block)
    close = np.exp2((block.timestamp[earlier] - block.timestamp[later]) / HALF_LIFE)
    user, low, high = block.user[earlier], *np.sort([block.item[earlier], block.item[later]], axis=0)
    order = np.lexsort((-close, high, low, user))
    user, low, high, close = user[order], low[order], high[order], close[order]
    new = np.ones(len(order), bool)
    new[1:] = (np.diff(user) != 0) | (np.diff(low) != 0) | (np.diff(high) != 0)
    return low[new], high[new], close[new]


def _near(block: InteractionLog) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Positions of events of one shopper and different items that are near enough to be a pair."""
    found = [(np.empty(0, np.int64), np.empty(0, np.int64))]
    user, timestamp, item = block.user, block.timestamp, block.item
    for step in range(1, min(LONGEST_STEP, len(block) - 1) + 1):
        near = (user[step:] == user[:-step]) & (timestamp[step:] - timestamp[:-step] <= LONGEST_GAP)
        earlier = np.flatnonzero(near & (item[step:] != item[:-step]))
        found.append((earlier, earlier + step))
    return np.concatenate([each[0] for each in found]), np.concatenate([each[1] for each in found])
