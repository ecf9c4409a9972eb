"""The laws of EventStore.compact."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event as Signal

from fakes.events import MIDNIGHT, Event, batch_of, rows_of, users, views
from fakes.progress import FakeProgress

from recommender.application.ports import Compaction, EventStore
from recommender.domain.events import DAY

CLOSED = MIDNIGHT + 9 * DAY
"""All days of these tests end before."""

SHOPPERS = [f"u{number}" for number in (3, 1, 2, 12, 11, 10, 5, 4, 0, 9, 8, 7, 6)]
APPENDED_MEANWHILE = 40


def compacted(store: EventStore, until: int | None = CLOSED) -> Compaction:
    """What a compaction did."""
    return store.compact(until, FakeProgress())


class EventCompactionContract:
    """Part of EventStoreContract."""

    def test_compaction_changes_nothing_that_is_read(self, store: EventStore) -> None:
        for _ in range(2):
            for event in views(MIDNIGHT + 5, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + DAY, MIDNIGHT - 1):
                store.append(batch_of(event, event._replace(event_id=f"{event.event_id} again")))
        before = rows_of(store.read())
        compacted(store)
        assert rows_of(store.read()) == before
        assert users(store, MIDNIGHT + DAY) == ["c", "c", "d", "d"]
        assert users(store, MIDNIGHT, MIDNIGHT + 1) == ["b", "b"]

    def test_a_day_becomes_one_batch(self, store: EventStore) -> None:
        for event in views(MIDNIGHT, MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY):
            store.append(batch_of(event))
        done = compacted(store)
        assert (done.days, done.batches_before, done.batches_after, done.forgotten) == (2, 5, 2, 0)

    def test_compacting_again_does_nothing(self, store: EventStore) -> None:
        for event in views(MIDNIGHT, MIDNIGHT):
            store.append(batch_of(event))
        compacted(store)
        assert compacted(store) == Compaction()

    def test_nothing_is_compacted_to_nothing(self, store: EventStore) -> None:
        assert compacted(store) == Compaction()

    def test_only_days_that_end_by_then_are_merged(self, store: EventStore) -> None:
        for event in views(*[MIDNIGHT + day * DAY for day in (0, 0, 1, 1, -1, -1)]):
            store.append(batch_of(event))
        assert compacted(store, None).days == 0
        assert compacted(store, MIDNIGHT - 1).days == 0
        assert compacted(store, MIDNIGHT).days == 1
        assert compacted(store, MIDNIGHT + 2 * DAY - 1).days == 1
        assert compacted(store, MIDNIGHT + 2 * DAY).days == 1

    def test_appending_again_after_compaction_brings_nothing(self, store: EventStore) -> None:
        a, b, c, d = views(MIDNIGHT, MIDNIGHT, MIDNIGHT, MIDNIGHT)
        store.append(batch_of(a, b))
        store.append(batch_of(c))
        compacted(store)
        assert store.append(batch_of(a, b)) == 0
        assert store.append(batch_of(c)) == 0
        assert store.append(batch_of(c, d, a)) == 1
        assert users(store) == ["a", "b", "c", "d"]

    def test_equal_times_keep_the_order_of_appending_across_compactions(self, store: EventStore) -> None:
        for number, user in enumerate(SHOPPERS):
            store.append(batch_of(Event(f"{user} 1", MIDNIGHT, user), Event(f"{user} 2", MIDNIGHT, user)))
            if number % 3 == 0:
                compacted(store)
        assert users(store) == [user for user in SHOPPERS for _ in range(2)]

    def test_of_two_events_with_one_id_the_first_counts_after_compaction(self, store: EventStore) -> None:
        store.append(batch_of(Event("1", MIDNIGHT + 5, "a"), Event("2", MIDNIGHT, "b")))
        store.append(batch_of(Event("3", MIDNIGHT, "c")))
        compacted(store)
        assert store.append(batch_of(Event("1", MIDNIGHT, "d"))) == 0
        assert users(store) == ["b", "c", "a"]

    def test_progress_is_shown_of_the_days(self, store: EventStore) -> None:
        for event in views(MIDNIGHT, MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + DAY):
            store.append(batch_of(event))
        progress = FakeProgress()
        store.compact(CLOSED, progress)
        assert [(what, parts) for what, _, parts in progress.shown] == [("compacting", 2)]

    def test_every_read_has_what_was_acknowledged_once_while_others_append_and_compact(
        self, store: EventStore
    ) -> None:
        acknowledged: list[int] = []
        ended = Signal()

        def append() -> None:
            try:
                for number in range(APPENDED_MEANWHILE):
                    store.append(batch_of(Event(str(number), MIDNIGHT + number % 2 * DAY, str(number))))
                    acknowledged.append(number)
            finally:
                ended.set()

        def compact() -> None:
            while not ended.is_set():
                compacted(store)

        def read() -> None:
            while not ended.is_set():
                expected = set(acknowledged)
                found = [int(user) for user in users(store)]
                assert found == sorted(set(found), key=lambda number: (number % 2, number))
                assert expected.issubset(found)

        with ThreadPoolExecutor() as threads:
            for work in [threads.submit(each) for each in (append, compact, compact, read, read)]:
                work.result()
        assert len(store.read()) == APPENDED_MEANWHILE
