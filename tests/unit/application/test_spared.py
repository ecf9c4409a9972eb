from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import pytest
from fakes.clock import FixedClock
from fakes.live import ForgetfulMemory, event_ids, seen
from unit.contracts.shopper_memory import ShopperMemoryContract
from worlds import NOW

from recommender.adapters.memory import ProcessMemory
from recommender.application.spared import PAUSE, SparedMemory
from recommender.domain.errors import MemoryUnavailable
from recommender.domain.events import HOUR
from recommender.domain.live import LiveEvent


class ComesBack(ForgetfulMemory):
    """Away at first, and then not."""

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        return [seen("1", NOW)] if self.asked else await super().recall(visitors)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


class TestSparedMemory(ShopperMemoryContract):
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock(NOW)

    @pytest.fixture
    def memory(self, clock: FixedClock) -> SparedMemory:
        return SparedMemory(ProcessMemory(clock), clock)


def refused(memory: SparedMemory) -> None:
    with pytest.raises(MemoryUnavailable):
        asyncio.run(memory.recall(["u"]))


def test_a_memory_that_is_away_is_asked_once_a_second(clock: FixedClock) -> None:
    away = ForgetfulMemory()
    memory = SparedMemory(away, clock)
    for _ in range(3):
        refused(memory)
    with pytest.raises(MemoryUnavailable):
        asyncio.run(memory.remember([seen("1", NOW)]))
    assert away.asked == 1
    clock.advance(PAUSE)
    refused(memory)
    assert away.asked == 2
    clock.advance(-HOUR)  # a clock that was set back must not stop the questions
    refused(memory)
    assert away.asked == 3
    assert memory.failure is not None


def test_while_one_finds_out_whether_it_is_back_nobody_else_waits(clock: FixedClock) -> None:
    class Slow(ForgetfulMemory):
        async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
            await asyncio.sleep(0)
            return await super().recall(visitors)

    async def asking() -> None:
        away = Slow()
        memory = SparedMemory(away, clock)
        with pytest.raises(MemoryUnavailable):
            await memory.recall(["u"])
        clock.advance(PAUSE)
        told = await asyncio.gather(*(memory.recall(["u"]) for _ in range(9)), return_exceptions=True)
        assert {type(each) for each in told} == {MemoryUnavailable}
        assert away.asked == 2

    asyncio.run(asking())


def test_a_memory_that_is_back_is_used_again_and_either_is_logged_once(
    clock: FixedClock, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "recommender")
    memory = SparedMemory(ComesBack(), clock)
    refused(memory)
    refused(memory)
    clock.advance(PAUSE)
    assert event_ids(asyncio.run(memory.recall(["u"]))) == ["1"]
    assert memory.failure is None
    assert [(each.levelname, each.message.partition(" ")[0]) for each in caplog.records] == [
        ("ERROR", "The"),
        ("INFO", "The"),
    ]
    assert "nowhere" in caplog.records[0].message
