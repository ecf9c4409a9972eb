"""A shopper memory in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from recommender.application.ports import Clock
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.live import REMEMBERED_FOR, LiveEvent, latest_events

MOST_EVENTS = 500_000
"""Of more, those of the visitors who did nothing for longest are forgotten. So many take about 250 MB."""


class ProcessMemory:
    """ShopperMemory as a dict; what it holds ends with the process."""

    def __init__(self, clock: Clock, most_events: int = MOST_EVENTS) -> None:
        self._clock = clock
        self._most_events = most_events
        self._visitors: OrderedDict[str, dict[str, LiveEvent]] = OrderedDict()
        self._events = 0

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        """Add the events to their visitors', who become the most recent ones."""
        for event in events:
            held = self._visitors.setdefault(event.visitor, {})
            self._visitors.move_to_end(event.visitor)
            self._events -= len(held)
            held.setdefault(event.event_id, event)
            if len(held) > HISTORY_LENGTH:
                del held[min(held.values(), key=_time).event_id]
            self._events += len(held)
        self._drop()

    def _drop(self) -> None:
        """Forget who did nothing for longest, while there are too many events or those have expired."""
        since = self._clock.now() - REMEMBERED_FOR
        while self._visitors:
            visitor, held = next(iter(self._visitors.items()))
            if self._events <= self._most_events and max(map(_time, held.values())) > since:
                return
            self._events -= len(held)
            del self._visitors[visitor]

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        """Look the visitors up."""
        since = self._clock.now() - REMEMBERED_FOR
        return latest_events((self._visitors.get(each, {}).values() for each in visitors), since)

    async def close(self) -> None:
        """There is nothing to give back."""


def _time(event: LiveEvent) -> int:
    return event.timestamp
