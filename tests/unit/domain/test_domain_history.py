from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, Event, event_lists, happened

from recommender.domain.events import EventType, InteractionLog
from recommender.domain.history import HISTORY_LENGTH, Histories, History
from recommender.domain.ids import ABSENT


def history(happenings: list[tuple[int, int, int]]) -> History:
    """A history of (timestamp, type, item row)."""
    return History(
        np.array([each[2] for each in happenings], np.int32),
        np.array([each[0] for each in happenings], np.int64),
        np.array([each[1] for each in happenings], np.int8),
    )


HAPPENINGS = st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2), st.integers(0, 4)), max_size=10).map(
    lambda each: sorted(each, key=lambda one: one[0])
)


def slow_latest(happenings: list[tuple[int, int, int]], length: int) -> list[tuple[int, int, int]]:
    """Walk back: keep an event if it is one of the last `length`, or one of the last `length` purchases."""
    kept: list[tuple[int, int, int]] = []
    purchases = 0
    for back, each in enumerate(reversed(happenings)):
        purchases += each[1] == EventType.TRANSACTION
        if back < length or (each[1] == EventType.TRANSACTION and purchases <= length):
            kept.insert(0, each)
    return kept


def test_until_a_moment_includes_its_millisecond() -> None:
    known = history([(1, 0, 0), (2, 0, 1), (2, 0, 2), (3, 0, 3)])
    assert happened(known.until(2)) == [(1, 0, 0), (2, 0, 1), (2, 0, 2)]
    assert happened(known.until(0)) == []


def test_a_guest_has_an_empty_history_with_the_promised_types() -> None:
    guest = History.empty()
    assert len(guest.until(5).latest()) == 0
    assert [guest.item.dtype, guest.timestamp.dtype, guest.type.dtype] == [np.int32, np.int64, np.int8]


def test_the_latest_events_are_the_last_hundred_unless_said_otherwise() -> None:
    known = history([(each, 0, each) for each in range(HISTORY_LENGTH + 5)])
    assert happened(known.latest()) == happened(known)[5:]
    assert happened(known.latest(2)) == happened(known)[-2:]


def test_purchases_are_kept_however_many_looks_came_after_them() -> None:
    known = history([(1, 2, 0), (2, 2, 1), (3, 0, 2), (4, 1, 3), (5, 2, 4), (6, 0, 5), (7, 0, 6)])
    assert [item for _, _, item in happened(known.latest(2))] == [1, 4, 5, 6]


def test_at_equal_times_the_earlier_history_comes_first() -> None:
    mine, later = history([(1, 0, 10), (2, 0, 11)]), history([(1, 0, 20), (2, 0, 21)])
    assert [item for _, _, item in happened(mine.then(later))] == [10, 20, 11, 21]


@pytest.mark.parametrize("empty", [History.empty(), history([])])
def test_an_empty_history_adds_nothing_on_either_side(empty: History) -> None:
    known = history([(1, 0, 0)])
    assert happened(empty.then(known)) == happened(known.then(empty)) == happened(known)
    assert happened(empty.then(empty)) == []


@given(HAPPENINGS, HAPPENINGS)
@LAW
def test_one_history_then_another_is_a_stable_sort_of_both(
    mine: list[tuple[int, int, int]], later: list[tuple[int, int, int]]
) -> None:
    both = history(mine).then(history(later))
    assert happened(both) == sorted([*mine, *later], key=lambda each: each[0])
    assert [both.item.dtype, both.timestamp.dtype, both.type.dtype] == [np.int32, np.int64, np.int8]


@given(HAPPENINGS, st.integers(-1, 7), st.integers(0, 11))
@LAW
def test_what_is_known_is_a_prefix_and_the_latest_are_what_walking_back_finds(
    happenings: list[tuple[int, int, int]], moment: int, length: int
) -> None:
    known = history(happenings)
    assert happened(known.until(moment)) == [each for each in happenings if each[0] <= moment]
    assert happened(known.latest(length)) == slow_latest(happenings, length)


@given(HAPPENINGS, HAPPENINGS, st.integers(1, 5))
@LAW
def test_forgetting_before_something_new_happens_changes_nothing(
    before: list[tuple[int, int, int]], after: list[tuple[int, int, int]], length: int
) -> None:
    new = history([(10 + time, kind, item) for time, kind, item in after])
    kept, whole = history(before).latest(length).then(new), history(before).then(new)
    assert happened(kept.latest(length)) == happened(whole.latest(length))


@given(event_lists(), st.integers(1, 6))
@LAW
def test_of_every_shopper_what_is_kept_is_what_their_own_history_would_keep(
    events: list[Event], length: int
) -> None:
    log = InteractionLog.of(*events)
    histories = Histories.fit(log, length)
    ordered = sorted(events, key=lambda each: each[0])
    for row, user in enumerate(log.users.ids(range(len(log.users)))):
        own = [(time, int(kind), log.items.row(item)) for time, who, kind, item in ordered if who == user]
        assert happened(histories.of(row)) == slow_latest(own, length)


@given(event_lists(), st.integers(1, 6))
@LAW
def test_counts_are_of_the_whole_log_however_few_events_are_kept(events: list[Event], length: int) -> None:
    log = InteractionLog.of(*events)
    counts = Histories.fit(log, length).counts
    assert counts.dtype == np.int32
    assert counts.tolist() == [
        [sum(event[1] == user and event[2] == kind for event in events) for kind in EventType]
        for user in log.users.ids(range(len(log.users)))
    ]


def test_a_user_without_events_and_an_unknown_user_have_empty_histories() -> None:
    log = InteractionLog.of((T0, "a", EventType.VIEW, "i"), (T0, "b", EventType.VIEW, "i"))
    histories = Histories.fit(log.taking(np.array([1])))
    assert len(histories.of(0)) == 0
    assert len(histories.of(1)) == 1
    assert len(histories.of(ABSENT)) == 0
    assert histories.counts.tolist() == [[0, 0, 0], [1, 0, 0]]


def test_a_log_of_nobody_gives_histories_of_nobody() -> None:
    histories = Histories.fit(InteractionLog.of())
    assert histories.offsets.tolist() == [0]
    assert histories.counts.shape == (0, 3)
    assert len(histories.of(ABSENT)) == 0
