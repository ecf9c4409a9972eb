"""Versions are promoted and rolled back under a server that goes on answering.

RECOMMENDER_RELOADS says how many requests are sent: few by default, `make reloads` asks for more.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from pathlib import Path
from queue import Queue
from threading import Lock

import pytest
from integration.conftest import TrainedShop, wired
from integration.servers import get, serving

from recommender.application.ports import ModelStore
from recommender.domain.events import HOUR

pytestmark = pytest.mark.enable_socket

REQUESTS = int(os.environ.get("RECOMMENDER_RELOADS", "2000"))
SWITCHES = 20
CLIENTS = 4
PATIENCE = 60.0
"""Seconds within which every worker is to have seen what is current."""


@pytest.fixture
def storage(trained_shop: TrainedShop, tmp_path: Path) -> Path:
    """A storage with two versions that answer alike."""
    shutil.copytree(trained_shop.storage, folder := tmp_path / "copy")
    models = wired(folder).models()
    version = models.current()
    assert version is not None
    at = models.card(version).end + HOUR
    models.publish(models.load(version), models.card(version), {}, at)
    return folder


class Clients:
    """Ask again and again, and note which version answered; anything but a full list raises."""

    def __init__(self, port: int, users: list[str]) -> None:
        self.answered: list[str] = []
        self.milestones: Queue[int] = Queue()
        self._port, self._users = port, users
        self._lock = Lock()

    def ask(self, requests: int) -> None:
        """Over one connection; whoever waits for milestones is told of a failure by zeros."""
        try:
            self._ask(requests)
        except BaseException:
            for _ in range(SWITCHES):
                self.milestones.put(0)
            raise

    def _ask(self, requests: int) -> None:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        for number in range(requests):
            connection.request("GET", f"/recommend/{self._users[number % len(self._users)]}?n=10")
            response = connection.getresponse()
            answer = json.loads(response.read())
            assert response.status == 200, answer
            assert len(answer["recommendations"]) == 10
            self._note(answer["model_version"])
        connection.close()

    def _note(self, version: str) -> None:
        with self._lock:
            self.answered.append(version)
            if len(self.answered) % (REQUESTS // SWITCHES) == 0:
                self.milestones.put(len(self.answered))


def switched(models: ModelStore) -> str:
    """Promote whichever of the two versions is not current."""
    current = models.current()
    other = next(each for each in models.versions() if each != current)
    assert models.promote(other, current)
    return other


def until_all_serve(port: int, version: str) -> None:
    """Wait until ten answers in a row, of whichever workers, come from a version."""
    deadline, in_a_row = time.monotonic() + PATIENCE, 0
    while in_a_row < 10:
        assert time.monotonic() < deadline, "a worker does not follow"
        in_a_row = in_a_row + 1 if get(port, "/health")[1]["model"]["version"] == version else 0


def test_no_request_fails_while_versions_come_and_go(storage: Path, trained_shop: TrainedShop) -> None:
    models = wired(storage).models()
    users = trained_shop.container().events().read().users.ids(range(50))
    with serving(storage, workers=2, memory_url="none", reload_seconds=0.1) as (port, _):
        clients, were_current = Clients(port, users), {models.current()}
        with ThreadPoolExecutor(CLIENTS) as threads:
            asking = [threads.submit(clients.ask, REQUESTS // CLIENTS) for _ in range(CLIENTS)]
            for _ in range(SWITCHES):
                if clients.milestones.get(timeout=PATIENCE):
                    were_current.add(switched(models))
            for each in asking:
                each.result()
        assert len(clients.answered) == REQUESTS
        assert set(clients.answered) == were_current
        assert len(were_current) == 2
        until_all_serve(port, str(models.current()))


def test_a_damaged_version_is_told_and_the_old_one_answers_on(storage: Path) -> None:
    models = wired(storage).models()
    first = models.current()
    with serving(storage, reload_seconds=0.1) as (port, _):
        second = switched(models)
        until_all_serve(port, second)
        ranker = next((storage / "models" / str(first)).glob("rankers.0.*.npy"))
        ranker.write_bytes(ranker.read_bytes()[:-1])
        (storage / "models/current.json").write_text(json.dumps({"version": first}))
        deadline = time.monotonic() + PATIENCE
        while get(port, "/health")[1]["status"] == "ok":
            assert time.monotonic() < deadline, "nobody noticed"
        status, answer = get(port, "/recommend/nobody")
        health = get(port, "/health")[1]
    assert (status, answer["model_version"]) == (200, second)
    assert health["model"]["version"] == second
    assert health["reload"]["version"] == first
    assert ranker.name in health["reload"]["error"]
