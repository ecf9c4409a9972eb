from __future__ import annotations

import numpy as np
import pytest
from fakes.events import Event as BatchEvent
from fakes.events import batch_of, rows_of
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, Event, event_lists
from worlds import BUY, CART, VIEW

from recommender.domain.events import DAY, MINUTE, WIRE_NAMES, EventType, InteractionLog
from recommender.domain.ids import IdTable

MOMENTS = st.integers(-1, 45).map(lambda each: T0 + each // 10 * DAY + each % 10 * 10 * MINUTE)


def test_every_type_is_known_by_its_own_name_and_by_that_of_ga4() -> None:
    assert [kind.wire for kind in EventType] == ["view", "addtocart", "transaction"]
    assert all(WIRE_NAMES[kind.wire] is kind for kind in EventType)
    assert (WIRE_NAMES["view_item"], WIRE_NAMES["add_to_cart"], WIRE_NAMES["purchase"]) == (VIEW, CART, BUY)


def test_a_batch_is_as_long_as_its_columns() -> None:
    assert len(batch_of()) == 0
    assert len(batch_of(BatchEvent("1", T0), BatchEvent("2", T0))) == 2


def test_a_log_is_sorted_by_time_and_equal_times_keep_their_order() -> None:
    late, early, tied = (T0 + 1, "u", VIEW, "z"), (T0, "u", VIEW, "b"), (T0, "u", CART, "a")
    assert rows_of(InteractionLog.of(late, early, tied)) == [early, tied, late]


def test_the_columns_of_a_log_have_the_promised_types() -> None:
    log = InteractionLog.of((T0, "u", VIEW, "a"))
    assert [column.dtype for column in (log.timestamp, log.user, log.item, log.type)] == [
        np.int64,
        np.int32,
        np.int32,
        np.int8,
    ]


def test_a_log_ends_one_millisecond_after_its_last_event() -> None:
    log = InteractionLog.of((T0, "u", VIEW, "a"), (T0 + 5, "u", VIEW, "a"))
    assert (log.start, log.end) == (T0, T0 + 6)


def test_a_part_of_the_log_includes_its_start_and_excludes_its_end() -> None:
    events = [(T0 + each, "u", VIEW, str(each)) for each in range(4)]
    assert rows_of(InteractionLog.of(*events).between(T0 + 1, T0 + 3)) == events[1:3]


def test_a_part_that_ends_before_it_begins_is_empty() -> None:
    assert len(InteractionLog.of((T0, "u", VIEW, "a")).between(T0 + 1, T0)) == 0


def test_a_part_of_the_log_knows_only_its_own_ids() -> None:
    part = InteractionLog.of((T0, "u", VIEW, "a"), (T0 + 1, "v", VIEW, "b")).until(T0 + 1)
    assert (part.users.ids(range(len(part.users))), part.items.ids(range(len(part.items)))) == (["u"], ["a"])


def test_an_empty_log_stays_empty_whatever_is_asked_of_it() -> None:
    empty = InteractionLog.of()
    items = IdTable.of(["a"])
    assert (len(empty), empty.start, empty.end, len(empty.users), len(empty.items)) == (0, 0, 0, 0, 0)
    for same in (empty.between(0, T0), empty.until(T0), empty.compact(), empty.recoded(items)):
        assert rows_of(same) == []


def test_recoding_leaves_out_events_of_items_that_the_other_table_lacks() -> None:
    log = InteractionLog.of((T0, "u", VIEW, "a"), (T0 + 1, "u", VIEW, "b"), (T0 + 2, "u", VIEW, "c"))
    recoded = log.recoded(IdTable.of(["c", "x", "a"]))
    assert rows_of(recoded) == [(T0, "u", VIEW, "a"), (T0 + 2, "u", VIEW, "c")]
    assert recoded.item.tolist() == [0, 1]


@pytest.mark.parametrize("chosen", [slice(1, 3), np.array([1, 2]), np.array([False, True, True, False])])
def test_some_of_the_events_are_taken_by_slice_positions_or_mask(
    chosen: slice | np.typing.NDArray[np.integer],
) -> None:
    events = [(T0 + each, "u", VIEW, str(each)) for each in range(4)]
    log = InteractionLog.of(*events)
    assert rows_of(log.taking(chosen)) == events[1:3]
    assert log.taking(chosen).items is log.items


@given(event_lists(), MOMENTS, MOMENTS)
@LAW
def test_a_part_of_the_log_holds_exactly_the_events_of_its_time(
    events: list[Event], start: int, end: int
) -> None:
    part = InteractionLog.of(*events).between(start, end)
    expected = sorted((each for each in events if start <= each[0] < end), key=lambda each: each[0])
    assert rows_of(part) == expected
    assert part.users.ids(range(len(part.users))) == sorted({each[1] for each in expected})
    assert part.items.ids(range(len(part.items))) == sorted({each[3] for each in expected})


@given(event_lists(), MOMENTS)
@LAW
def test_what_was_known_at_a_moment_is_everything_before_it(events: list[Event], moment: int) -> None:
    log = InteractionLog.of(*events)
    assert rows_of(log.until(moment)) == [each for each in rows_of(log) if each[0] < moment]


@given(event_lists(), st.permutations(range(20)))
@LAW
def test_events_at_different_times_may_come_in_any_order(events: list[Event], order: list[int]) -> None:
    distinct = {each[0]: each for each in events}
    shuffled = [event for _, event in sorted(zip(order, distinct.values(), strict=False))]
    assert rows_of(InteractionLog.of(*shuffled)) == rows_of(InteractionLog.of(*distinct.values()))
