"""A shopper memory in Redis, or Valkey, shared by all who name the same database."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.client import Pipeline
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as NotConnected
from redis.exceptions import RedisError

from recommender.adapters.journal import decoded_lines, encoded_lines
from recommender.application.ports import Clock
from recommender.domain.errors import CorruptData, MemoryUnavailable
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.live import REMEMBERED_FOR, LiveEvent, latest_events

PREFIX = "recommender:recent:"
"""Of every key; what follows is the visitor."""

PATIENCE = 0.5
"""Seconds for a round trip, and for a connection if it takes a new one. An answer from the model alone is
better than a late one."""

CONNECTIONS = 32
"""Of one process, at most; who comes while all are in use waits for one."""

MOST_AT_ONCE = 200
"""Visitors of a round trip: to encode more would hold up the event loop for too long."""


class RedisMemory:
    """ShopperMemory as a list of JSON texts for every visitor.

    A call is one round trip, or one for every 200 visitors whose events are remembered. A list that nobody
    added to expires, and it is cut to what arrived last: Redis holds no more than that.
    """

    def __init__(self, url: str, clock: Clock, patience: float = PATIENCE) -> None:
        # One retry at once: that a connection is from before a restart of Redis may show only by its use.
        retry = Retry(NoBackoff(), 1, (NotConnected,))
        self._redis: Redis = Redis.from_pool(
            BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, timeout=patience, retry=retry)
        )
        self._clock = clock
        self._patience = patience
        self._where = urlsplit(url).netloc.rpartition("@")[2]  # the URL may hold a password

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        """Push, cut and set the time of expiry, for all visitors at once."""
        of_visitor: dict[str, list[LiveEvent]] = defaultdict(list)
        for event in events:
            of_visitor[event.visitor].append(event)
        visitors = list(of_visitor.items())
        for first in range(0, len(visitors), MOST_AT_ONCE):
            async with self._reaching() as commands:
                for visitor, some in visitors[first : first + MOST_AT_ONCE]:
                    commands.rpush(PREFIX + visitor, *(encoded_lines([event]) for event in some))
                    commands.ltrim(PREFIX + visitor, -HISTORY_LENGTH, -1)
                    commands.pexpire(PREFIX + visitor, REMEMBERED_FOR)
                await _execute(commands)

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        """Read the visitors' lists."""
        if not visitors:
            return []
        async with self._reaching() as commands:
            for visitor in visitors:
                commands.lrange(PREFIX + visitor, 0, -1)
            histories = [decoded_lines("a list", b"".join(lines)) for lines in await _execute(commands)]
        return latest_events(histories, self._clock.now() - REMEMBERED_FOR)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    @asynccontextmanager
    async def _reaching(self) -> AsyncIterator[Pipeline]:
        try:
            async with asyncio.timeout(self._patience), self._redis.pipeline(transaction=False) as commands:
                yield commands
        except TimeoutError as late:
            raise MemoryUnavailable(self._where, f"no answer within {self._patience} s") from late
        except (RedisError, OSError) as error:
            raise MemoryUnavailable(self._where, str(error) or type(error).__name__) from error
        except CorruptData as foreign:
            raise MemoryUnavailable(
                self._where, f"{foreign.where} is not of this program: {foreign.why}"
            ) from foreign


async def _execute(commands: Pipeline) -> list[Any]:
    """The answers. Raises the first error as Redis said it: the library's own words quote what was sent."""
    answers: list[Any] = await commands.execute(raise_on_error=False)
    for answer in answers:
        if isinstance(answer, RedisError):
            raise answer
    return answers
