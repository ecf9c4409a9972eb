"""A log in memory, and events that are easy to write down."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import EventBatch, EventType, InteractionLog


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


class FakeEventStore:
    """EventStore as a dict of events by id.

    unreachable: set it, and every method raises StorageUnavailable.
    """

    def __init__(self) -> None:
        self.unreachable = False
        self._events: dict[str, tuple[int, str, EventType, str]] = {}

    def append(self, batch: EventBatch) -> int:
        self._reach()
        before = len(self._events)
        times, users, types, items = batch.timestamp, batch.user_id, batch.type, batch.item_id
        for event_id, time, user, kind, item in zip(batch.event_id, times, users, types, items, strict=True):
            self._events.setdefault(event_id, (int(time), user, EventType(kind), item))
        return len(self._events) - before

    def read(self, start: int | None = None, end: int | None = None) -> InteractionLog:
        self._reach()
        return InteractionLog.of(
            *(
                event
                for event in self._events.values()
                if (start is None or start <= event[0]) and (end is None or event[0] < end)
            )
        )

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("an unreachable memory")
