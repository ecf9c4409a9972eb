"""`recommender serve`, as a process of its own that listens on this machine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import free_ports
from integration.conftest import TrainedShop
from integration.servers import (
    get,
    post,
    serving,
    serving_process,
    unfinished_request,
    until_it_answers_no_more,
)
from prometheus_client.parser import text_string_to_metric_families

from recommender.settings import PREFIX

pytestmark = pytest.mark.enable_socket


def test_the_urls_that_are_worth_trying_can_be_tried(trained_shop: TrainedShop) -> None:
    with serving(trained_shop.storage, log_format="text") as (port, printed):
        paths = re.findall(rf"^  http://127\.0\.0\.1:{port}(/.*)$", "\n".join(printed), re.MULTILINE)
        assert len(paths) == 3
        answers = [get(port, path) for path in paths]
    assert [status for status, _ in answers] == [200, 200, 200]
    recommended, shopper, _ = (body for _, body in answers)
    assert recommended["user_known"]
    assert len(recommended["recommendations"]) == 5
    assert shopper["user_id"] == recommended["user_id"]


def test_a_click_counts_by_the_commands_of_the_readme(trained_shop: TrainedShop, tmp_path: Path) -> None:
    shutil.copytree(trained_shop.storage, folder := tmp_path / "copy")
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    (lines,) = re.findall(r"A click counts at once.*?((?: {4}\$ curl [^\n]*\n)+)", readme, re.DOTALL)
    [before], [url, _, click], [after] = (shlex.split(line)[2:] for line in lines.splitlines())
    with serving(folder) as (port, _):
        first = asked(port, before)
        item = first["recommendations"][0]["item_id"]  # this shop is not the one that `make run` makes
        status, taken = post(port, path_of(url), json.loads(click) | {"item_id": item})
        last = asked(port, after)
    assert (status, taken["accepted"]) == (200, 1)
    assert (first["user_known"], last["user_known"]) == (False, True)
    assert first["recommendations"] != last["recommendations"]


def path_of(url: str) -> str:
    return url.removeprefix("127.0.0.1:8000")


def asked(port: int, url: str) -> dict[str, Any]:
    status, answer = get(port, path_of(url))
    assert status == 200
    assert isinstance(answer, dict)
    return answer


def test_several_workers_do_not_start_with_a_memory_each(tmp_path: Path) -> None:
    refusal = refused(tmp_path, "--workers", "2")
    assert refusal.startswith("error: 2 workers cannot share the memory of one process.")


def test_without_a_model_the_server_starts_and_says_what_it_waits_for(tmp_path: Path) -> None:
    with serving(tmp_path, log_format="text") as (port, printed):
        assert printed[0].startswith("No model is published yet")
        assert get(port, "/livez")[0] == 200
        status, problem = get(port, "/recommend/1")
    assert status == 503
    assert "recommender train" in problem["detail"]


def test_a_port_that_somebody_listens_on_is_refused_before_the_invitation(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])
        refusal = refused(tmp_path, "--port", port)
    assert refusal.startswith(f"error: Cannot listen on 127.0.0.1:{port}: Address already in use.")


def refused(storage: Path, *arguments: str) -> str:
    """What a server says that does not start."""
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", *arguments],
        env=os.environ | {f"{PREFIX}STORAGE_URL": storage.as_uri()},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    return done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_in_flight_when_the_server_is_told_to_stop_is_answered(
    trained_shop: TrainedShop, workers: int
) -> None:
    with serving_process(trained_shop.storage, workers=workers, memory_url="none") as (server, port, _):
        with unfinished_request(port, b'{"user_id": "1"}') as finish:
            server.terminate()
            until_it_answers_no_more(port)
            status, answer = finish()
        assert server.wait() == 0
    assert status == 200
    assert len(answer["recommendations"]) == 5


@pytest.fixture
def two_processors() -> Iterator[set[int]]:
    """What this process and its children may run on for the length of a test."""
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("this system lets nobody choose processors")
    everything = os.sched_getaffinity(0)
    if len(everything) < 2:
        pytest.skip("there is but one processor")
    two = set(sorted(everything)[:2])
    os.sched_setaffinity(0, two)
    yield two
    os.sched_setaffinity(0, everything)


def settled(server: subprocess.Popen[str]) -> dict[int, set[int]]:
    """The server's children that keep to one processor, with all their threads."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    found = {}
    for child in map(int, children):
        with suppress(OSError):  # it has ended meanwhile
            threads = [int(each.name) for each in Path(f"/proc/{child}/task").iterdir()]
            found[child] = set[int]().union(*map(os.sched_getaffinity, threads))
    return {child: processors for child, processors in found.items() if len(processors) == 1}


def until_settled(server: subprocess.Popen[str], workers: int) -> dict[int, set[int]]:
    """One that comes after another is told within a second."""
    for _ in range(100):
        if len(found := settled(server)) == workers:
            return found
        time.sleep(0.1)
    pytest.fail("the workers do not settle")


def test_as_many_workers_as_processors_keep_to_one_each_and_so_do_those_who_come_after_them(
    trained_shop: TrainedShop, two_processors: set[int]
) -> None:
    with serving_process(trained_shop.storage, workers=2, memory_url="none") as (server, _, printed):
        until_said(printed, "Application startup complete", 2)
        first = until_settled(server, 2)
        assert sorted(map(min, first.values())) == sorted(two_processors)
        os.kill(min(first), signal.SIGKILL)
        until_said(printed, "Application startup complete", 3)
        assert sorted(map(min, until_settled(server, 2).values())) == sorted(two_processors)


