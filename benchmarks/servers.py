"""Servers to measure: the command in a process of its own, a Redis beside it, and connections to it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

from recommender.settings import PREFIX, LocalStorage, read_settings, storage_home

READY_WITHIN = 30.0
OK = 200


@dataclass(frozen=True)
class Server:
    """A server that is ready."""

    port: int
    process: subprocess.Popen[bytes]
    storage_url: str


def recommender(*arguments: str, log: int | None = None, **settings: str) -> subprocess.Popen[bytes]:
    """The command, with settings beside those of the environment.

    log: where its stderr goes, which of a server is a line for each request.
    """
    command = [sys.executable, "-m", "recommender.entrypoints.cli.main", *arguments]
    environment = os.environ | {f"{PREFIX}{name.upper()}": value for name, value in settings.items()}
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=log, env=environment)  # noqa: S603 - our own command


@contextmanager
def live_server(workers: int = 1, memory_url: str | None = None) -> Iterator[Server]:
    """A server that takes events, and logs as JSON into a file; several workers share a Redis.

    It serves a copy of the models of RECOMMENDER_STORAGE_URL, a folder, which stays as it is.
    """
    home, port = storage_home(read_settings().storage_url), free_port()
    if not isinstance(home, LocalStorage):
        raise SystemExit(f"{PREFIX}STORAGE_URL: expected a folder")
    with TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(home.folder / "models", folder / "shop" / "models")
        url = (folder / "shop").as_uri()
        with _redis(workers, memory_url, folder) as memory, (folder / "log").open("wb") as log:
            asked = ("serve", "--port", str(port), "--workers", str(workers))
            server = recommender(
                *asked, log=log.fileno(), storage_url=url, memory_url=memory, log_format="json"
            )
            try:
                connect(port).close()
                yield Server(port, server, url)
            finally:
                server.terminate()
                server.wait()


@contextmanager
def _redis(workers: int, url: str | None, folder: Path) -> Iterator[str]:
    if url is not None or workers == 1:
        yield url or "memory://"
        return
    if (program := shutil.which("redis-server") or shutil.which("valkey-server")) is None:
        raise SystemExit("redis-server is not on the PATH; it is a package of most systems.")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder), "--save", ""]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as redis:  # noqa: S603 - a server found by its name
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            redis.send_signal(signal.SIGTERM)


def connect(port: int) -> HTTPConnection:
    """A kept connection to a server that is ready."""
    until = time.monotonic() + READY_WITHIN
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            get(connection, "/readyz")
        except (OSError, RuntimeError):
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            # Small requests in two segments would otherwise wait for each other's acknowledgement.
            connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return connection


def get(connection: HTTPConnection, path: str) -> bytes:
    """The body of a successful answer."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != OK:
        raise RuntimeError(f"{path}: {answer.status} {body!r}")
    return body


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tree(pid: int) -> list[int]:
    """The process and all that it has started."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
    return [pid, *(each for child in children for each in tree(int(child)))]


def memory(pid: int, what: str) -> float:
    """Rss or Pss of a process in MB; 0 once it has ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:")), 0.0)
