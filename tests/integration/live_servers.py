"""`recommender serve` as a process that takes events, that may be killed, and clients that stay connected."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import pytest
from fakes.s3 import free_ports

from recommender.settings import PREFIX


class Client:
    """One connection that is kept. Its methods raise OSError or HTTPException if the server is not there."""

    def __init__(self, port: int, timeout: float = 60.0) -> None:
        self._connection = HTTPConnection("127.0.0.1", port, timeout=timeout)
        self.retry_after: str | None = None

    def get(self, path: str) -> tuple[int, Any]:
        return self._answer("GET", path)

    def post(self, path: str, body: object) -> tuple[int, Any]:
        return self._answer("POST", path, json.dumps(body).encode())

    def close(self) -> None:
        self._connection.close()

    def _answer(self, method: str, path: str, body: bytes | None = None) -> tuple[int, Any]:
        self._connection.request(method, path, body, {"content-type": "application/json"} if body else {})
        response = self._connection.getresponse()
        answer = json.loads(response.read())
        self.retry_after = response.headers["retry-after"]
        return response.status, answer


@contextmanager
def connected(*ports: int) -> Iterator[list[Client]]:
    """A client of each server."""
    clients = [Client(port) for port in ports]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


@dataclass
class LiveServer:
    """A server process with settings of its own. port: where it listens, from one start to the next."""

    environment: dict[str, str]
    log: Path
    port: int = field(default_factory=lambda: free_ports(1)[0])
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it is ready."""
        command = [
            sys.executable,
            "-m",
            "recommender.entrypoints.cli.main",
            "serve",
            "--port",
            str(self.port),
        ]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own command
                command, env=self.environment, stderr=log, start_new_session=True
            )
        until = time.monotonic() + 120
        while self.process.poll() is None and time.monotonic() < until:
            with connected(self.port) as (client,), suppress(OSError, HTTPException):
                if client.get("/livez")[0] == 200:  # it listens when the model, if there is one, is loaded
                    return
            time.sleep(0.02)
        pytest.fail(self.log.read_text())

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        """Send a signal to the process and its workers, and wait until it has gone."""
        assert self.process is not None
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        self.process.wait()


@contextmanager
def live_server(storage: str, folder: Path, **settings: object) -> Iterator[LiveServer]:
    """A server that is ready, and gone in the end. Its log is put into the folder."""
    chosen = {f"{PREFIX}{name.upper()}": str(value) for name, value in settings.items()}
    (port,) = free_ports(1)
    server = LiveServer(os.environ | {f"{PREFIX}STORAGE_URL": storage} | chosen, folder / f"{port}.log", port)
    server.start()
    try:
        yield server
    finally:
        server.end()
