"""Recall: what a shopper did just now, from the shopper memory, and without it if it is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from itertools import islice

from recommender.application.ports import Clock, Journal, ShopperMemory
from recommender.application.shopper import PastEvent
from recommender.domain.errors import MemoryUnavailable
from recommender.domain.events import DAY, SECOND
from recommender.domain.ids import guest
from recommender.domain.live import REMEMBERED_FOR, LiveEvent

PAUSE = SECOND
"""After a failure the memory is left alone for so many ms: waiting for it would make every answer late."""

PORTION = 10_000
"""Events that are remembered at once while a memory is filled."""

_log = logging.getLogger(__name__)


class Recall:
    """Asks the shopper memory; while that is away nothing is recalled, and `failure` says why."""

    def __init__(self, memory: ShopperMemory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._failed_at = 0
        self.failure: MemoryUnavailable | None = None

    async def __call__(
        self, user_id: str | None, session_id: str | None, forgotten: Mapping[str, int]
    ) -> tuple[PastEvent, ...]:
        """What is recalled of the shopper and of the session, oldest first, but for what is forgotten.

        forgotten: visitor -> ms up to which.
        """
        visitors = [user_id] if user_id is not None else []
        visitors += [guest(session_id)] if session_id is not None else []
        return tuple(
            PastEvent(event.item_id, event.type, event.timestamp)
            for event in await self._events(visitors)
            if event.timestamp > forgotten.get(event.visitor, 0)
        )

    async def _events(self, visitors: list[str]) -> list[LiveEvent]:
        if not visitors or (self.failure and 0 <= self._clock.now() - self._failed_at < PAUSE):
            return []
        try:
            events = await self._memory.recall(visitors)
        except MemoryUnavailable as away:
            if self.failure is None:
                _log.error("%s Answers know of shoppers what the model knows.", away)
            self.failure, self._failed_at = away, self._clock.now()
            return []
        if self.failure is not None:
            _log.info("The shopper memory can be used again.")
        self.failure = None
        return events


async def refill(memory: ShopperMemory, journal: Journal, clock: Clock, end: int | None) -> int:
    """Remember what the journal has and a model lacks whose window ends at `end` (ms); how many events.

    A day more is read than that: what came late is older than the window's end.
    """
    since = max(0 if end is None else end - DAY, clock.now() - REMEMBERED_FOR)
    stream, count = journal.recent(since), 0
    while portion := await asyncio.to_thread(list, islice(stream, PORTION)):
        await memory.remember(portion)
        count += len(portion)
    return count
