from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import Any

import pytest
from fakes.clock import FixedClock
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter
from services import shop_app
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive
from worlds import NOW

from recommender.adapters.memory import ProcessMemory
from recommender.domain.live import LiveEvent
from recommender.entrypoints.http.app import Edge
from recommender.entrypoints.http.shedding import (
    BEAT,
    FEW,
    MOST_WAITING,
    NEVER_SHED,
    SEVERAL,
    Queue,
    Shedding,
    beating,
)

LONGEST = 0.05


class Watch:
    """A clock that is moved by hand, in seconds."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def queue(*, beaten: bool = True) -> tuple[Queue, Watch]:
    watch = Watch()
    made = Queue(LONGEST, watch)
    if beaten:
        made.beat()
    return made, watch


def begun(one: Queue, times: int) -> list[bool]:
    return [one.is_too_long() for _ in range(times)]


def test_before_the_first_beat_nobody_waits() -> None:
    one, watch = queue(beaten=False)
    watch.now += 1_000
    assert not any(begun(one, 100))


def test_many_that_begin_in_time_are_no_queue() -> None:
    one, watch = queue()
    watch.now += LONGEST
    assert not any(begun(one, 1_000))


def test_those_behind_the_first_few_are_too_late_once_the_beat_is_overdue() -> None:
    one, watch = queue()
    watch.now += BEAT + LONGEST + 0.001
    assert begun(one, FEW + 2) == [False] * FEW + [True, True]


def test_of_a_busy_process_only_a_few_wait_for_the_memory_and_of_an_idle_one_many() -> None:
    one, watch = queue()
    with ExitStack() as waiting:
        for _ in range(SEVERAL + 1):
            waiting.enter_context(one.waiting())
        assert begun(one, 1) == [False]
        watch.now += BEAT + LONGEST / 4 + 0.001
        assert begun(one, 1) == [True]
    assert begun(one, 1) == [False]


def test_a_process_that_was_not_let_run_has_no_queue() -> None:
    one, watch = queue()
    for _ in range(10):
        watch.now += 60
        assert not any(begun(one, FEW))
        one.beat()


def test_the_second_beat_in_time_ends_it() -> None:
    """After the first, those whom the late loop let in are still to be answered."""
    one, watch = queue()
    watch.now += 1
    assert begun(one, FEW + 1)[-1]
    one.beat()
    assert begun(one, FEW + 2) == [False] * FEW + [True, True]
    watch.now += BEAT
    one.beat()
    assert not any(begun(one, 2 * FEW))


@given(st.integers(1, 200), st.floats(0.0005, 0.02))
def test_whoever_is_let_in_has_waited_no_longer_than_is_borne(arrived: int, takes: float) -> None:
    """All arrive at once, each takes so many seconds; nobody but the first few begins later than promised."""
    one, watch = queue()
    at_once = watch.now
    for place in range(arrived):
        if one.is_too_long():
            assert watch.now - at_once > LONGEST
        else:
            assert place < FEW or watch.now - at_once <= LONGEST + BEAT + 1e-9
            with one.waiting():
                watch.now += takes


def asked(app: ASGIApp, path: str) -> tuple[int, dict[str, str]]:
    response = TestClient(app).get(path)
    return response.status_code, dict(response.headers)


@pytest.fixture
def behind() -> tuple[Shedding, Counter]:
    one, watch = queue()
    watch.now += 10
    begun(one, FEW)
    shed = Counter("shed", "Refused.", registry=CollectorRegistry())
    return Shedding(PlainTextResponse("well"), one, shed), shed


def test_who_would_wait_too_long_is_told_when_to_come_again(behind: tuple[Shedding, Counter]) -> None:
    app, shed = behind
    status, headers = asked(app, "/recommend/ada")
    assert status == 503
    assert headers["retry-after"] == "1"
    assert headers["content-type"] == "application/problem+json"
    samples = [sample for metric in shed.collect() for sample in metric.samples]
    assert [sample.value for sample in samples if sample.name == "shed_total"] == [1]


@pytest.mark.parametrize("path", sorted(NEVER_SHED))
def test_probes_are_always_let_in(behind: tuple[Shedding, Counter], path: str) -> None:
    assert asked(behind[0], path)[0] == 200


class WaitingMemory(ProcessMemory):
    """A shopper memory that answers when it is told to."""

    def __init__(self) -> None:
        super().__init__(FixedClock(NOW))
        self.asked = 0
        self.full, self.answering = asyncio.Event(), asyncio.Event()

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        self.asked += 1
        if self.asked == MOST_WAITING:
            self.full.set()
        await self.answering.wait()
        return await super().recall(visitors)


async def nothing() -> Message:
    return {"type": "http.request", "body": b"", "more_body": False}


async def never() -> Message:
    await asyncio.Event().wait()
    raise AssertionError


async def status_of(app: ASGIApp, method: str, path: str, receive: Receive = nothing) -> int:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
    await app(scope, receive, send)
    status: int = sent[0]["status"]
    return status


def test_who_would_wait_for_the_memory_behind_too_many_is_refused_and_is_no_longer_counted() -> None:
    memory = WaitingMemory()
    app = shop_app(Edge(longest_wait=60), memory=memory)

    async def asking() -> None:
        async with app.router.lifespan_context(app):
            asked = [status_of(app, "GET", "/recommend/ada") for _ in range(MOST_WAITING)]
            waiting = asyncio.gather(*asked)
            await memory.full.wait()
            assert [await status_of(app, "GET", "/recommend/ada") for _ in range(3)] == [503] * 3
            assert await status_of(app, "GET", "/popular") == 200  # which asks no memory
            memory.answering.set()
            assert set(await waiting) == {200}
            assert await status_of(app, "GET", "/recommend/ada") == 200

    asyncio.run(asyncio.wait_for(asking(), 30))


@pytest.mark.parametrize("path", ["/recommend", "/events"])
def test_clients_that_are_slow_to_send_keep_nobody_out(path: str) -> None:
    app = shop_app(Edge(longest_wait=60), memory=ProcessMemory(FixedClock(NOW)))

    async def asking() -> None:
        async with app.router.lifespan_context(app):
            slow = [asyncio.create_task(status_of(app, "POST", path, never)) for _ in range(2 * MOST_WAITING)]
            await asyncio.sleep(BEAT)
            assert not any(each.done() for each in slow)
            assert await status_of(app, "GET", "/recommend/ada") == 200
            for each in slow:
                each.cancel()
            await asyncio.gather(*slow, return_exceptions=True)

    asyncio.run(asking())


def test_the_paths_that_are_never_shed_are_there() -> None:
    with TestClient(shop_app()) as client:
        assert {client.get(path).status_code for path in NEVER_SHED} == {200}


def test_by_default_nothing_is_shed() -> None:
    assert math.isinf(Edge().longest_wait)


def on_a_loop(do: Callable[[Queue], Any], times: int) -> list[bool]:
    """What begin says after each of several turns in which a loop that beats was busy."""

    async def busy() -> list[bool]:
        one, watch = queue(beaten=False)
        found = []
        with beating(one):
            for _ in range(times):
                await asyncio.sleep(2 * BEAT)
                watch.now += 1
                found.append(do(one))
        return found

    return asyncio.run(busy())


def test_a_loop_that_comes_round_beats_again_and_again() -> None:
    assert on_a_loop(lambda one: begun(one, FEW + 1)[0], 3) == [False] * 3
    assert on_a_loop(lambda one: begun(one, FEW + 1)[-1], 3) == [True] * 3
