"""The laws of Journal, which are about the log that it is a part of."""

from __future__ import annotations

from operator import itemgetter

import pytest
from fakes.events import MIDNIGHT, Event, batch_of, rows_of, users
from fakes.live import event_ids, seen
from fakes.progress import FakeProgress

from recommender.application.ports import EventStore, Journal
from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import DAY, EventType
from recommender.domain.ids import guest
from recommender.domain.live import LiveEvent

BOUGHT = LiveEvent(
    "2", MIDNIGHT + 1, EventType.TRANSACTION, "i2", "u2", "s", {"transaction_id": "t", "price": 1}
)


class JournalContract:
    """A subclass gives `log`, `journal`, which writes to it, and `unreachable`, a journal that is away."""

    def test_what_is_written_is_in_the_log(self, journal: Journal, log: EventStore) -> None:
        guests = LiveEvent("3", MIDNIGHT + DAY, EventType.ADDTOCART, "é", None, "s")
        journal.write([seen("1", MIDNIGHT), BOUGHT, guests])
        assert rows_of(log.read()) == [
            (MIDNIGHT, "u", EventType.VIEW, "i"),
            (MIDNIGHT + 1, "u2", EventType.TRANSACTION, "i2"),
            (MIDNIGHT + DAY, guest("s"), EventType.ADDTOCART, "é"),
        ]

    def test_nothing_written_changes_nothing(self, journal: Journal, log: EventStore) -> None:
        journal.write([])
        journal.tidy()
        assert len(log.read()) == 0
        assert list(journal.recent(MIDNIGHT)) == []

    def test_an_event_that_is_written_twice_is_read_once(self, journal: Journal, log: EventStore) -> None:
        journal.write([seen("1", MIDNIGHT, "a"), seen("1", MIDNIGHT, "a")])
        journal.write([seen("2", MIDNIGHT + 1, "b"), seen("1", MIDNIGHT, "a")])
        assert users(log) == ["a", "b"]

    def test_late_events_take_their_place(self, journal: Journal, log: EventStore) -> None:
        journal.write([seen("1", MIDNIGHT + DAY, "a")])
        journal.write([seen("2", MIDNIGHT + 7, "b"), seen("3", MIDNIGHT + 5, "c")])
        assert users(log) == ["c", "b", "a"]

    def test_it_shares_the_log_with_imports(self, journal: Journal, log: EventStore) -> None:
        journal.write([seen("1", MIDNIGHT, "a")])
        assert log.append(batch_of(Event("1", MIDNIGHT, "a"), Event("2", MIDNIGHT + 1, "b"))) == 1
        journal.write([seen("2", MIDNIGHT + 1, "b"), seen("3", MIDNIGHT + 2, "c")])
        assert users(log) == ["a", "b", "c"]

    def test_compaction_keeps_all_of_it(self, journal: Journal, log: EventStore) -> None:
        for number in range(5):
            journal.write([seen(str(number), MIDNIGHT + number % 2 * DAY, str(number)), BOUGHT])
        before = rows_of(log.read())
        log.compact(MIDNIGHT + DAY, FakeProgress())
        journal.write([seen("later", MIDNIGHT, "later")])
        log.compact(MIDNIGHT + 9 * DAY, FakeProgress())
        rows = [*before, (MIDNIGHT, "later", EventType.VIEW, "i")]
        assert rows_of(log.read()) == sorted(rows, key=itemgetter(0))

    def test_recent_events_are_read_whole(self, journal: Journal) -> None:
        journal.write([seen("1", MIDNIGHT - 1)])
        journal.write([BOUGHT, seen("3", MIDNIGHT + DAY)])
        assert list(journal.recent(MIDNIGHT + 5)) == [BOUGHT, seen("3", MIDNIGHT + DAY)]
        assert event_ids(list(journal.recent(MIDNIGHT + DAY))) == ["3"]

    def test_an_outage_is_said(self, unreachable: Journal) -> None:
        with pytest.raises(StorageUnavailable):
            unreachable.write([seen("1", MIDNIGHT)])
        with pytest.raises(StorageUnavailable):
            list(unreachable.recent(MIDNIGHT))
