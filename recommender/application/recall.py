"""Recall: what a shopper did just now, from the shopper memory, and without it if it is away."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import islice

from recommender.application.ports import Clock, Journal, ShopperMemory
from recommender.application.shopper import PastEvent
from recommender.application.spared import SparedMemory
from recommender.domain.errors import MemoryUnavailable
from recommender.domain.events import DAY
from recommender.domain.ids import guest
from recommender.domain.live import REMEMBERED_FOR, LiveEvent

PORTION = 10_000
"""Events that are remembered at once while a memory is filled."""


class Recall:
    """Asks the shopper memory; while that is away nothing is recalled, and `failure` says why."""

    def __init__(self, memory: SparedMemory) -> None:
        self._memory = memory

    @property
    def failure(self) -> MemoryUnavailable | None:
        """Why the memory cannot be used, None while it can."""
        return self._memory.failure

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
        try:
            return await self._memory.recall(visitors) if visitors else []
        except MemoryUnavailable:  # which has been logged, and shows in `failure`
            return []


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
