"""Describe a shopper: what the model in use knows of one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.typing import NDArray

from recommender.domain.errors import InvalidRequest
from recommender.domain.events import EventType
from recommender.domain.history import HISTORY_LENGTH, History
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index

DEFAULT_LIMIT = 20


@dataclass(frozen=True)
class PastEvent:
    """One event of a history; timestamp in ms."""

    item_id: str
    type: EventType
    timestamp: int


@dataclass(frozen=True)
class Shopper:
    """What is known of one shopper.

    counts: over the whole log, every event type present. history: the latest events, newest first.
    """

    known: bool
    counts: Mapping[EventType, int]
    history: tuple[PastEvent, ...]


def visible(index: Index, user_id: str | None, hidden: frozenset[int]) -> int:
    """The row of a shopper; ABSENT for a guest, one that the index does not have, and one that is hidden."""
    user = ABSENT if user_id is None else index.users.row(user_id)
    return ABSENT if user in hidden else user


def all_forgotten(index: Index, forgotten: Mapping[str, int]) -> frozenset[int]:
    """Rows of shoppers of whom all that an index knows is forgotten (shopper -> ms up to which)."""
    rows = zip(index.users.rows(forgotten).tolist(), forgotten.values(), strict=True)
    return frozenset(
        row for row, until in rows if row != ABSENT and index.histories.of(row).timestamp[-1] <= until
    )


def with_recent(index: Index, history: History, recent: Sequence[PastEvent]) -> History:
    """A history with what was recalled since: each event once, and none of an item that the index lacks."""
    if not recent:
        return history
    known = set(zip(history.item.tolist(), history.timestamp.tolist(), history.type.tolist(), strict=True))
    rows = index.items.rows(event.item_id for event in recent).tolist()
    events = [
        (row, event.timestamp, event.type)
        for row, event in zip(rows, recent, strict=True)
        if row != ABSENT and (row, event.timestamp, event.type) not in known
    ]
    item, time, kind = np.array(sorted(events, key=itemgetter(1)), np.int64).reshape(-1, 3).T
    return history.then(History(item.astype(np.int32), time, kind.astype(np.int8)))


@dataclass(frozen=True)
class DescribeShopper:
    """Looks shoppers up in one model's index; one it has never seen has no events, which is not an error.

    hidden: rows of shoppers who are forgotten, and as if never seen.
    """

    index: Index
    hidden: frozenset[int] = frozenset()

    def __call__(self, user_id: str, limit: int = DEFAULT_LIMIT, recent: Sequence[PastEvent] = ()) -> Shopper:
        """The shopper with up to `limit` events; raises InvalidRequest for a limit outside 1..100.

        recent: what the shopper memory recalls of them.
        """
        if not 1 <= limit <= HISTORY_LENGTH:
            raise InvalidRequest("limit", f"expected 1 to {HISTORY_LENGTH}, not {limit}")
        user = visible(self.index, user_id, self.hidden)
        snapshot = self.index.histories.of(user)
        history = with_recent(self.index, snapshot, recent)
        counts = self._counts(user) + np.bincount(history.type, minlength=len(EventType))
        counts -= np.bincount(snapshot.type, minlength=len(EventType))
        return Shopper(
            user != ABSENT or bool(recent),
            dict(zip(EventType, counts.tolist(), strict=True)),
            self._latest(history.latest(limit)),
        )

    def _counts(self, user: int) -> NDArray[np.int64]:
        if user == ABSENT:
            return np.zeros(len(EventType), np.int64)
        counts: NDArray[np.int64] = self.index.histories.counts[user].astype(np.int64)
        return counts

    def _latest(self, history: History) -> tuple[PastEvent, ...]:
        events = zip(
            self.index.items.ids(history.item), history.type.tolist(), history.timestamp.tolist(), strict=True
        )
        return tuple(PastEvent(item_id, EventType(kind), at) for item_id, kind, at in events)[::-1]
