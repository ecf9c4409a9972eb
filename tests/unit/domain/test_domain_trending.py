from __future__ import annotations

from collections import Counter
from itertools import pairwise
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_neighbours import asked
from unit.domain.test_domain_shops import LAW, T0, Event, Row, catalogue_of, event_lists, row_lists
from worlds import VIEW

from recommender.domain.catalogue import Property
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.index import Index
from recommender.domain.popularity import EVENT_WEIGHTS, Window
from recommender.domain.retrieval import Reason
from recommender.domain.retrieval.trending import LONGEST, TRENDS, Trending

BEFORE = T0 - 40 * DAY
SHORT, LONG = TRENDS[Window.DAY]


def index_of(events: list[Event], rows: list[Row] | None = None) -> Index:
    return Index.fit(InteractionLog.of(*events), catalogue_of(rows or []), [Trending])


def trending(index: Index, *looked_at: str, limit: int = 10_000) -> list[str]:
    findings = index.sources[0].ask(asked(index, *looked_at))
    shortlist = findings.shortlist(limit)
    assert set(shortlist.reason.tolist()) <= {Reason.TRENDING}
    assert findings.columns(shortlist.item).shape == (len(shortlist.item), 0)
    return index.items.ids(shortlist.item)


def usually(item: str, each_day: int = 1) -> list[Event]:
    """Looks at an item on each of forty days, by somebody else each time."""
    days = [BEFORE + day * DAY for day in range(40) for _ in range(each_day)]
    return [(time, f"{item}{number}", VIEW, item) for number, time in enumerate(days)]


def now(item: str, shoppers: int) -> list[Event]:
    return [(T0, f"new-{item}{number}", VIEW, item) for number in range(shoppers)]


def slow_growth(events: list[Event]) -> dict[str, float]:
    """How far each item is above what is usual, event by event."""
    short: Counter[str] = Counter()
    long: Counter[str] = Counter()
    latest = max(each[0] for each in events)
    for time, _, kind, item in events:
        short[item] += EVENT_WEIGHTS[kind] * 0.5 ** ((latest - time) / SHORT)
        long[item] += EVENT_WEIGHTS[kind] * 0.5 ** ((latest - time) / LONG) * SHORT / LONG
    return {item: (short[item] - long[item]) / sqrt(long[item] + 1) for item in short}


@given(event_lists(least=1), row_lists())
@LAW
def test_the_list_is_that_of_counting_event_by_event(events: list[Event], rows: list[Row]) -> None:
    index, growth = index_of(events, rows), slow_growth(events)
    found = trending(index)
    available = {item for item in growth if index.available[index.items.row(item)]}
    rounding = 1e-9
    assert {item for item in available if growth[item] > rounding} <= set(found)
    assert set(found) <= {item for item in available if growth[item] > -rounding}
    grown = [growth[item] for item in found]
    assert all(better > worse - rounding for better, worse in pairwise(grown))


@given(event_lists(least=1), st.integers(0, 8))
@LAW
def test_a_shorter_list_is_the_beginning_of_a_longer_one(events: list[Event], limit: int) -> None:
    index = index_of(events)
    assert trending(index, limit=limit) == trending(index)[:limit]


def test_nothing_trends_in_an_empty_log() -> None:
    assert Trending.fit(InteractionLog.of(), catalogue_of([]).at(T0)).charts.item.tolist() == []


def test_the_only_event_is_a_trend() -> None:
    assert trending(index_of([(T0, "u", VIEW, "a")])) == ["a"]


def test_what_is_new_trends_more_than_what_is_always_popular() -> None:
    found = trending(index_of([*usually("always", 5), *now("always", 5), *now("new", 3)]))
    assert found[0] == "new"


def test_what_grows_more_comes_first_and_ties_come_in_order_of_row() -> None:
    assert trending(index_of([*now("c", 2), *now("b", 2), *now("a", 1), *now("d", 3)])) == list("dbca")


def test_what_nobody_has_looked_at_for_weeks_or_ever_is_not_listed() -> None:
    never: list[Row] = [(BEFORE, "never", Property.CATEGORY, "top")]
    assert trending(index_of([*usually("old"), *now("new", 1)], never)) == ["new"]


def test_what_is_sold_out_is_not_listed() -> None:
    sold_out: list[Row] = [(T0, "gone", Property.AVAILABLE, "0")]
    assert trending(index_of([*now("gone", 3), *now("there", 1)], sold_out)) == ["there"]


def test_so_many_items_are_listed_and_no_more() -> None:
    found = trending(index_of([(T0, f"u{at}", VIEW, f"i{at:03d}") for at in range(LONGEST + 10)]))
    assert found == [f"i{at:03d}" for at in range(LONGEST)]


def test_everybody_is_told_the_same() -> None:
    index = index_of([*now("a", 2), *now("b", 1)])
    assert trending(index) == trending(index, "b") == ["a", "b"]


@pytest.mark.parametrize("size", [100, 101, 10_000])
def test_a_robot_of_ten_thousand_events_moves_the_list_no_further_than_a_shopper_of_a_hundred(
    size: int,
) -> None:
    robot = [(T0, "robot", VIEW, "robot's")] * size
    assert trending(index_of([*now("more", 101), *robot, *now("less", 99)])) == ["more", "robot's", "less"]


@given(st.integers(100, 3_000), event_lists(least=1))
@LAW
def test_however_much_a_robot_does_beyond_a_hundred_events_the_list_stays(
    size: int, events: list[Event]
) -> None:
    lists = [
        trending(index_of([*events, *[(T0 + 5 * DAY, "robot", VIEW, "a")] * each])) for each in (100, size)
    ]
    assert lists[0] == lists[1]
