"""The laws of EventStore."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fakes.events import MIDNIGHT, Event, batch_of, rows_of, users, views
from fakes.forgotten import FakeForgotten
from fakes.progress import FakeProgress
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from unit.contracts.event_compaction import EventCompactionContract
from unit.contracts.event_forgetting import EventForgettingContract

from recommender.application.ports import EventStore, Forgotten
from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import DAY, EventType

IDS = ["7", "07", "007", "70", "é", "ß", "漢字", "\U0001f6d2", "\uffee", "Z", "a"]

few_settings = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # every example makes a store of its own
)


def _event(number: int, millisecond: int, user: str, kind: EventType, item: str) -> Event:
    # An id stands for one event of one day; how often it comes, and with what content, is left open.
    return Event(f"id {number}", MIDNIGHT + number % 3 * DAY + millisecond, user, kind, item)


batches = st.lists(
    st.builds(
        _event,
        st.integers(0, 20),
        st.sampled_from([0, 1, 2, DAY - 1]),
        st.sampled_from(IDS),
        st.sampled_from(EventType),
        st.sampled_from(IDS),
    ),
    max_size=12,
).map(lambda events: batch_of(*events))
moments = st.none() | st.builds(
    lambda day, offset: MIDNIGHT + day * DAY + offset, st.integers(0, 3), st.integers(-2, 2)
)


class EventStoreContract(EventCompactionContract, EventForgettingContract):
    """A subclass gives `new_store` and `unreachable`, a store that is away.

    new_store makes an empty store that heeds a list of forgotten visitors.
    """

    @pytest.fixture
    def forgotten(self) -> FakeForgotten:
        return FakeForgotten()

    @pytest.fixture
    def store(self, new_store: Callable[[Forgotten], EventStore], forgotten: FakeForgotten) -> EventStore:
        return new_store(forgotten)

    def test_what_is_appended_is_read(self, store: EventStore) -> None:
        events = [
            Event("1", MIDNIGHT, "u1", EventType.VIEW, "i1"),
            Event("2", MIDNIGHT + 1, "u2", EventType.ADDTOCART, "i1"),
            Event("3", MIDNIGHT + 2, "u1", EventType.TRANSACTION, "i2", "t1"),
        ]
        assert store.append(batch_of(*events)) == 3
        assert rows_of(store.read()) == [
            (each.timestamp, each.user_id, each.type, each.item_id) for each in events
        ]

    def test_columns_have_the_dtypes_of_a_log(self, store: EventStore) -> None:
        for _ in range(2):
            log = store.read()
            columns = log.timestamp, log.user, log.item, log.type
            assert [column.dtype for column in columns] == [np.int64, np.int32, np.int32, np.int8]
            for table in (log.users, log.items):
                assert [table.blob.dtype, table.offsets.dtype] == [np.uint8, np.int64]
            store.append(batch_of(*views(MIDNIGHT)))

    def test_nothing_stored_is_an_empty_log(self, store: EventStore) -> None:
        log = store.read()
        assert (len(log), len(log.users), len(log.items)) == (0, 0, 0)

    def test_an_empty_batch_brings_nothing(self, store: EventStore) -> None:
        assert store.append(batch_of()) == 0
        assert len(store.read()) == 0

    def test_appending_a_batch_again_changes_nothing(self, store: EventStore) -> None:
        batch = batch_of(*views(MIDNIGHT, MIDNIGHT + DAY))
        assert store.append(batch) == 2
        assert store.append(batch) == 0
        assert users(store) == ["a", "b"]

    def test_appending_a_part_again_changes_nothing(self, store: EventStore) -> None:
        a, b, c = views(MIDNIGHT, MIDNIGHT, MIDNIGHT)
        store.append(batch_of(a, b, c))
        assert store.append(batch_of(c, b)) == 0
        assert users(store) == ["a", "b", "c"]

    def test_only_what_is_new_of_a_batch_is_added(self, store: EventStore) -> None:
        a, b, c, d = views(MIDNIGHT, MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY)
        store.append(batch_of(a, b))
        assert store.append(batch_of(c, b, d, a)) == 2
        assert users(store) == ["a", "b", "c", "d"]

    def test_repeats_inside_a_batch_count_once(self, store: EventStore) -> None:
        a, b = views(MIDNIGHT, MIDNIGHT)
        assert store.append(batch_of(a, b, a, a)) == 2
        assert users(store) == ["a", "b"]

    def test_of_two_events_with_one_id_the_first_counts(self, store: EventStore) -> None:
        assert store.append(batch_of(Event("1", MIDNIGHT + 5, "a"), Event("1", MIDNIGHT, "b"))) == 1
        assert store.append(batch_of(Event("1", MIDNIGHT, "c"))) == 0
        assert users(store) == ["a"]

    def test_events_come_by_time(self, store: EventStore) -> None:
        store.append(batch_of(*views(MIDNIGHT + DAY, MIDNIGHT + 9, MIDNIGHT + 5)))
        store.append(batch_of(Event("late", MIDNIGHT + 7, "late")))
        assert users(store) == ["c", "late", "b", "a"]

    def test_equal_times_keep_the_order_of_appending(self, store: EventStore) -> None:
        shoppers = [f"u{number}" for number in (3, 1, 2, 12, 11, 10, 5, 4, 0, 9, 8, 7, 6)]
        for user in shoppers:
            store.append(batch_of(Event(f"{user} 1", MIDNIGHT, user), Event(f"{user} 2", MIDNIGHT, user)))
        assert users(store) == [user for user in shoppers for _ in range(2)]

    def test_a_range_has_its_start_and_not_its_end(self, store: EventStore) -> None:
        store.append(batch_of(*views(*range(MIDNIGHT, MIDNIGHT + 5))))
        assert users(store, MIDNIGHT + 1, MIDNIGHT + 3) == ["b", "c"]
        assert users(store, start=MIDNIGHT + 3) == ["d", "e"]
        assert users(store, end=MIDNIGHT + 2) == ["a", "b"]
        assert users(store, MIDNIGHT + 1, MIDNIGHT + 1) == []
        assert users(store, MIDNIGHT + 3, MIDNIGHT + 1) == []

    def test_days_end_at_midnight_and_nothing_falls_between_them(self, store: EventStore) -> None:
        store.append(batch_of(*views(MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + DAY - 1, MIDNIGHT + DAY)))
        assert users(store) == ["a", "b", "c", "d"]
        assert users(store, MIDNIGHT, MIDNIGHT + DAY) == ["b", "c"]
        assert users(store, MIDNIGHT - 1, MIDNIGHT) == ["a"]
        assert users(store, MIDNIGHT + DAY, MIDNIGHT + DAY + 1) == ["d"]
        assert users(store, MIDNIGHT - 9 * DAY, MIDNIGHT - 1) == []

    def test_times_of_any_year_come_in_order(self, store: EventStore) -> None:
        microseconds = MIDNIGHT * 1000
        store.append(batch_of(*views(microseconds, MIDNIGHT, 0, -1)))
        assert users(store) == ["d", "c", "b", "a"]
        assert users(store, 0, microseconds) == ["c", "b"]

    def test_ids_stay_distinct_and_come_by_code_points(self, store: EventStore) -> None:
        store.append(batch_of(*(Event(f"at {each}", MIDNIGHT, each, item_id=each) for each in IDS)))
        log = store.read()
        assert log.users.ids(range(len(log.users))) == sorted(IDS)
        assert log.items.ids(range(len(log.items))) == sorted(IDS)
        assert [row[1] for row in rows_of(log)] == IDS

    def test_event_ids_stay_distinct(self, store: EventStore) -> None:
        assert store.append(batch_of(*(Event(each, MIDNIGHT) for each in IDS))) == len(IDS)

    def test_the_id_tables_hold_only_what_the_range_has(self, store: EventStore) -> None:
        store.append(batch_of(*views(MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + DAY)))
        log = store.read(MIDNIGHT + 1, MIDNIGHT + 2)
        assert log.users.ids(range(len(log.users))) == ["b"]

    def test_outage_is_not_an_empty_log(self, unreachable: EventStore) -> None:
        with pytest.raises(StorageUnavailable):
            unreachable.read()
        with pytest.raises(StorageUnavailable):
            unreachable.append(batch_of(*views(MIDNIGHT)))
        with pytest.raises(StorageUnavailable):
            unreachable.compact(MIDNIGHT, FakeProgress())
