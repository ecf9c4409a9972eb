"""What a shopper does while the shop is open: one event, as whoever saw it has told it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain

from recommender.domain.events import DAY, EventType
from recommender.domain.ids import guest

REMEMBERED_FOR = 7 * DAY
"""So long a shopper memory recalls an event, in ms: longer than from one training to the next."""


@dataclass(frozen=True)
class LiveEvent:
    """An event on its way into the log. At least one of user_id and session_id is given.

    timestamp: ms since 1970 UTC. more: whatever else was said of it, as JSON values: transaction_id,
    quantity, price, currency, recommendation_id, properties.
    """

    event_id: str
    timestamp: int
    type: EventType
    item_id: str
    user_id: str | None = None
    session_id: str | None = None
    more: Mapping[str, object] = field(default_factory=dict)

    @property
    def visitor(self) -> str:
        """Whose history it belongs to: the shopper's, or that of the guest in this session."""
        return visitor(self.user_id, self.session_id)


def visitor(user_id: str | None, session_id: str | None) -> str:
    """The id under which a history is kept. Raises ValueError if neither is given."""
    if user_id is not None:
        return user_id
    if session_id is None:
        raise ValueError("expected a user_id or a session_id")
    return guest(session_id)


def latest_events(histories: Iterable[Iterable[LiveEvent]], since: int) -> list[LiveEvent]:
    """What several histories hold later than `since`: oldest first, of one id the event that came first."""
    distinct: dict[str, LiveEvent] = {}
    for event in chain.from_iterable(histories):
        if event.timestamp > since:
            distinct.setdefault(event.event_id, event)
    return sorted(distinct.values(), key=lambda event: event.timestamp)
