"""Images and containers, by Docker's own command."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Any

import pytest
from integration.servers import get

ROOT = Path(__file__).parents[2]
BASE = os.environ.get("PYTHON_IMAGE", "python:3.11-slim-bookworm")
HARDENED = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--security-opt", "no-new-privileges:true")  # noqa: S108


@dataclass(frozen=True)
class Images:
    """Names of what was built from this tree."""

    serve: str
    train: str


@dataclass(frozen=True)
class Server:
    """A container that serves, and the port of this machine where it does."""

    container: str
    port: int


def called(*command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command that has ended, run where the repository is; all it said is in stdout."""
    return subprocess.run(  # noqa: S603 - commands of the tests
        command,
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def docker(*arguments: str, **environment: str) -> str:
    """What a docker command that does what it was asked says, without the white space around it."""
    done = called("docker", *arguments, **environment)
    if done.returncode:
        pytest.fail(f"docker {' '.join(arguments)}\n{done.stdout[-4000:]}")
    return done.stdout.strip()


def inspected(name: str) -> dict[str, Any]:
    """What Docker knows of an image or a container."""
    found: dict[str, Any] = json.loads(docker("inspect", name))[0]
    return found


def logs(container: str) -> str:
    """All that a container has written."""
    return docker("logs", container)


@contextmanager
def running(image: str, environment: Mapping[str, str], *options: str) -> Iterator[Server]:
    """A container as hardened as in production, configured by nothing but its environment."""
    variables = [f"--env={name}={value}" for name, value in environment.items()]
    inside = environment.get("RECOMMENDER_PORT", "8000")
    published = ("--publish", f"127.0.0.1::{inside}")
    container = docker("run", "--detach", *published, *HARDENED, *variables, *options, image)
    try:
        port = int(docker("port", container, inside).splitlines()[0].rpartition(":")[2])
        until_it_answers(Server(container, port), "/livez")
        yield Server(container, port)
    finally:
        docker("rm", "--force", "--volumes", container)


def until_it_answers(server: Server, path: str) -> None:
    """Wait until a path is answered with 200."""
    for _ in range(600):
        try:
            if get(server.port, path)[0] == 200:
                return
        except (OSError, HTTPException):
            pass
        if not inspected(server.container)["State"]["Running"]:
            break
        time.sleep(0.1)
    pytest.fail(logs(server.container))
