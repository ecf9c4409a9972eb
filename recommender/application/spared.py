"""A shopper memory that is left alone for a while after it failed."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from recommender.application.ports import Clock, ShopperMemory
from recommender.domain.errors import MemoryUnavailable
from recommender.domain.events import SECOND
from recommender.domain.live import LiveEvent

PAUSE = SECOND
"""In ms. Waiting for a memory that is away would make every answer late."""

_log = logging.getLogger(__name__)


class SparedMemory:
    """ShopperMemory that asks another one, and for a second after a failure does not.

    failure: why it cannot be used, None while it can.
    """

    def __init__(self, memory: ShopperMemory, clock: Clock) -> None:
        self._memory = memory
        self._clock = clock
        self._failed_at = 0
        self.failure: MemoryUnavailable | None = None

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        """Pass the events on."""
        with self._sparing():
            await self._memory.remember(events)

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        """Pass the question on."""
        with self._sparing():
            return await self._memory.recall(visitors)

    async def close(self) -> None:
        """Close the other one."""
        await self._memory.close()

    @contextmanager
    def _sparing(self) -> Iterator[None]:
        if self.failure:
            if 0 <= self._clock.now() - self._failed_at < PAUSE:
                raise MemoryUnavailable(self.failure.where) from self.failure
            self._failed_at = self._clock.now()  # this one tries, and nobody else waits with it
        try:
            yield
        except MemoryUnavailable as away:
            if self.failure is None:
                _log.error(
                    "%s Answers know what the model knows; events are kept for the next training.", away
                )
            self.failure, self._failed_at = away, self._clock.now()
            raise
        if self.failure is not None:
            _log.info("The shopper memory can be used again.")
        self.failure = None
