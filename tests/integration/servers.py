"""`recommender serve` as processes of its own that listen on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from recommender.settings import PREFIX


@contextmanager
def serving(storage: Path | str, **settings: object) -> Iterator[tuple[int, list[str]]]:
    """A server that is stopped in the end: its port, and what it printed until it was ready."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    chosen = {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    chosen[f"{PREFIX}STORAGE_URL"] = storage if isinstance(storage, str) else storage.as_uri()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", "--port", str(port)],
        env=os.environ | chosen,
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
            _until_it_listens(port)
            yield port, printed
        finally:
            server.terminate()
            server.communicate()


def _until_it_listens(port: int) -> None:
    """With several workers the line comes before the first of them listens."""
    for _ in range(600):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    pytest.fail("nobody listens")


def get(port: int, path: str) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", path)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, json.loads(body) if "json" in response.headers["content-type"] else body
