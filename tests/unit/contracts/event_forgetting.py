"""The laws of EventStore about forgotten visitors."""

from __future__ import annotations

import pytest
from fakes.events import MIDNIGHT, Event, batch_of, users, views
from fakes.forgotten import FakeForgotten
from unit.contracts.event_compaction import compacted

from recommender.application.ports import Compaction, EventStore
from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import DAY

NOW = MIDNIGHT + 30 * DAY


class EventForgettingContract:
    """Part of EventStoreContract."""

    def test_a_forgotten_visitor_is_not_in_the_log_at_once(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        store.append(batch_of(*views(MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY)))
        store.append(batch_of(Event("more", MIDNIGHT, "b")))
        forgotten.add({"b", "nobody"}, NOW)
        assert users(store) == ["a", "c"]
        log = store.read()
        assert log.users.ids(range(len(log.users))) == ["a", "c"]

    def test_what_a_visitor_does_later_is_somebody_elses(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        store.append(batch_of(*(Event(str(number), MIDNIGHT + number, "a") for number in range(3))))
        forgotten.add({"a"}, MIDNIGHT + 1)
        for _ in range(2):
            assert store.read().timestamp.tolist() == [MIDNIGHT + 2]
            compacted(store)

    def test_importing_what_was_forgotten_brings_nothing(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        batch = batch_of(*views(MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY))
        store.append(batch)
        forgotten.add({"b", "c"}, NOW)
        for _ in range(2):
            assert store.append(batch) == 0
            assert users(store) == ["a"]
            compacted(store)

    def test_what_is_appended_beside_something_forgotten_is_stored(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        forgotten.add({"a"}, MIDNIGHT)
        batch = batch_of(Event("1", MIDNIGHT, "a"), Event("2", MIDNIGHT + 1, "a"), Event("3", MIDNIGHT, "b"))
        assert store.append(batch) == 2
        assert store.append(batch) == 0
        assert users(store) == ["b", "a"]

    def test_the_id_of_a_forgotten_event_is_free(self, store: EventStore, forgotten: FakeForgotten) -> None:
        store.append(batch_of(Event("1", MIDNIGHT, "a"), Event("2", MIDNIGHT, "b")))
        forgotten.add({"a"}, NOW)
        assert store.append(batch_of(Event("1", MIDNIGHT, "c"), Event("2", MIDNIGHT, "c"))) == 1
        assert users(store) == ["b", "c"]
        compacted(store)
        assert users(store) == ["b", "c"]

    def test_a_day_with_something_forgotten_is_rewritten_whenever_it_ends(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        store.append(batch_of(*views(MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY)))
        store.append(batch_of(Event("more", MIDNIGHT, "d")))
        forgotten.add({"b"}, NOW)
        done = compacted(store, None)
        assert (done.days, done.batches_before, done.batches_after, done.forgotten) == (1, 2, 1, 1)
        assert users(store) == ["a", "d", "c"]
        assert compacted(store, None) == Compaction()

    def test_a_day_of_forgotten_visitors_only_is_gone(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        store.append(batch_of(*views(MIDNIGHT, MIDNIGHT + DAY)))
        forgotten.add({"a"}, NOW)
        done = compacted(store)
        assert (done.days, done.batches_before, done.batches_after, done.forgotten) == (1, 1, 0, 1)
        assert users(store) == ["b"]
        assert store.append(batch_of(Event("later", MIDNIGHT, "c"))) == 1
        assert users(store) == ["c", "b"]

    def test_without_the_list_of_the_forgotten_nothing_is_told(
        self, store: EventStore, forgotten: FakeForgotten
    ) -> None:
        store.append(batch_of(*views(MIDNIGHT)))
        forgotten.unreachable = True
        with pytest.raises(StorageUnavailable):
            store.read()
