"""A server that takes events: what it records, what it recalls, and what it knows when it starts."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from recommender.application.ports import ShopperMemory
from recommender.application.recall import Recall
from recommender.application.record import Record
from recommender.application.serving import Serving
from recommender.domain.errors import RecommenderError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Live:
    """memory: what both use, closed in the end.

    refill: fills a memory that is empty when the server starts, and says with how many events; it is told
    up to when (ms) the model in use knows everything. None for a memory that outlives the server.
    """

    record: Record
    recall: Recall
    memory: ShopperMemory
    refill: Callable[[int | None], Awaitable[int]] | None = None

    @asynccontextmanager
    async def running(self, serving: Serving) -> AsyncIterator[None]:
        """Fill the memory, then take events while the block lasts."""
        try:
            if self.refill is not None:
                await self._fill(self.refill, serving)
            async with self.record.running():
                yield
        finally:
            await self.memory.close()

    async def _fill(self, refill: Callable[[int | None], Awaitable[int]], serving: Serving) -> None:
        try:
            end = serving.served.model.index.end if serving.version else None
            if count := await refill(end):
                _log.info("%d live events are remembered that the model may not know.", count)
        except RecommenderError as failure:
            _log.error("What shoppers did since the last training is not remembered: %s", failure)
