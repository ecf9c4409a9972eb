from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, Event, event_lists
from worlds import BUY, VIEW

from recommender.domain.events import MINUTE, SECOND, InteractionLog
from recommender.domain.influence import MOST_EVENTS
from recommender.domain.popularity import EVENT_WEIGHTS
from recommender.domain.retrieval.pairs import Pairs, best_of_each

Weights = dict[tuple[str, str], float]

DECAY = 0.5

SMALL = st.integers(0, 4)
ENTRIES = st.lists(st.tuples(SMALL, SMALL, st.sampled_from([0.25, 1.0, 3.0])), max_size=20)
"""A sparse matrix of five rows with repeated entries."""


def slow_pairs(log: InteractionLog, longest: int, decay: float, weight: Sequence[float]) -> Weights:
    """Walk through every shopper's events, and from each of them on to the next ones of its session."""
    events: dict[int, list[tuple[int, str, float]]] = defaultdict(list)
    columns = (log.user.tolist(), log.timestamp.tolist(), log.item.tolist(), weight)
    for user, time, item, counts in zip(*columns, strict=True):
        events[user].append((time, log.items.id(item), counts))
    total: Weights = defaultdict(float)
    for walk in events.values():
        influence = min(1.0, MOST_EVENTS / len(walk))
        for at, (time, item, _) in enumerate(walk):
            before = time
            for step, (later, other, counts) in enumerate(walk[at + 1 : at + 1 + longest]):
                if later - before > 30 * MINUTE:
                    break
                before = later
                if other != item:
                    total[item, other] += counts * influence * decay**step
    return dict(total)


def slow_totals(pairs: Weights) -> tuple[dict[str, float], dict[str, float]]:
    """The weight of the pairs that begin, and that end, with an item."""
    begin: dict[str, float] = defaultdict(float)
    end: dict[str, float] = defaultdict(float)
    for (one, other), weight in pairs.items():
        begin[one] += weight
        end[other] += weight
    return begin, end


def entries(pairs: Pairs) -> dict[tuple[int, int], float]:
    """The matrix by its entries, each of which it has once."""
    keys = list(zip(pairs.one.tolist(), pairs.other.tolist(), strict=True))
    assert keys == sorted(set(keys))
    assert [pairs.one.dtype, pairs.other.dtype, pairs.weight.dtype] == [np.int32, np.int32, np.float64]
    return dict(zip(keys, pairs.weight.tolist(), strict=True))


def counted(log: InteractionLog, longest: int = 3, weight: Sequence[float] | None = None) -> Weights:
    """The pairs of a log by id."""
    of_event = np.ones(len(log)) if weight is None else np.array(weight)
    pairs = Pairs.of_steps(log, longest, DECAY, of_event)
    assert pairs.size == len(log.items)
    name = log.items.id
    return {(name(one), name(other)): value for (one, other), value in entries(pairs).items()}


def walk(*items: str, user: str = "u", start: int = T0) -> list[Event]:
    """One item a second."""
    return [(start + at * SECOND, user, VIEW, item) for at, item in enumerate(items)]


def matrix(listed: Sequence[tuple[int, int, float]], size: int = 5) -> Pairs:
    one, other = (np.array([each[at] for each in listed], np.int32) for at in (0, 1))
    return Pairs.summed(one, other, np.array([float(each[2]) for each in listed]), size)


@given(event_lists(), st.integers(1, 4))
@LAW
def test_pairs_are_those_of_walking_through_every_session(events: list[Event], longest: int) -> None:
    log = InteractionLog.of(*events)
    weight = [EVENT_WEIGHTS[kind] for kind in log.type.tolist()]
    assert counted(log, longest, weight) == pytest.approx(slow_pairs(log, longest, DECAY, weight))


def test_an_empty_log_has_no_pairs() -> None:
    assert counted(InteractionLog.of()) == {}


def test_one_event_makes_no_pair() -> None:
    assert counted(InteractionLog.of(*walk("a"))) == {}


def test_an_item_is_no_pair_with_itself_and_a_repetition_is_a_step() -> None:
    assert counted(InteractionLog.of(*walk("a", "a", "b"))) == {("a", "b"): 1 + DECAY}


