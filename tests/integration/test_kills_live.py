"""Whatever happens to a server or its storage, what it acknowledged is in the log once.

RECOMMENDER_KILLS says how often the server is killed: few by default, `make kills` asks for more; then the
server works for longer before, and the storage fails for longer, and in more ways.
"""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import pytest
from fakes.progress import FakeProgress
from fakes.s3 import new_bucket, use_s3
from fakes.s3_faults import Fault, answers, faulty, loses_the_answer, resets
from integration.clicks import CLIENTS, Ledger, assert_each_once, clicking
from integration.conftest import TrainedShop, wired
from integration.live_servers import LiveServer, connected, live_server

from recommender.application.ports import EventStore
from recommender.container import Container
from recommender.domain.events import DAY
from recommender.settings import PREFIX, Settings

pytestmark = pytest.mark.enable_socket

AT_LENGTH = "RECOMMENDER_KILLS" in os.environ
KILLS = int(os.environ.get("RECOMMENDER_KILLS", "6"))
LONGEST = 4.0 if AT_LENGTH else 0.7
"""Seconds that a server works before it is killed; in four it has merged batches."""

OUTAGE = 10.0 if AT_LENGTH else 1.0
"""Seconds; and until somebody was told."""

FAULTS = [loses_the_answer, resets, answers(503, "SlowDown")] if AT_LENGTH else [loses_the_answer]

SOME = 100
"""Events, after which all is well."""

PATIENCE = 120.0


@pytest.fixture
def storage(trained_shop: TrainedShop, tmp_path: Path) -> Path:
    """A storage of the test's own."""
    return Path(shutil.copytree(trained_shop.storage, tmp_path / "copy"))


@contextmanager
def compacting(log: EventStore) -> Iterator[None]:
    """Every day is compacted again and again while the block lasts."""
    stopped = Event()

    def again_and_again() -> None:
        while not stopped.wait(0.1):
            log.compact(int(time.time() * 1000) + 2 * DAY, FakeProgress())

    with ThreadPoolExecutor(1) as thread:
        work = thread.submit(again_and_again)
        try:
            yield
        finally:
            stopped.set()
    work.result()


def until(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not happened():
        assert time.monotonic() < end, "it does not happen"
        time.sleep(0.02)


def killed_again_and_again(server: LiveServer, ledger: Ledger, log: EventStore, times: int) -> Iterator[None]:
    """Kill the server at a random moment of its work, look at the log, and start it again."""
    chance = random.Random(times)  # noqa: S311 - moments, not secrets
    for _ in range(times):
        before = len(ledger.acknowledged)
        time.sleep(chance.uniform(0, LONGEST))
        server.end()
        assert_each_once(log, ledger)
        server.start()
        until(lambda before=before: len(ledger.acknowledged) > before)  # type: ignore[misc]
        yield


def test_what_was_acknowledged_outlives_every_kill_and_counts_again(storage: Path, tmp_path: Path) -> None:
    log, ledger = wired(storage).events(), Ledger()
    with live_server(storage.as_uri(), tmp_path) as server:
        with clicking(server.port, ledger):
            for _ in killed_again_and_again(server, ledger, log, KILLS - KILLS // 2):
                with connected(server.port) as (client,):
                    for visitor in (ledger.acknowledged[0], ledger.acknowledged[-1]):
                        assert client.get(f"/users/{visitor}")[1]["user_known"]
        assert_each_once(log, ledger)
    assert ledger.unanswered >= KILLS // 2


def test_a_compaction_at_the_same_time_changes_nothing(storage: Path, tmp_path: Path) -> None:
    log, ledger = wired(storage).events(), Ledger()
    with live_server(storage.as_uri(), tmp_path) as server, compacting(wired(storage).events()):
        with clicking(server.port, ledger):
            for _ in killed_again_and_again(server, ledger, log, KILLS // 2):
                assert_each_once(log, ledger)
        assert_each_once(log, ledger)


def out_of_order(ledger: Ledger, begin: Callable[[], object], end: Callable[[], object]) -> None:
    """Clicks are acknowledged; for a while they are not, and whoever clicks is told; then they are again."""
    until(lambda: len(ledger.acknowledged) > SOME)
    told = ledger.told
    begin()
    time.sleep(OUTAGE)
    until(lambda: ledger.told >= told + CLIENTS)
    end()
    acknowledged = len(ledger.acknowledged)
    until(lambda: len(ledger.acknowledged) > acknowledged + SOME)


def test_a_folder_that_is_away_loses_nothing_and_clients_are_told(storage: Path, tmp_path: Path) -> None:
    ledger, elsewhere = Ledger(), tmp_path / "elsewhere"

    def take_away() -> None:
        storage.rename(elsewhere)
        storage.touch()

    def bring_back() -> None:
        storage.unlink()
        elsewhere.rename(storage)

    with live_server(storage.as_uri(), tmp_path) as server:
        with clicking(server.port, ledger):
            out_of_order(ledger, take_away, bring_back)
        assert_each_once(wired(storage).events(), ledger)
    assert ledger.unanswered == 0


@pytest.mark.parametrize("fault", FAULTS)
def test_an_s3_that_is_away_loses_nothing_and_clients_are_told(
    fault: Fault, moto_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    storage, ledger = f"s3://{new_bucket(moto_url)}", Ledger()
    monkeypatch.setenv(f"{PREFIX}CACHE_DIR", str(tmp_path / "cache"))
    with faulty(moto_url) as proxy:
        use_s3(monkeypatch, proxy.url)
        with live_server(storage, tmp_path) as server:
            use_s3(monkeypatch, moto_url)  # the log is read and compacted past the proxy
            log = Container(settings=Settings(storage_url=storage), progress=FakeProgress()).events()
            with compacting(log), clicking(server.port, ledger, at_once=50):
                out_of_order(ledger, partial(proxy.goes_wrong, fault, always=True), proxy.goes_well)
            assert_each_once(log, ledger)
    assert ledger.unanswered == 0
