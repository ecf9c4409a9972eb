from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from math import log1p, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import T0, catalogue_of

from recommender.domain.events import MINUTE, EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.index import Index
from recommender.domain.retrieval import Reason
from recommender.domain.retrieval.bought_together import (
    ASKING,
    HALF_LIFE,
    KEPT,
    LATEST_ITEMS,
    LONGEST_GAP,
    LONGEST_STEP,
    PRIOR,
    BoughtTogether,
    closeness,
    shoppers,
)
from recommender.domain.retrieval.findings import VOTE

VIEW, CART, BUY = EventType

Event = tuple[int, str, EventType, str]
"""(minute, shopper, type, item)"""


def log_of(*events: Event) -> InteractionLog:
    return InteractionLog.of(
        *((T0 + minute * MINUTE, user, kind, item) for minute, user, kind, item in events)
    )


def index_of(*events: Event) -> Index:
    return Index.fit(log_of(*events), catalogue_of([]), [BoughtTogether])


def said(index: Index, *touched: tuple[EventType, str]) -> dict[str, tuple[float, float]]:
    """Item -> (score, basket) for somebody who touched these items, one a minute."""
    rows = index.items.rows(item for _, item in touched)
    times = index.end + np.arange(len(touched), dtype=np.int64) * MINUTE
    history = History(rows, times, np.array([kind for kind, _ in touched], np.int8))
    findings = index.sources[0].ask(index.query(history, index.end + len(touched) * MINUTE))
    listed = findings.shortlist(10_000)
    columns = findings.columns(listed.item)
    assert columns[:, 0].tolist() == sorted(columns[:, 0].tolist(), reverse=True)
    in_basket = listed.reason == Reason.BOUGHT_TOGETHER
    assert in_basket.tolist() == (columns[:, 1] > 0).tolist()
    assert set(listed.reason[~in_basket].tolist()) <= {Reason.SESSION_NEIGHBOURS}
    pairs = [(score, basket) for score, basket in columns.tolist()]
    return dict(zip(index.items.ids(listed.item), pairs, strict=True))


def slow_closeness(log: InteractionLog) -> dict[tuple[int, int], float]:
    """Look at every two events of every shopper."""
    total: dict[tuple[int, int], float] = defaultdict(float)
    for user in range(len(log.users)):
        events = np.flatnonzero(log.user == user).tolist()
        closest: dict[tuple[int, int], float] = {}
        for (one, earlier), (other, later) in combinations(enumerate(events), 2):
            gap = int(log.timestamp[later] - log.timestamp[earlier])
            low, high = sorted((int(log.item[earlier]), int(log.item[later])))
            if low != high and other - one <= LONGEST_STEP and gap <= LONGEST_GAP:
                closest[low, high] = max(closest.get((low, high), 0.0), 0.5 ** (gap / HALF_LIFE))
        for pair, close in closest.items():
            total[pair] += close
    return total


def slow_votes(log: InteractionLog, touched: list[tuple[EventType, str]]) -> dict[str, float]:
    """Ask with every item, as the formula is written down."""
    close = slow_closeness(log)
    norm = [sqrt(len(set(log.user[log.item == item].tolist())) + PRIOR) for item in range(len(log.items))]
    total: dict[str, float] = defaultdict(float)
    for asking in {item for _, item in touched}:
        row = log.items.row(asking)
        weight = max(ASKING[kind] for kind, item in touched if item == asking)
        for (low, high), value in close.items():
            if row in (low, high):
                other = high if row == low else low
                total[log.items.id(other)] += weight * value / norm[low] / norm[high]
    return {item: log1p(VOTE * votes) for item, votes in total.items()}


EVENTS = st.lists(
    st.tuples(
        st.integers(0, 150),
        st.sampled_from("uvw"),
        st.sampled_from(list(EventType)),
        st.sampled_from("abcdef"),
    ),
    min_size=1,
    max_size=30,
)
TOUCHED = st.lists(st.tuples(st.sampled_from(list(EventType)), st.sampled_from("abcdef")), max_size=6)


@given(EVENTS)
def test_closeness_is_that_of_looking_at_every_two_events_of_every_shopper(events: list[Event]) -> None:
    log = log_of(*events)
    pairs = closeness(log)
    found = dict(zip(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True), pairs.weight, strict=True))
    assert found == pytest.approx(slow_closeness(log))


@given(EVENTS, TOUCHED)
def test_votes_are_those_of_the_formula(events: list[Event], touched: list[tuple[EventType, str]]) -> None:
    log, index = log_of(*events), index_of(*events)
    known = [each for each in touched if index.items.row(each[1]) >= 0]
    assert {item: score for item, (score, _) in said(index, *known).items()} == pytest.approx(
        slow_votes(log, known)
    )


