"""A log in memory, and events that are easy to write down."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from threading import Lock
from typing import NamedTuple

import numpy as np
from fakes.forgotten import FakeForgotten

from recommender.application.ports import Compaction, EventStore, Forgotten, Progress
from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import DAY, EventBatch, EventType, InteractionLog

MIDNIGHT = 16_558 * DAY
"""2015-05-03, 00:00 UTC."""


class Event(NamedTuple):
    """A row of a batch."""

    event_id: str
    timestamp: int
    user_id: str = "u"
    type: EventType = EventType.VIEW
    item_id: str = "i"
    transaction_id: str = ""


def batch_of(*events: Event) -> EventBatch:
    """The events as columns, in their order."""
    return EventBatch(
        np.array([each.event_id for each in events], np.object_),
        np.array([each.timestamp for each in events], np.int64),
        np.array([each.type for each in events], np.int8),
        np.array([each.user_id for each in events], np.object_),
        np.array([each.item_id for each in events], np.object_),
        np.array([each.transaction_id for each in events], np.object_),
    )


def rows_of(log: InteractionLog) -> list[tuple[int, str, EventType, str]]:
    """The log's events as (timestamp, user id, type, item id), in their order."""
    return [
        (time, log.users.id(user), EventType(kind), log.items.id(item))
        for time, user, kind, item in zip(
            log.timestamp.tolist(), log.user.tolist(), log.type.tolist(), log.item.tolist(), strict=True
        )
    ]


def users(store: EventStore, start: int | None = None, end: int | None = None) -> list[str]:
    """Whose events are read, in their order."""
    return [row[1] for row in rows_of(store.read(start, end))]


def views(*timestamps: int) -> Iterable[Event]:
    """Views of different users: a at the first time, b at the second."""
    return (Event(f"of {user}", time, user) for user, time in zip("abcdefgh", timestamps, strict=False))


class FakeEventStore:
    """EventStore as a dict of events by id; a batch is only counted, and has no bytes.

    unreachable: set it, and every method raises StorageUnavailable.
    """

    def __init__(self, forgotten: Forgotten | None = None) -> None:
        self.unreachable = False
        self._forgotten = FakeForgotten() if forgotten is None else forgotten
        self._events: dict[str, tuple[int, str, EventType, str]] = {}
        self._batches: Counter[int] = Counter()
        self._removed: Counter[int] = Counter()
        self._alone = Lock()

    def append(self, batch: EventBatch) -> int:
        self._reach()
        times, users, types, items = batch.timestamp, batch.user_id, batch.type, batch.item_id
        with self._alone:
            until = self._forget()
            new: dict[str, tuple[int, str, EventType, str]] = {}
            for each, time, user, kind, item in zip(batch.event_id, times, users, types, items, strict=True):
                if each not in self._events and time > until.get(user, time - 1):
                    new.setdefault(each, (int(time), user, EventType(kind), item))
            self._events |= new
            self._batches.update({event[0] // DAY for event in new.values()})
        return len(new)

    def read(self, start: int | None = None, end: int | None = None) -> InteractionLog:
        self._reach()
        with self._alone:
            self._forget()
            events = list(self._events.values())
        return InteractionLog.of(
            *(
                event
                for event in events
                if (start is None or start <= event[0]) and (end is None or event[0] < end)
            )
        )

    def compact(self, until: int | None, progress: Progress) -> Compaction:
        self._reach()
        with self._alone:
            self._forget()
            merged = {
                day
                for day, batches in self._batches.items()
                if batches > 1 and until is not None and (day + 1) * DAY <= until
            }
            days = list(progress(sorted(merged | set(self._removed)), "compacting", None))
            left = {event[0] // DAY for event in self._events.values()}.intersection(days)
            before, removed = sum(self._batches[day] for day in days), self._removed.total()
            for day in days:
                self._batches[day] = int(day in left)
            self._removed.clear()
        return Compaction(len(days), before, len(left), forgotten=removed)

    def _forget(self) -> Mapping[str, int]:
        """Remove what is forgotten; up to when each visitor is."""
        until = self._forgotten.all()
        for each, (time, user, _, _) in list(self._events.items()):
            if time <= until.get(user, time - 1):
                del self._events[each]
                self._removed[time // DAY] += 1
        return until

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("an unreachable memory")
