"""Describe a shopper: what the model in use knows of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.domain.errors import InvalidRequest
from recommender.domain.events import EventType
from recommender.domain.history import HISTORY_LENGTH
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


@dataclass(frozen=True)
class DescribeShopper:
    """Looks shoppers up in one model's index; one it has never seen has no events, which is not an error.

    hidden: rows of shoppers who are forgotten, and as if never seen.
    """

    index: Index
    hidden: frozenset[int] = frozenset()

    def __call__(self, user_id: str, limit: int = DEFAULT_LIMIT) -> Shopper:
        """The shopper with up to `limit` events; raises InvalidRequest for a limit outside 1..100."""
        if not 1 <= limit <= HISTORY_LENGTH:
            raise InvalidRequest("limit", f"expected 1 to {HISTORY_LENGTH}, not {limit}")
        user = visible(self.index, user_id, self.hidden)
        return Shopper(user != ABSENT, self._counts(user), self._latest(user, limit))

    def _counts(self, user: int) -> dict[EventType, int]:
        if user == ABSENT:
            return dict.fromkeys(EventType, 0)
        return dict(zip(EventType, self.index.histories.counts[user].tolist(), strict=True))

    def _latest(self, user: int, limit: int) -> tuple[PastEvent, ...]:
        history = self.index.histories.of(user).latest(limit)
        events = zip(
            self.index.items.ids(history.item), history.type.tolist(), history.timestamp.tolist(), strict=True
        )
        return tuple(PastEvent(item_id, EventType(kind), at) for item_id, kind, at in events)[::-1]
