"""Live events in a bucket: they are kept, counted and merged as those in a folder are."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from fakes.events import rows_of
from fakes.progress import FakeProgress
from fakes.s3 import new_bucket, use_s3
from integration.conftest import TrainedShop
from integration.live_servers import Client, connected, live_server

from recommender.adapters.local import LocalBlobStore
from recommender.container import Container
from recommender.domain.events import DAY
from recommender.settings import PREFIX, Settings

pytestmark = pytest.mark.enable_socket


def opened(storage_url: str) -> Container:
    return Container(settings=Settings(storage_url=storage_url), progress=FakeProgress())


def copied(shop: TrainedShop, storage_url: str) -> None:
    """Put everything that the shop has stored into another storage."""
    source, target = LocalBlobStore(shop.storage), opened(storage_url).blobs()
    for key in source.keys(""):
        assert target.create(key, source.read(key))


def some_events(now: int) -> list[list[dict[str, object]]]:
    """What is posted, one after another: in time, late, again, of guests, and some that is refused."""
    cart: dict[str, object] = {
        "event_id": "1",
        "type": "addtocart",
        "user_id": "1",
        "item_id": "1",
        "timestamp": now,
    }
    late = {"event_id": "2", "type": "view", "user_id": "zoe", "item_id": "3", "timestamp": now - 2 * DAY}
    guest = {
        "event_id": "3",
        "type": "view",
        "session_id": "s",
        "item_id": "4",
        "timestamp": now,
        "price": 1.5,
    }
    return [
        [cart, late],
        [guest, {"type": "look"}],
        [cart, guest],
        [late | {"event_id": "4", "item_id": "5"}],
    ]


def answers(client: Client, now: int) -> list[Any]:
    """What is said of everybody; the two last fields name the answer, and differ."""
    asked = [{"user_id": "1"}, {"user_id": "zoe"}, {"session_id": "s"}, {"user_id": "2", "session_id": "s"}]
    recommended = [client.post("/recommend", each | {"n": 20, "at": now})[1] for each in asked]
    return [each["recommendations"] for each in recommended] + [
        client.get("/users/zoe"),
        client.get("/users/1"),
    ]


def outcome(storage_url: str, folder: Path, now: int) -> list[Any]:
    """Everything that is said and stored on the way: while events come, after a restart, after compaction."""
    folder.mkdir()
    with live_server(storage_url, folder) as server:
        with connected(server.port) as (client,):
            said: list[Any] = [client.post("/events", events) for events in some_events(now)]
            said.append(answers(client, now))
        server.end(signal.SIGTERM)
        server.start()
        with connected(server.port) as (client,):
            said.append(answers(client, now))
    log = opened(storage_url).events()
    said.append(rows_of(log.read()))
    log.compact(now + 2 * DAY, FakeProgress())
    said.append(rows_of(log.read()))
    return said


@pytest.mark.parametrize("server", ["moto_url", "weed_url"])
def test_events_in_a_bucket_count_as_those_in_a_folder(
    server: str,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    trained_shop: TrainedShop,
    tmp_path: Path,
) -> None:
    url: str = request.getfixturevalue(server)
    use_s3(monkeypatch, url)
    monkeypatch.setenv(f"{PREFIX}CACHE_DIR", str(tmp_path / "cache"))
    in_a_folder, in_s3 = tmp_path / "copy", f"s3://{new_bucket(url)}/shop"
    shutil.copytree(trained_shop.storage, in_a_folder)
    copied(trained_shop, in_s3)
    now = int(time.time() * 1000)
    found = outcome(in_s3, tmp_path / "s3", now)
    assert found == outcome(in_a_folder.as_uri(), tmp_path / "disk", now)
    assert [answer["accepted"] for _, answer in found[:4]] == [2, 1, 2, 1]
    before_restart, after_restart, log, compacted = found[4:]
    assert before_restart == after_restart
    assert log == compacted
    assert len(log) == len(trained_shop.container().events().read()) + 4