@pytest.mark.usefixtures("two_processors")
def test_more_workers_than_processors_are_left_to_the_system(trained_shop: TrainedShop) -> None:
    with serving_process(trained_shop.storage, workers=3, memory_url="none") as (server, _, printed):
        until_said(printed, "Application startup complete", 3)
        assert settled(server) == {}


def test_a_server_that_is_told_to_stop_while_it_starts_stops(trained_shop: TrainedShop) -> None:
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", "--port", str(free_ports(1)[0])],
        env=os.environ | {f"{PREFIX}STORAGE_URL": trained_shop.storage.as_uri()},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        assert server.stderr is not None
        server.stderr.readline()  # the invitation; uvicorn comes after it
        server.terminate()
        server.communicate()
    assert server.returncode == 0


def counted(port: int, sample: str) -> float:
    """The sum of a metric's samples, over all of their labels."""
    text = get(port, "/metrics")[1].decode()
    families = text_string_to_metric_families(text)
    return sum(each.value for family in families for each in family.samples if each.name == sample)


@pytest.mark.parametrize("workers", [1, 2])
def test_every_line_of_a_server_is_json_and_workers_count_together(
    trained_shop: TrainedShop, tmp_path: Path, workers: int
) -> None:
    # Set by somebody else: this server neither counts there nor deletes what is there.
    theirs = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "TMPDIR": str(tmp_path)}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in theirs.items():
            patch.setenv(name, value)
        with serving(trained_shop.storage, workers=workers, memory_url="none") as (port, printed):
            for _ in range(40):
                assert get(port, "/recommend/nobody?n=2")[0] == 200
            assert counted(port, "recommender_answers_total") == 40
            assert counted(port, "recommender_recommended_items_total") == 80
            assert counted(port, "recommender_http_requests_total") >= 40
            assert len(list(tmp_path.iterdir())) == (workers > 1)
    assert list(tmp_path.iterdir()) == []
    lines = [json.loads(line) for line in printed]
    requests = [each for each in lines if each.get("route") == "/recommend/{user_id}"]
    assert len(requests) == 40
    assert all(each["fallback"] and each["n"] == 2 for each in requests)
    assert len({each["request_id"] for each in requests}) == 40


def until_said(printed: list[str], what: str, times: int) -> None:
    """Wait until so many lines say so."""
    for _ in range(600):
        if sum(what in line for line in printed) >= times:
            return
        time.sleep(0.05)
    pytest.fail("\n".join(printed))


def exchanged(port: int, *parts: bytes) -> bytes:
    """All that comes back when these bytes are sent over one connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        answer = b""
        with suppress(ConnectionError):  # a server need not take what it does not want any more
            for part in parts:
                connection.sendall(part)
            while piece := connection.recv(65_536):
                answer += piece
    return answer


def test_a_head_that_does_not_end_is_refused(tmp_path: Path) -> None:
    last = b"connection: close\r\n\r\n"
    with serving(tmp_path) as (port, _):
        fits = exchanged(port, b"GET /livez?", b"x" * 60_000, b" HTTP/1.1\r\n", last)
        url = exchanged(port, b"GET /livez?", *[b"x" * 60_000] * 10)
        header = exchanged(port, b"GET /livez HTTP/1.1\r\nx-long: ", *[b"x" * 60_000] * 10)
        many = exchanged(port, b"GET /livez HTTP/1.1\r\n", *[b"x-many: x\r\n" * 5_000] * 10)
        slow = exchanged(port, b"GET /livez HTTP/1.1\r\n", b"x: y\r\n", last)
        body = exchanged(port, b"POST /livez HTTP/1.1\r\ncontent-length: 60000\r\n", last, b"x" * 60_000)
    assert fits.startswith(b"HTTP/1.1 200 ")
    # Whoever goes on sending may find the connection closed before they read why.
    assert {each[:12] for each in (url, header, many)} <= {b"HTTP/1.1 431", b""}
    assert slow.startswith(b"HTTP/1.1 200 ")
    assert body.startswith(b"HTTP/1.1 405 ")


@pytest.mark.parametrize("workers", [1, 2])
def test_a_request_on_a_kept_connection_is_answered_while_the_server_ends(
    tmp_path: Path, workers: int
) -> None:
    with serving_process(tmp_path, workers=workers, memory_url="none") as (process, port, printed):
        kept = HTTPConnection("127.0.0.1", port)
        kept.request("GET", "/livez")
        kept.getresponse().read()
        process.terminate()
        until_said(printed, "Shutting down", workers)
        kept.request("GET", "/livez")
        last = kept.getresponse()
        assert (last.status, last.headers["connection"]) == (200, "close")


@pytest.mark.parametrize("workers", [1, 2])
def test_control_c_ends_a_server_in_good_order(tmp_path: Path, workers: int) -> None:
    with serving_process(tmp_path, workers=workers, memory_url="none") as (process, _, printed):
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    assert "Traceback" not in "\n".join(printed)
    assert "Interrupted" not in printed[-1]
