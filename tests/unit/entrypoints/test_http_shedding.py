from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter
from services import shop_app
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from recommender.entrypoints.http.app import Edge
from recommender.entrypoints.http.shedding import BEAT, EACH, FEW, NEVER_SHED, Queue, Shedding, beating

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


def test_no_more_wait_for_their_answers_than_can_be_answered_in_time() -> None:
    one, _ = queue()
    with ExitStack() as waiting:
        for _ in range(int(LONGEST / EACH) + 1):
            assert not one.is_too_long()
            waiting.enter_context(one.waiting())
        assert one.is_too_long()
    assert not one.is_too_long()


def test_those_behind_the_first_few_are_too_late_once_the_beat_is_overdue() -> None:
    one, watch = queue()
    watch.now += BEAT + LONGEST + 0.001
    assert begun(one, FEW + 2) == [False] * FEW + [True, True]


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


def test_a_refused_request_does_not_count_as_one_that_waits() -> None:
    one, _ = queue()
    shedding = Shedding(PlainTextResponse("well"), one, Counter("shed", "", registry=CollectorRegistry()))
    with ExitStack() as waiting:
        while not one.is_too_long():
            waiting.enter_context(one.waiting())
        assert asked(shedding, "/recommend/ada")[0] == asked(shedding, "/recommend/ada")[0] == 503
        waiting.pop_all().close()
    assert asked(shedding, "/recommend/ada")[0] == 200


def test_who_waits_for_a_store_does_not_keep_others_out() -> None:
    one, _ = queue()
    counted: list[bool] = []

    async def noting(scope: Scope, receive: Receive, send: Send) -> None:
        counted.append(one.is_too_long())
        await PlainTextResponse("well")(scope, receive, send)

    shedding = Shedding(noting, one, Counter("shed", "", registry=CollectorRegistry()))
    with ExitStack() as waiting:
        for _ in range(int(LONGEST / EACH)):
            waiting.enter_context(one.waiting())
        assert [asked(shedding, path)[0] for path in ("/events", "/recommend/ada")] == [200, 200]
    assert counted == [False, True]


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