@given(EVENTS, st.integers(1, 5))
def test_it_does_not_matter_how_many_events_are_in_memory_at_a_time(events: list[Event], block: int) -> None:
    log = log_of(*events)
    whole, in_blocks = closeness(log), closeness(log, block)
    np.testing.assert_array_equal(in_blocks.one, whole.one)
    np.testing.assert_array_equal(in_blocks.other, whole.other)
    np.testing.assert_allclose(in_blocks.weight, whole.weight)


def test_what_was_touched_within_minutes_is_nearer_than_what_was_touched_half_an_hour_later() -> None:
    found = said(index_of((0, "u", VIEW, "a"), (1, "u", VIEW, "x"), (30, "u", VIEW, "y")), (VIEW, "a"))
    assert found["x"] > found["y"] > (0.0, 0.0)


def test_events_an_hour_apart_are_a_pair_and_beyond_that_none() -> None:
    assert set(said(index_of((0, "u", VIEW, "a"), (60, "u", VIEW, "x")), (VIEW, "a"))) == {"x"}
    assert said(index_of((0, "u", VIEW, "a"), (61, "u", VIEW, "x")), (VIEW, "a")) == {}


def test_only_carts_and_purchases_fill_a_basket() -> None:
    index = index_of(
        (0, "u", BUY, "a"), (0, "u", BUY, "x"), (0, "u", CART, "y"), (0, "u", VIEW, "z"), (0, "v", VIEW, "a")
    )
    found = said(index, (VIEW, "a"))
    assert [item for item, (_, basket) in found.items() if basket > 0] == ["x", "y"]
    assert found["z"][0] > 0


def test_a_shopper_counts_once_for_a_pair() -> None:
    there_and_back = [(minute, "u", VIEW, "ax"[minute % 2]) for minute in range(20)]
    once = [(0, "u", VIEW, "a"), (1, "u", VIEW, "x")]
    assert closeness(log_of(*there_and_back)).weight.tolist() == closeness(log_of(*once)).weight.tolist()


def test_what_was_bought_asks_more_than_what_was_looked_at() -> None:
    index = index_of((0, "u", VIEW, "a"), (1, "u", VIEW, "x"), (0, "v", VIEW, "b"), (1, "v", VIEW, "y"))
    found = said(index, (BUY, "a"), (VIEW, "b"))
    assert found["x"] > found["y"]


def test_the_whole_history_asks_though_no_session_is_live() -> None:
    index = index_of((0, "u", VIEW, "a"), (1, "u", VIEW, "x"))
    history = History(index.items.rows(["a"]), np.array([index.end], np.int64), np.zeros(1, np.int8))
    findings = index.sources[0].ask(index.query(history, index.end + 100_000 * MINUTE))
    assert index.items.ids(findings.shortlist(5).item) == ["x"]


def test_so_many_of_the_latest_items_ask_and_no_more() -> None:
    names = [f"i{each:02d}" for each in range(LATEST_ITEMS + 1)]
    index = index_of(*((0, f"u{name}", VIEW, item) for name in names for item in (name, f"x{name}")))
    found = said(index, *((VIEW, name) for name in names))
    assert set(found) == {f"x{name}" for name in names[1:]}


def test_of_an_item_with_many_partners_the_best_are_kept() -> None:
    partners = [(0, f"u{each}", VIEW, f"x{each:03d}") for each in range(KEPT + 5)]
    index = index_of(*partners, *((each % 2, f"u{each}", VIEW, "a") for each in range(KEPT + 5)))
    assert len(said(index, (VIEW, "a"))) == KEPT


def test_somebody_without_a_history_is_told_nothing() -> None:
    assert said(index_of((0, "u", VIEW, "a"), (1, "u", VIEW, "x"))) == {}


def test_items_that_nobody_touched_with_another_have_no_partner() -> None:
    assert said(index_of((0, "u", VIEW, "a"), (0, "v", VIEW, "x")), (VIEW, "a")) == {}


def test_an_empty_log_has_no_pairs_and_no_shoppers() -> None:
    empty = InteractionLog.of()
    assert len(closeness(empty).weight) == 0
    assert shoppers(empty).tolist() == []


def test_shoppers_are_counted_and_not_their_events() -> None:
    log = log_of((0, "u", VIEW, "a"), (1, "u", BUY, "a"), (2, "v", VIEW, "a"), (3, "v", VIEW, "b"))
    assert shoppers(log).tolist() == [2, 1]
