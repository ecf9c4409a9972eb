"""Servers that speak S3, on this machine."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Lock, Thread
from typing import Any
from urllib.request import Request, urlopen
from uuid import uuid4

import pytest

from recommender.adapters.s3 import S3BlobStore, connect

NO_FILE = os.devnull

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
"""A web application, as PEP 3333 says."""


def s3_environment(url: str) -> dict[str, str]:
    """The environment with which S3 is the server at `url`, whatever is configured here."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": NO_FILE,
        "AWS_SHARED_CREDENTIALS_FILE": NO_FILE,
    }


def use_s3(patch: pytest.MonkeyPatch, url: str) -> None:
    """Set the environment of this process so."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        patch.delenv(name)
    for name, value in s3_environment(url).items():
        patch.setenv(name, value)


def new_bucket(url: str) -> str:
    """A bucket with nothing in it on a server that lets everybody in."""
    name = f"bucket-{uuid4().hex}"
    with urlopen(Request(f"{url}/{name}", method="PUT")):  # noqa: S310 - the server is one of those below
        return name


def unreachable_store(patch: pytest.MonkeyPatch, cache: Path) -> S3BlobStore:
    """A store on a port of this machine where nobody listens."""
    (port,) = free_ports(1)
    use_s3(patch, f"http://127.0.0.1:{port}")
    return S3BlobStore("bucket", "", cache, connect=lambda: connect(tries=1))


def free_ports(number: int) -> list[int]:
    """So many different ports where nobody listens."""
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


@contextmanager
def moto_server(around: Callable[[Wsgi], Wsgi] = lambda moto: moto) -> Iterator[str]:
    """The address of a moto that does one request at a time, with something around it if need be.

    Its checks of If-Match and If-None-Match and the writes that follow are separate steps; S3's are one.
    """
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415 - it is slow to import, and most tests need none
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415 - as above

    moto, alone = around(DomainDispatcherApplication(create_backend_app)), Lock()

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        with alone:
            return list(moto(environ, start))

    server = make_server("127.0.0.1", 0, answer, threaded=True, request_handler=MotoRequestHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def find_weed() -> Path | None:
    """SeaweedFS's one program."""
    found = shutil.which("weed", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
    return Path(found) if found else None


@contextmanager
def weed_server(program: Path, folder: Path) -> Iterator[str]:
    """The address of a SeaweedFS with its data below a folder."""
    names = ("master", "volume", "filer", "s3")
    ports = free_ports(2 * len(names))
    listening = [f"-{name}.port={port}" for name, port in zip(names, ports, strict=False)]
    listening += [f"-{name}.port.grpc={port}" for name, port in zip(names, ports[len(names) :], strict=True)]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - a program that came with the tests' requirements
            [
                *(str(program), "server", "-s3", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-dir={folder}"),
                *("-master.telemetry=false", "-s3.port.iceberg=0", "-s3.port.lance=0"),
                *("-master.volumeSizeLimitMB=64", "-volume.max=50", *listening),
            ],
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{ports[names.index('s3')]}"
        _wait_until_it_stores(url, server, folder / "log")
        yield url
    finally:
        server.kill()  # it would take half a minute to leave in good order, and its data goes, too
        server.wait()


def _wait_until_it_stores(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 60
    with pytest.MonkeyPatch.context() as patch:
        use_s3(patch, url)
        client = connect(tries=1)
        while time.monotonic() < until and server.poll() is None:
            try:
                client.create_bucket(Bucket="first")
                client.put_object(Bucket="first", Key="first", Body=b"1")
            except Exception:  # noqa: BLE001 - many things go wrong in a server that is not up yet
                time.sleep(0.2)
            else:
                client.close()
                return
    pytest.fail(f"SeaweedFS does not start:\n{log.read_text()[-2000:]}")
