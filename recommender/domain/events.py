"""What shoppers did: the event types, a batch on its way to the store, and the log as columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from recommender.domain.ids import ABSENT, IdTable, Rows

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Durations in milliseconds, the unit of every timestamp."""

EARLIEST = 10**11
"""Smaller timestamps (before March 1973) are almost certainly seconds."""

Times = NDArray[np.int64]
Types = NDArray[np.int8]


class EventType(IntEnum):
    """The stored event types; the number is the code in every column."""

    VIEW = 0
    ADDTOCART = 1
    TRANSACTION = 2

    @property
    def wire(self) -> str:
        """The name in files and on the wire."""
        return self.name.lower()


EVENT_TYPES = {each.wire: each for each in EventType}
WIRE_NAMES = EVENT_TYPES | {
    "view_item": EventType.VIEW,
    "add_to_cart": EventType.ADDTOCART,
    "purchase": EventType.TRANSACTION,
}
"""Accepted names: the stored ones, and GA4's."""


@dataclass(frozen=True, eq=False)
class EventBatch:
    """Events on their way into the store, in the order of their source; every column has shape (n,).

    event_id, user_id, item_id, transaction_id: str objects ("" where there is no transaction).
    timestamp: int64 ms since 1970 UTC. type: int8 EventType codes.
    """

    event_id: NDArray[np.object_]
    timestamp: Times
    type: Types
    user_id: NDArray[np.object_]
    item_id: NDArray[np.object_]
    transaction_id: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.timestamp)


@dataclass(frozen=True, eq=False)
class InteractionLog:
    """Events as columns of shape (n,), sorted by time; equal times keep the order of their source.

    timestamp: int64 ms. user, item: int32 rows of `users` and `items`. type: int8 EventType codes.
    """

    timestamp: Times
    user: Rows
    item: Rows
    type: Types
    users: IdTable
    items: IdTable

    @classmethod
    def of(cls, *events: tuple[int, str, EventType, str]) -> InteractionLog:
        """Build a log from (timestamp, user id, type, item id); for small worlds."""
        ordered = sorted(events, key=lambda event: event[0])
        users, items = IdTable.of(each[1] for each in events), IdTable.of(each[3] for each in events)
        return cls(
            np.array([each[0] for each in ordered], np.int64),
            users.rows(each[1] for each in ordered),
            items.rows(each[3] for each in ordered),
            np.array([each[2] for each in ordered], np.int8),
            users,
            items,
        )

    def __len__(self) -> int:
        return len(self.timestamp)

    @property
    def start(self) -> int:
        """Time of the first event; 0 for an empty log."""
        return int(self.timestamp[0]) if len(self) else 0

    @property
    def end(self) -> int:
        """The first millisecond after the last event; 0 for an empty log."""
        return int(self.timestamp[-1]) + 1 if len(self) else 0

    def between(self, start: int, end: int) -> InteractionLog:
        """The events of [start, end) with the ids that occur in them: nothing else of the log is left."""
        first, last = np.searchsorted(self.timestamp, [start, end])
        return self.taking(slice(first, last)).compact()

    def until(self, end: int) -> InteractionLog:
        """The events before `end`, as somebody knew the log at that moment."""
        return self.between(self.start, end)

    def compact(self) -> InteractionLog:
        """The same events without ids that no event has."""
        users, user = np.unique(self.user, return_inverse=True)
        items, item = np.unique(self.item, return_inverse=True)
        return replace(
            self,
            user=user.astype(np.int32),
            item=item.astype(np.int32),
            users=self.users.taking(users),
            items=self.items.taking(items),
        )

    def recoded(self, items: IdTable) -> InteractionLog:
        """The same events in the rows of another table of items; events of items it lacks are left out."""
        item = self.items.rows_in(items)[self.item]
        return replace(self, item=item, items=items).taking(item != ABSENT)

    def taking(self, chosen: slice | NDArray[np.integer] | NDArray[np.bool_]) -> InteractionLog:
        """Some of the events, by slice, mask or ascending positions, in the same tables."""
        return replace(
            self,
            timestamp=self.timestamp[chosen],
            user=self.user[chosen],
            item=self.item[chosen],
            type=self.type[chosen],
        )