def test_a_pair_counts_less_with_every_step_and_nothing_beyond_the_longest() -> None:
    pairs = counted(InteractionLog.of(*walk("a", "b", "c", "d", "e")), 3)
    assert [pairs.get(("a", other)) for other in "bcde"] == [1, DECAY, DECAY**2, None]


def test_the_earlier_item_comes_first() -> None:
    assert counted(InteractionLog.of(*walk("b", "a"))) == {("b", "a"): 1}


def test_a_pair_counts_what_its_later_event_does() -> None:
    log = InteractionLog.of((T0, "u", BUY, "a"), (T0 + 1, "u", VIEW, "b"))
    assert counted(log, weight=[5.0, 1.0]) == {("a", "b"): 1.0}


@pytest.mark.parametrize(("pause", "same"), [(30 * MINUTE, True), (30 * MINUTE + 1, False)])
def test_items_of_two_sessions_are_no_pair(pause: int, same: bool) -> None:  # noqa: FBT001 - a table's column
    log = InteractionLog.of(*walk("a"), *walk("b", start=T0 + pause))
    assert (("a", "b") in counted(log)) is same


def test_items_of_two_shoppers_are_no_pair() -> None:
    assert counted(InteractionLog.of(*walk("a"), *walk("b", user="v", start=T0 + 1))) == {}


def test_equal_pairs_of_several_shoppers_add_up() -> None:
    log = InteractionLog.of(*(each for user in "uvw" for each in walk("a", "b", user=user)))
    assert counted(log) == {("a", "b"): 3.0}


@given(st.integers(0, 1_000), st.lists(st.sampled_from("abcd"), min_size=1, max_size=5))
@LAW
def test_all_pairs_of_a_shopper_together_count_at_most_so_many_first_steps(
    repeated: int, items: list[str]
) -> None:
    pairs = counted(InteractionLog.of(*walk(*items * repeated)), 3)
    assert sum(pairs.values()) <= MOST_EVENTS * (1 + DECAY + DECAY**2) + 1e-9


@given(ENTRIES)
@LAW
def test_equal_pairs_are_added_up_and_come_in_order(listed: list[tuple[int, int, float]]) -> None:
    slow: dict[tuple[int, int], float] = defaultdict(float)
    for one, other, weight in listed:
        slow[one, other] += weight
    assert entries(matrix(listed)) == slow


@given(ENTRIES)
@LAW
def test_totals_are_those_of_rows_and_columns(listed: list[tuple[int, int, float]]) -> None:
    begin, end = matrix(listed).totals()
    assert begin.tolist() == [sum(each[2] for each in listed if each[0] == row) for row in range(5)]
    assert end.tolist() == [sum(each[2] for each in listed if each[1] == row) for row in range(5)]


@given(ENTRIES)
@LAW
def test_both_ways_is_the_sum_with_the_transpose(listed: list[tuple[int, int, float]]) -> None:
    slow: dict[tuple[int, int], float] = defaultdict(float)
    for one, other, weight in listed:
        slow[one, other] += weight
        slow[other, one] += weight
    assert entries(matrix(listed).both_ways()) == slow


def test_an_empty_matrix_has_no_totals_and_stays_empty_both_ways() -> None:
    nothing = matrix([], 0)
    assert [each.tolist() for each in nothing.totals()] == [[], []]
    assert entries(nothing.both_ways()) == {}


def test_some_of_the_pairs_get_the_other_weights() -> None:
    pairs = matrix([(0, 1, 1.0), (0, 2, 2.0), (1, 0, 3.0)])
    some = pairs.where(np.array([True, False, True]), np.array([7.0, 8.0, 9.0]))
    assert entries(some) == {(0, 1): 7.0, (1, 0): 9.0}


@given(st.lists(st.tuples(SMALL, st.sampled_from([0.0, 0.5, 1.0]))), st.integers(0, 4))
@LAW
def test_the_best_of_each_group_come_best_first_and_ties_by_position(
    scored: list[tuple[int, float]], most: int
) -> None:
    group, score = np.array([each[0] for each in scored], np.int32), np.array([each[1] for each in scored])
    offsets, best = best_of_each(group, score, 5, most)
    assert offsets.tolist()[0] == 0
    for wanted in range(5):
        slow = sorted((at for at in range(len(scored)) if scored[at][0] == wanted), key=lambda at: -score[at])
        assert best[offsets[wanted] : offsets[wanted + 1]].tolist() == slow[:most]
