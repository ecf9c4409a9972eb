"""`recommender serve`, as a process of its own that listens on this machine."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from integration.conftest import TrainedShop

from recommender.settings import PREFIX

pytestmark = pytest.mark.enable_socket


@contextmanager
def serving(storage: Path) -> Iterator[tuple[int, list[str]]]:
    """A server that is stopped in the end: its port, and what it printed until it was ready."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", "--port", str(port)],
        env=os.environ | {f"{PREFIX}STORAGE_URL": storage.as_uri()},
        stderr=subprocess.PIPE,
        text=True,
    ) as server:
        try:
            printed: list[str] = []
            assert server.stderr is not None
            for line in server.stderr:
                printed.append(line.rstrip())
                if "Uvicorn running on" in line:
                    break
            else:
                pytest.fail("\n".join(printed))
            yield port, printed
        finally:
            server.terminate()
            server.communicate()


def get(port: int, path: str) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body) if "json" in response.headers["content-type"] else body


def test_the_urls_that_are_worth_trying_can_be_tried(trained_shop: TrainedShop) -> None:
    with serving(trained_shop.storage) as (port, printed):
        paths = re.findall(rf"^  http://127\.0\.0\.1:{port}(/.*)$", "\n".join(printed), re.MULTILINE)
        assert len(paths) == 3
        answers = [get(port, path) for path in paths]
    assert [status for status, _ in answers] == [200, 200, 200]
    recommended, shopper, _ = (body for _, body in answers)
    assert recommended["user_known"]
    assert len(recommended["recommendations"]) == 5
    assert shopper["user_id"] == recommended["user_id"]


def test_without_a_model_the_server_starts_and_says_what_it_waits_for(tmp_path: Path) -> None:
    with serving(tmp_path) as (port, printed):
        assert printed[0].startswith("No model is published yet")
        assert get(port, "/livez")[0] == 200
        status, problem = get(port, "/recommend/1")
    assert status == 503
    assert "recommender train" in problem["detail"]


def test_a_port_that_somebody_listens_on_is_refused_before_the_invitation(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as somebody:
        port = str(somebody.getsockname()[1])
        done = subprocess.run(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", "--port", port],
            env=os.environ | {f"{PREFIX}STORAGE_URL": tmp_path.as_uri()},
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(f"error: Cannot listen on 127.0.0.1:{port}: Address already in use.")
