"""Shops of chance for the laws of the domain, and proof that the shop of `worlds` is as drawn there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from itertools import product

import numpy as np
from fakes.events import rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from worlds import BUY, CART, EVENTS, VIEW, shop_index, shop_log, shop_model

from recommender.domain.catalogue import CatalogueHistory, CategoryTree, Property, PropertyBatch
from recommender.domain.events import DAY, MINUTE, EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.retrieval import SOURCES, Candidates, unite
from recommender.domain.search import Search

Event = tuple[int, str, EventType, str]
Row = tuple[int, str, Property, str]

LAW = settings(suppress_health_check=[HealthCheck.too_slow])
"""How often a law is tried; no deadline, because the machine may be busy."""

T0 = 1_430_000_000_000
MIDDLE = T0 + 2 * DAY
"""The shops of chance live from T0 for four days; this is halfway."""

PARENTS = {"top": None, "left": "top", "right": "top", "leaf": "left", "alone": None}
CATEGORIES = (*PARENTS, "stray")
ITEMS = ("a", "b", "c", "d", "e", "f", "g")
USERS = ("ada", "bob", "eve")


def _moments(first: int, days: int) -> list[int]:
    """Ten minutes apart within the first hours of some days, so that many are equal."""
    return [first + day * DAY + tick * 10 * MINUTE for day in range(days) for tick in range(10)]


def event_lists(first: int = T0, days: int = 4, least: int = 0) -> st.SearchStrategy[list[Event]]:
    """Events in no order, of few shoppers and items."""
    events = st.sampled_from(list(product(_moments(first, days), USERS, EventType, ITEMS)))
    return st.lists(events, min_size=least, max_size=20)


def row_lists(
    first: int = T0, days: int = 4, categories: tuple[str, ...] = CATEGORIES
) -> st.SearchStrategy[list[Row]]:
    """Property rows in no order; "stray" is a category outside the tree, and item "h" is never looked at."""
    said = [(Property.CATEGORY, each) for each in categories] + [(Property.AVAILABLE, each) for each in "01"]
    rows = product(_moments(first, days), (*ITEMS[1:], "h"), said)
    return st.lists(st.sampled_from([(time, item, *each) for time, item, each in rows]), max_size=14)


def catalogue_of(rows: Iterable[Row]) -> CatalogueHistory:
    """The rows in their order, with the tree of PARENTS."""
    table = list(rows)
    batch = PropertyBatch(
        np.array([each[0] for each in table], np.int64),
        np.array([each[1] for each in table], np.object_),
        np.array([each[2] for each in table], np.int8),
        np.array([each[3] for each in table], np.object_),
    )
    return CatalogueHistory.of(batch, CategoryTree.of(PARENTS))


def index_of(events: Iterable[Event], rows: Iterable[Row]) -> Index:
    return Index.fit(InteractionLog.of(*events), catalogue_of(rows), SOURCES)


INDEXES = st.builds(index_of, event_lists(least=1), row_lists())
"""What is known of shops of chance."""


def history_of(index: Index, *events: tuple[int, EventType, str]) -> History:
    """A history written down as (timestamp, type, item id)."""
    return History(
        index.items.rows(each[2] for each in events),
        np.array([each[0] for each in events], np.int64),
        np.array([each[1] for each in events], np.int8),
    )


def happened(history: History) -> list[tuple[int, int, int]]:
    """A history as (timestamp, type, item row), to be compared."""
    return list(zip(history.timestamp.tolist(), history.type.tolist(), history.item.tolist(), strict=True))


def found(search: Search, limit: int = 100) -> Candidates:
    """So many candidates of each source, whatever rules would say."""
    return unite([each.shortlist(limit) for each in search.findings])


def assert_same(mine: object, theirs: object) -> None:
    """Equal to the last bit and type, through dataclasses, tuples and arrays."""
    assert type(mine) is type(theirs)
    if isinstance(mine, np.ndarray):
        np.testing.assert_array_equal(mine, theirs, strict=True)
    elif is_dataclass(mine):
        for field in fields(mine):
            assert_same(getattr(mine, field.name), getattr(theirs, field.name))
    elif isinstance(mine, tuple) and isinstance(theirs, tuple):
        for one, other in zip(mine, theirs, strict=True):
            assert_same(one, other)
    else:
        assert mine == theirs


def assert_close(mine: Floats, theirs: Floats) -> None:
    """Equal but for rounding: with more or fewer rows dot products may be added up in another order."""
    np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-15, strict=True)


def test_the_events_of_the_shop_are_those_of_its_drawing() -> None:
    counts = Counter((item, kind) for _, _, kind, item in EVENTS)
    drawn = {
        "phone-a": (4, 2, 1),
        "phone-b": (2, 0, 0),
        "phone-c": (1, 0, 0),
        "phone-d": (1, 0, 0),
        "laptop-a": (2, 1, 0),
        "laptop-b": (1, 0, 0),
        "laptop-c": (0, 0, 0),
        "cable": (1, 0, 0),
        "rake": (2, 1, 1),
        "hose": (1, 0, 0),
        "seeds": (0, 0, 0),
        "gift-card": (1, 0, 0),
    }
    assert {item: tuple(counts[item, kind] for kind in (VIEW, CART, BUY)) for item in drawn} == drawn


def test_the_log_of_the_shop_holds_its_events_in_order_of_time() -> None:
    assert rows_of(shop_log()) == list(EVENTS)


def test_the_index_of_the_shop_knows_every_item_of_the_drawing_and_what_is_sold_out() -> None:
    index = shop_index()
    assert len(index.items) == 12
    assert index.items.ids(np.flatnonzero(~index.available).astype(np.int32)) == ["phone-d"]
    unknown = np.flatnonzero(index.category < 0).astype(np.int32)
    assert index.items.ids(unknown) == ["gift-card"]


def test_the_model_of_the_shop_ranks_by_the_columns_of_its_index() -> None:
    model = shop_model()
    assert len({ranker.features for ranker in model.rankers}) == 1


@given(event_lists(least=1), row_lists())
@LAW
def test_learning_twice_from_the_same_shop_gives_the_same_to_the_last_bit(
    events: list[Event], rows: list[Row]
) -> None:
    assert_same(index_of(events, rows), index_of(events, rows))
