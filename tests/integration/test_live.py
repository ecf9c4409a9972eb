"""A click that was acknowledged shows in the very next answer, whichever server is asked.

RECOMMENDER_CLICKS says how many clicks are tried: few by default; `make live` tries more, and prints how long
after the acknowledgement the changed answer was there.
"""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import count, islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.redis import RedisServer, redis_server
from integration.conftest import TrainedShop, wired
from integration.live_servers import Client, LiveServer, connected, live_server

pytestmark = pytest.mark.enable_socket

CLICKS = int(os.environ.get("RECOMMENDER_CLICKS", "50"))
ITEMS = 20
WITHIN = 50.0
"""Milliseconds; so soon after the acknowledgement the answer is to be another."""

PATIENCE = 60.0


@pytest.fixture
def storage(trained_shop: TrainedShop, tmp_path: Path) -> Path:
    """A storage of the test's own."""
    return Path(shutil.copytree(trained_shop.storage, tmp_path / "copy"))


@pytest.fixture
def redis(redis_program: str, tmp_path: Path) -> Iterator[RedisServer]:
    """A server of the test's own."""
    (tmp_path / "redis").mkdir()
    with redis_server(redis_program, tmp_path / "redis") as server:
        yield server


@pytest.fixture
def two(storage: Path, redis: RedisServer, tmp_path: Path) -> Iterator[list[LiveServer]]:
    """Two servers that share a Redis."""
    with ExitStack() as servers:
        yield [
            servers.enter_context(live_server(storage.as_uri(), tmp_path, memory_url=redis.url))
            for _ in range(2)
        ]


class Shop:
    """Who clicks, and what they are shown: new shoppers, known ones, and guests in turn.

    They ask about one moment, later than all their clicks: only a click makes an answer another.
    """

    def __init__(self, storage: Path) -> None:
        log = wired(storage).events().read()
        self._known = log.users.ids(range(2 * CLICKS))
        self._items = log.items.ids(np.bincount(log.item).argsort()[: -ITEMS - 1 : -1].tolist())
        self._number = count()
        self._moment = int(time.time() * 1000) + 3_600_000

    def clicks(self, number: int) -> Iterator[tuple[dict[str, str], dict[str, str]]]:
        """Visitors, each with a click."""
        for at in islice(self._number, number):
            name = f"{time.monotonic_ns()}-{at}"
            of_kind = {"user_id": name}, {"user_id": self._known[at % len(self._known)]}, {"session_id": name}
            visitor = of_kind[at % len(of_kind)]
            yield visitor, {"type": "addtocart", "item_id": self._items[at % ITEMS]} | visitor

    def shown(self, client: Client, visitor: dict[str, str]) -> list[dict[str, Any]]:
        status, answer = client.post("/recommend", visitor | {"at": self._moment, "n": 20})
        assert status == 200
        shown: list[dict[str, Any]] = answer["recommendations"]
        return shown


def milliseconds(shop: Shop, told: Client, asked: Client, number: int) -> Iterator[float]:
    """Click after click: how long after the acknowledgement the other answer was there."""
    for visitor, click in shop.clicks(number):
        before = shop.shown(asked, visitor)
        status, answer = told.post("/events", click)
        acknowledged = time.perf_counter()
        after = shop.shown(asked, visitor)
        took = (time.perf_counter() - acknowledged) * 1000
        assert (status, answer["accepted"]) == (200, 1)
        assert after != before, f"the answer to {visitor} does not know of {click}"
        yield took


