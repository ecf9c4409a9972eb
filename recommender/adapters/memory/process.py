"""A shopper memory in this process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from recommender.application.ports import Clock
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.live import REMEMBERED_FOR, LiveEvent, latest_events

MOST_VISITORS = 100_000
"""Of more visitors, those who did nothing for longest are forgotten. 100,000 with a session of four events
each take about 150 MB."""


class ProcessMemory:
    """ShopperMemory as a dict; what it holds ends with the process."""

    def __init__(self, clock: Clock, most_visitors: int = MOST_VISITORS) -> None:
        self._clock = clock
        self._most_visitors = most_visitors
        self._visitors: OrderedDict[str, dict[str, LiveEvent]] = OrderedDict()

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        """Add the events to their visitors', who become the most recent ones."""
        for event in events:
            held = self._visitors.setdefault(event.visitor, {})
            self._visitors.move_to_end(event.visitor)
            held.setdefault(event.event_id, event)
            if len(held) > HISTORY_LENGTH:
                del held[min(held.values(), key=lambda each: each.timestamp).event_id]
        while len(self._visitors) > self._most_visitors:
            self._visitors.popitem(last=False)

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        """Look the visitors up."""
        since = self._clock.now() - REMEMBERED_FOR
        return latest_events((self._visitors.get(each, {}).values() for each in visitors), since)

    async def close(self) -> None:
        """There is nothing to give back."""
