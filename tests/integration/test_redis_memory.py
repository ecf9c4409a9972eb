"""The shopper memory in a real Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from fakes.clock import FixedClock
from fakes.live import event_ids, seen
from fakes.redis import RedisServer, redis_server
from fakes.s3 import free_ports
from unit.contracts.shopper_memory import ShopperMemoryContract
from worlds import NOW

from recommender.adapters.redis import RedisMemory
from recommender.adapters.redis.memory import CONNECTIONS, MOST_AT_ONCE, PREFIX
from recommender.domain.errors import MemoryUnavailable
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.live import REMEMBERED_FOR, LiveEvent

pytestmark = pytest.mark.enable_socket

LONG = 10.0
"""Seconds; where nobody is to lose patience."""


@asynccontextmanager
async def opened(url: str, patience: float = LONG) -> AsyncIterator[RedisMemory]:
    memory = RedisMemory(url, FixedClock(NOW), patience)
    try:
        yield memory
    finally:
        await memory.close()


class InTurn:
    """ShopperMemory that connects for every call, as every call of the contract has its own event loop."""

    def __init__(self, url: str, clock: FixedClock) -> None:
        self._url, self._clock = url, clock

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        memory = RedisMemory(self._url, self._clock, LONG)
        await memory.remember(events)
        await memory.close()

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        memory = RedisMemory(self._url, self._clock, LONG)
        events = await memory.recall(visitors)
        await memory.close()
        return events

    async def close(self) -> None:
        pass


@pytest.fixture
def redis(redis_program: str, tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own."""
    with redis_server(redis_program, tmp_path) as server:
        yield server


class TestRedisMemory(ShopperMemoryContract):
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock(NOW)

    @pytest.fixture
    def memory(self, redis_url: str, clock: FixedClock) -> InTurn:
        return InTurn(redis_url, clock)


def test_a_restart_of_redis_is_survived_by_what_it_keeps_and_by_its_clients(redis: RedisServer) -> None:
    async def through_a_restart() -> list[str]:
        async with opened(redis.url) as memory:
            await memory.remember([seen("1", NOW)])
            await asyncio.gather(*(memory.recall(["u"]) for _ in range(9)))  # nine connections
            redis.kill()
            redis.start()
            await memory.remember([seen("2", NOW)])
            found = await asyncio.gather(*(memory.recall(["u"]) for _ in range(9)))
        assert all(each == found[0] for each in found)
        return event_ids(found[0])

    assert asyncio.run(through_a_restart()) == ["1", "2"]


async def refused(memory: RedisMemory) -> set[str]:
    """What it says when nothing can be remembered, or recalled."""
    with pytest.raises(MemoryUnavailable) as unremembered:
        await memory.remember([seen("secret-event", NOW, "secret-user")])
    with pytest.raises(MemoryUnavailable) as unrecalled:
        await memory.recall(["secret-user"])
    return {str(unremembered.value), str(unrecalled.value)}


def test_a_redis_that_is_away_is_told_and_used_again_when_it_is_back(redis: RedisServer) -> None:
    async def through_an_outage() -> list[str]:
        async with opened(redis.url) as memory:
            await memory.remember([seen("1", NOW)])
            redis.kill()
            (said,) = await refused(memory)
            assert said.startswith(f"The shopper memory at {redis.where} cannot be used: ")
            redis.start()
            return event_ids(await memory.recall(["u"]))

    assert asyncio.run(through_an_outage()) == ["1"]


def test_a_redis_that_does_not_answer_is_waited_for_so_long_and_no_longer(redis: RedisServer) -> None:
    async def frozen() -> set[str]:
        async with opened(redis.url, 0.1) as memory, asyncio.timeout(LONG):
            redis.freeze()
            return await refused(memory)

    assert asyncio.run(frozen()) == {
        f"The shopper memory at {redis.where} cannot be used: no answer within 0.1 s."
    }


