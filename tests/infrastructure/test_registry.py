"""The way of the image into production: pushed, pulled, and configured as terraform/ does it."""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from uuid import uuid4

import pytest
from fakes.s3 import free_ports
from infrastructure.account import environment
from infrastructure.containers import Images, docker, inspected
from infrastructure.object_store import ObjectStore
from infrastructure.seen import task
from infrastructure.story import Step
from integration.servers import get

pytestmark = pytest.mark.enable_socket

CONFIGURATION = """
version: 0.1
storage: {filesystem: {rootdir: %s}}
http: {addr: "127.0.0.1:%d"}
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a registry with nothing in it."""
    start = _installed if shutil.which("docker-registry") else _pulled
    (port,) = free_ports(1)
    with start(port, tmp_path_factory.mktemp("registry")):
        _until_it_answers(port)
        yield f"127.0.0.1:{port}"


@contextmanager
def _installed(port: int, folder: Path) -> Iterator[None]:
    configuration = folder / "configuration.yml"
    configuration.write_text(CONFIGURATION % (folder / "data", port))
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(  # noqa: S603 - a file of ours
            ["docker-registry", "serve", str(configuration)],  # noqa: S607 - whichever is installed
            stdout=log,
            stderr=log,
        ) as server,
    ):
        try:
            yield
        finally:
            server.terminate()


@contextmanager
def _pulled(port: int, _folder: Path) -> Iterator[None]:
    container = docker("run", "--detach", "--publish", f"127.0.0.1:{port}:5000", "registry:2")
    try:
        yield
    finally:
        docker("rm", "--force", "--volumes", container)


def _until_it_answers(port: int) -> None:
    for _ in range(100):
        try:
            if get(port, "/v2/")[0] == 200:
                return
        except (OSError, HTTPException):
            pass
        time.sleep(0.1)
    pytest.fail("the registry does not start")


def test_an_image_that_was_pushed_and_pulled_answers_from_a_model_in_s3(
    images: Images, object_store: ObjectStore, registry: str, serving: Step
) -> None:
    there = f"{registry}/recommender:{uuid4().hex}"
    docker("tag", images.serve, there)
    docker("push", "--quiet", there)
    docker("rmi", there)
    assert "Downloaded newer image" in docker("pull", there)
    (digest,) = (each for each in inspected(there)["RepoDigests"] if each.startswith(registry))
    told = environment(task(serving, "serve"))
    try:
        with object_store.serving(digest, told) as server:
            status, answer = get(server.port, "/recommend/1?n=3")
            assert status == 200
            assert len(answer["recommendations"]) == 3
            assert get(server.port, "/readyz")[0] == 200
    finally:
        docker("rmi", there)
