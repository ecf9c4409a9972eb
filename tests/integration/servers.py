"""`recommender serve` as processes of its own that listen on this machine."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection, HTTPException, HTTPResponse
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest
from fakes.s3 import free_ports

from recommender.settings import PREFIX


@contextmanager
def serving(storage: Path | str, **settings: object) -> Iterator[tuple[int, list[str]]]:
    """A server that is stopped in the end: its port, and what it prints, so far until it was ready."""
    with serving_process(storage, **settings) as (_, port, printed):
        yield port, printed


@contextmanager
def serving_process(
    storage: Path | str, **settings: object
) -> Iterator[tuple[subprocess.Popen[str], int, list[str]]]:
    """The same, and its process."""
    (port,) = free_ports(1)
    chosen = {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    chosen[f"{PREFIX}STORAGE_URL"] = storage if isinstance(storage, str) else storage.as_uri()
    with subprocess.Popen(  # noqa: S603 - our own interpreter
        [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve", "--port", str(port)],
        env=os.environ | chosen,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        printed: list[str] = []
        running = Event()
        reader = Thread(target=_read, args=(process.stderr, printed, running))
        reader.start()
        try:
            running.wait()
            if process.poll() is not None:
                pytest.fail("\n".join(printed))
            _until_it_listens(port)
            yield process, port, printed
        finally:
            process.terminate()
            reader.join()


def _read(stderr: Iterable[str], printed: list[str], running: Event) -> None:
    """Read on: a server whose lines nobody reads stands still."""
    for line in stderr:
        printed.append(line.rstrip())
        if "Uvicorn running on" in line:
            running.set()
    running.set()


def _until_it_listens(port: int) -> None:
    """With several workers the line comes before the first of them listens."""
    for _ in range(600):
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.05)
    pytest.fail("nobody listens")


def get(port: int, path: str) -> tuple[int, Any]:
    return _asked(port, "GET", path)


def post(port: int, path: str, body: object) -> tuple[int, Any]:
    return _asked(port, "POST", path, json.dumps(body))


def _asked(port: int, method: str, path: str, body: str | None = None) -> tuple[int, Any]:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request(method, path, body, {"content-type": "application/json"} if body else {})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    return response.status, json.loads(answer) if "json" in response.headers["content-type"] else answer


@contextmanager
def unfinished_request(port: int, body: bytes) -> Iterator[Callable[[], tuple[int, Any]]]:
    """A POST /recommend whose body the server waits for; call it to send the body and get the answer."""
    head = f"Host: localhost\r\nContent-Type: application/json\r\nContent-Length: {len(body)}"
    asked_for = b"HTTP/1.1 100 Continue\r\n\r\n"

    def finish() -> tuple[int, Any]:
        connection.sendall(body)
        with HTTPResponse(connection) as response:
            response.begin()
            return response.status, json.loads(response.read())

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(f"POST /recommend HTTP/1.1\r\n{head}\r\nExpect: 100-continue\r\n\r\n".encode())
        assert connection.recv(len(asked_for), socket.MSG_WAITALL) == asked_for
        yield finish


def until_it_answers_no_more(port: int) -> None:
    """Wait until a new request is refused, or left lying: the parent of several workers listens on."""
    for _ in range(600):
        with closing(HTTPConnection("127.0.0.1", port, timeout=1)) as connection:
            try:
                connection.request("GET", "/livez")
                connection.getresponse().read()
            except (OSError, HTTPException):
                return
        time.sleep(0.05)
    pytest.fail("it goes on answering")