def test_what_others_put_there_is_named_and_nothing_that_was_sent_is_repeated(redis: RedisServer) -> None:
    async def recalled() -> str:
        async with opened(redis.url) as memory:
            with pytest.raises(MemoryUnavailable) as unrecalled:
                await memory.recall(["secret-user"])
        return str(unrecalled.value)

    nobodys = '{"event_id": "1", "timestamp": 2, "type": "view", "item_id": "secret-item"}'
    for foreign in ("text", "{}", "[]", nobodys):
        with redis.client() as client:
            client.delete(PREFIX + "secret-user")
            client.rpush(PREFIX + "secret-user", foreign)
        said = asyncio.run(recalled())
        assert "is not of this program" in said
        assert "secret" not in said


def test_what_is_no_list_is_told_in_the_words_of_redis(redis: RedisServer) -> None:
    async def of_another_type() -> set[str]:
        async with opened(redis.url) as memory:
            return await refused(memory)

    with redis.client() as client:
        client.set(PREFIX + "secret-user", "text")
    (said,) = asyncio.run(of_another_type())
    assert "wrong kind of value" in said
    assert "secret" not in said


@pytest.mark.parametrize("given", ["", ":wrong@", "somebody:wrong@"])
def test_a_password_is_never_repeated(given: str, redis_program: str, tmp_path: Path) -> None:
    async def kept_out(url: str) -> set[str]:
        async with opened(url) as memory:
            return await refused(memory)

    with redis_server(redis_program, tmp_path, "correct") as server:
        said = asyncio.run(kept_out(f"redis://{given}{server.where}/0"))
        with server.client() as client:
            assert client.ping()
    assert all(f"The shopper memory at {server.where} cannot be used" in each for each in said)
    assert not any("correct" in each or "wrong@" in each or "secret" in each for each in said)


def test_nobody_listening_is_told_without_the_password() -> None:
    async def nobody() -> set[str]:
        async with opened(f"redis://:secret@127.0.0.1:{free_ports(1)[0]}/0") as memory:
            return await refused(memory)

    (said,) = asyncio.run(nobody())
    assert "secret" not in said


def test_lists_are_bounded_and_expire(redis: RedisServer) -> None:
    async def many() -> None:
        async with opened(redis.url) as memory:
            await memory.remember([seen(str(number), NOW + number) for number in range(HISTORY_LENGTH + 20)])
            await memory.remember([seen("last", NOW)])

    asyncio.run(many())
    with redis.client() as client:
        assert client.keys("*") == [f"{PREFIX}u".encode()]
        assert client.llen(PREFIX + "u") == HISTORY_LENGTH
        assert REMEMBERED_FOR - 60_000 < client.pttl(PREFIX + "u") <= REMEMBERED_FOR


def test_a_call_is_one_round_trip(redis: RedisServer) -> None:
    async def trips(*visitors: str) -> list[int]:
        async with opened(redis.url) as memory:
            reads = []
            with redis.client() as client:
                for call in (memory.recall, memory.recall, memory.remember, memory.recall):
                    before = client.info("stats")["total_reads_processed"]
                    events = [seen(each, NOW, each) for each in visitors]
                    await (memory.remember(events) if call == memory.remember else memory.recall(visitors))
                    reads.append(client.info("stats")["total_reads_processed"] - before - 1)
        return reads[1:]  # the first call connects

    assert asyncio.run(trips("u")) == [1, 1, 1]
    assert asyncio.run(trips("u", "v", "w")) == [1, 1, 1]


def test_more_calls_than_connections_wait_for_each_other(redis: RedisServer) -> None:
    async def all_at_once() -> tuple[list[int], int]:
        async with opened(redis.url) as memory:
            await memory.remember([seen("1", NOW)])
            found = await asyncio.gather(*(memory.recall(["u"]) for _ in range(10 * CONNECTIONS)))
            with redis.client() as client:
                return [len(each) for each in found], client.info("clients")["connected_clients"]

    found, clients = asyncio.run(all_at_once())
    assert found == [1] * 10 * CONNECTIONS
    assert clients <= CONNECTIONS + 1


def test_as_many_visitors_as_come_are_remembered(redis: RedisServer) -> None:
    async def crowd() -> int:
        async with opened(redis.url) as memory:
            names = [str(number) for number in range(2 * MOST_AT_ONCE + 1)]
            await memory.remember([seen(each, NOW, each) for each in names])
            return len(await memory.recall(names))

    assert asyncio.run(crowd()) == 2 * MOST_AT_ONCE + 1
