"""A project of docker-compose.yml, beside any other on this machine."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import uuid4

import pytest
from fakes.s3 import free_ports
from infrastructure.containers import Images, Server, docker, logs


@dataclass(frozen=True)
class Project:
    """Containers, volumes and a network of one name."""

    name: str
    port: int
    settings: dict[str, str]
    profiles: tuple[str, ...]

    def compose(self, *arguments: str) -> str:
        """What docker compose prints."""
        profiles = [f"--profile={each}" for each in self.profiles]
        return docker("compose", "--project-name", self.name, *profiles, *arguments, **self.settings)

    def up(self) -> float:
        """Bring everything up, and say how many seconds it took until it was healthy."""
        started = time.monotonic()
        self.compose("up", "--no-build", "--wait", "--wait-timeout", "300")
        return time.monotonic() - started

    def container(self, service: str) -> str:
        """The id of a service's container, also of one that has ended."""
        return self.compose("ps", "--all", "--quiet", service)

    @property
    def server(self) -> Server:
        """Who answers."""
        return Server(self.container("serve"), self.port)

    @property
    def preparation(self) -> str:
        """What the preparation has written."""
        return logs(self.container("prepare"))

    def until_it_prepares(self, words: str) -> None:
        """Wait until the preparation says so."""
        for _ in range(600):
            if words in self.preparation:
                return
            time.sleep(0.2)
        pytest.fail(self.preparation)


@contextmanager
def project(images: Images, *profiles: str, **settings: str) -> Iterator[Project]:
    """A project that has nothing yet; all that it gets is removed in the end."""
    (port,) = free_ports(1)
    name, _, tag = images.serve.rpartition(":")
    chosen = {
        "RECOMMENDER_IMAGE": name,
        "RECOMMENDER_TAG": tag,
        "RECOMMENDER_PUBLISHED_PORT": str(port),
        **settings,
    }
    made = Project(f"test-{uuid4().hex[:12]}", port, chosen, profiles)
    try:
        yield made
    finally:
        made.compose("--profile", "*", "down", "--volumes", "--timeout", "1")