def report(what: str, took: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    """Print how long it took, if anybody asked for that."""
    if "RECOMMENDER_CLICKS" in os.environ:
        shown, in_time = len(took), sum(each < WITHIN for each in took)
        half, most, worst = np.percentile(took, [50, 90, 99])
        with capsys.disabled():
            print(  # noqa: T201 - it was asked for
                f"\n{what}: {shown:,} of {shown:,} clicks show in the next answer, {in_time:,} within "
                f"{WITHIN:.0f} ms of the acknowledgement\n  p50 {half:.1f}, p90 {most:.1f}, p99 {worst:.1f}, "
                f"longest {max(took):.1f} ms"
            )


def test_a_click_on_one_server_shows_in_the_next_answer_of_another(
    storage: Path, two: list[LiveServer], capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(storage)
    with connected(*(server.port for server in two)) as (one, other):
        took = [*milliseconds(shop, one, other, CLICKS // 2)]
        took += milliseconds(shop, other, one, CLICKS - CLICKS // 2)
    report("Two servers and a Redis", took, capsys)


def test_a_click_shows_in_the_next_answer_of_a_server_alone(
    storage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shop = Shop(storage)
    with (
        live_server(storage.as_uri(), tmp_path) as server,
        connected(server.port, server.port) as (one, other),
    ):
        report("One server", [*milliseconds(shop, one, other, CLICKS)], capsys)


def test_workers_of_one_server_share_a_redis(storage: Path, redis: RedisServer, tmp_path: Path) -> None:
    shop = Shop(storage)
    with (
        live_server(storage.as_uri(), tmp_path, memory_url=redis.url, workers=2) as server,
        connected(*[server.port] * 6) as clients,
    ):
        for at, client in enumerate(clients):
            assert len([*milliseconds(shop, client, clients[at - 1], 2)]) == 2


def test_without_redis_answers_know_what_the_model_knows_and_events_are_kept(
    storage: Path, two: list[LiveServer], redis: RedisServer
) -> None:
    shop = Shop(storage)
    (guest, click), (shopper, known), (late, later) = islice(shop.clicks(3), 3)
    with connected(*(server.port for server in two)) as (one, other):
        before = shop.shown(other, guest), shop.shown(other, shopper)
        redis.kill()
        assert [one.post("/events", each)[1]["accepted"] for each in (click, known)] == [1, 1]
        assert (shop.shown(other, guest), shop.shown(other, shopper)) == before
        health = other.get("/health")[1]
        assert (health["status"], health["memory"]) == ("stale", "The shopper memory cannot be used.")
        assert other.get("/readyz")[0] == 200
        redis.start()
        until = time.monotonic() + PATIENCE
        while other.get("/health")[1]["status"] == "stale":
            assert time.monotonic() < until, "it does not come back"
            shop.shown(other, late)
        before_it = shop.shown(other, late)
        assert one.post("/events", later)[0] == 200
        assert shop.shown(other, late) != before_it
    stored = wired(storage).events().read()
    assert len(stored) == len(wired(storage).events().read(end=stored.end - 3_600_000)) + 3


def test_what_a_restarted_redis_kept_still_counts(
    storage: Path, two: list[LiveServer], redis: RedisServer
) -> None:
    shop = Shop(storage)
    ((visitor, click),) = shop.clicks(1)
    with connected(*(server.port for server in two)) as (one, other):
        before = shop.shown(other, visitor)
        one.post("/events", click)
        after = shop.shown(other, visitor)
        redis.kill()
        redis.start()
        assert shop.shown(other, visitor) == after != before


def test_a_server_that_is_told_to_stop_writes_what_waits(storage: Path, tmp_path: Path) -> None:
    before = len(wired(storage).events().read())
    waits = 2.0
    with (
        live_server(storage.as_uri(), tmp_path, commit_seconds=waits) as server,
        connected(server.port) as (one,),
    ):
        (_, first), (_, click) = Shop(storage).clicks(2)
        with ThreadPoolExecutor(1) as threads:
            assert one.post("/events", first)[0] == 200
            posted = threads.submit(one.post, "/events", click)
            time.sleep(waits / 4)
            assert not posted.done()
            server.end(signal.SIGTERM)
            assert posted.result()[0] == 200
    assert len(wired(storage).events().read()) == before + 2
