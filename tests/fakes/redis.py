"""A Redis of one's own, on this machine."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from fakes.s3 import free_ports
from redis import Redis
from redis.exceptions import RedisError


def find_redis() -> str | None:
    """The program, of either name."""
    return shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """A server that keeps what it is told below a folder, so that it survives a restart.

    url: where it listens, from one restart to the next.
    """

    def __init__(self, program: str, folder: Path, password: str = "") -> None:
        (port,) = free_ports(1)
        self.where = f"127.0.0.1:{port}"
        self.url = f"redis://{f':{password}@' if password else ''}{self.where}/0"
        self._command = [program, "--port", str(port), "--bind", "127.0.0.1", "--dir", str(folder)]
        self._command += ["--appendonly", "yes", "--appendfsync", "always", "--save", ""]
        self._command += ["--requirepass", password] if password else []
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)  # noqa: S603 - a server found by its name
        until = time.monotonic() + 30
        while time.monotonic() < until and self._process.poll() is None:
            try:
                with self.client() as client:
                    client.ping()
            except RedisError:
                time.sleep(0.02)
            else:
                return
        pytest.fail("Redis does not start")

    @contextmanager
    def client(self) -> Iterator[Redis]:
        """A client of the test's own."""
        with closing(Redis.from_url(self.url)) as client:
            yield client

    def kill(self) -> None:
        """SIGKILL."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """It takes connections, and does nothing more."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)


@contextmanager
def redis_server(program: str, folder: Path, password: str = "") -> Iterator[RedisServer]:
    """A server that is up, and is ended in the end."""
    server = RedisServer(program, folder, password)
    server.start()
    try:
        yield server
    finally:
        server.kill()
