"""A shopper memory in Redis, or Valkey, shared by all who name the same database."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from recommender.adapters.journal import decoded_lines, encoded_lines
from recommender.application.ports import Clock
from recommender.domain.errors import CorruptData, MemoryUnavailable
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.live import REMEMBERED_FOR, LiveEvent, latest_events

PREFIX = "recommender:recent:"
"""Of every key; what follows is the visitor."""

PATIENCE = 0.25
"""Seconds for an answer, or for a connection. An answer from the model alone is better than a late one."""


class RedisMemory:
    """ShopperMemory as a list of JSON texts for every visitor; one round trip a call.

    A list that nobody added to expires, and it is cut to its latest events: Redis holds no more than that.
    """

    def __init__(self, url: str, clock: Clock) -> None:
        # One retry at once: a connection from before a restart of Redis is noticed by its use.
        self._redis: Redis = Redis.from_url(
            url,
            socket_timeout=PATIENCE,
            socket_connect_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 1),
        )
        self._clock = clock
        self._where = urlsplit(url).hostname or url  # the URL may hold a password

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        """Push, cut and set the time of expiry, for all visitors at once."""
        of_visitor: dict[str, list[bytes]] = defaultdict(list)
        for event in events:
            of_visitor[event.visitor].append(encoded_lines([event]))
        with self._reaching():
            async with self._redis.pipeline(transaction=False) as commands:
                for visitor, lines in of_visitor.items():
                    commands.rpush(PREFIX + visitor, *lines)
                    commands.ltrim(PREFIX + visitor, -HISTORY_LENGTH, -1)
                    commands.pexpire(PREFIX + visitor, REMEMBERED_FOR)
                await commands.execute()

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        """Read the visitors' lists."""
        if not visitors:
            return []
        with self._reaching():
            async with self._redis.pipeline(transaction=False) as commands:
                for visitor in visitors:
                    commands.lrange(PREFIX + visitor, 0, -1)
                lists = await commands.execute()
            histories = [decoded_lines(PREFIX, b"".join(lines)) for lines in lists]
        return latest_events(histories, self._clock.now() - REMEMBERED_FOR)

    async def close(self) -> None:
        """Give the connections back."""
        await self._redis.aclose()

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except (RedisError, OSError, CorruptData) as error:
            raise MemoryUnavailable(self._where, str(error) or type(error).__name__) from error
