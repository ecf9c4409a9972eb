"""What a deployment needs of the outside: whoever runs the containers, and a look at the service."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from deployment.errors import DeploymentRefused

_IMAGE = re.compile(r"(?P<repository>[^@]+):[\w.-]+")


class Rollout(StrEnum):
    """How far a deployment is."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class Revision:
    """A revision of a task definition that tasks of a service are started with, and how that goes."""

    definition: str
    rollout: Rollout
    reason: str = ""


@dataclass(frozen=True)
class Service:
    """A service at one moment: what it is told to run, beside what it may still run, and how many tasks."""

    desired: int
    running: int
    primary: Revision
    others: tuple[Revision, ...] = ()
    latest_event: str = ""

    @property
    def settled(self) -> bool:
        """Whether it runs what it was told to, in full strength, and nothing else."""
        return self.primary.rollout is Rollout.COMPLETED and self.running == self.desired

    def why_failed(self, definition: str) -> str:
        """Why the platform gave a task definition up; empty if it did not."""
        for revision in (self.primary, *self.others):
            if revision.definition == definition and revision.rollout is Rollout.FAILED:
                return revision.reason or "no reason is given."
        return ""

    def __str__(self) -> str:
        rollout = self.primary.rollout.replace("_", " ").lower()
        tasks = f"{self.running} tasks run, {self.desired} are wanted"
        return f"{short(self.primary.definition)} {rollout}: {tasks}."


@dataclass(frozen=True)
class TaskDefinition:
    """A registered revision: its name, and all that can be registered again."""

    name: str
    content: Mapping[str, Any]

    def image_with(self, container: str, tag: str) -> str:
        """A container's image with another tag; raises DeploymentRefused if it has none, or is not there."""
        for each in self.content["containerDefinitions"]:
            if each["name"] == container and (named := _IMAGE.fullmatch(each["image"])):
                return f"{named['repository']}:{tag}"
        raise DeploymentRefused(
            f"The task definition {short(self.name)} has no container {container!r} with a tagged image."
        )

    def with_tag(self, container: str, tag: str) -> Mapping[str, Any]:
        """The content with another tag of the container's image, and nothing else changed."""
        image = self.image_with(container, tag)
        containers = [
            {**each, "image": image} if each["name"] == container else each
            for each in self.content["containerDefinitions"]
        ]
        return {**self.content, "containerDefinitions": containers}


class Platform(Protocol):
    """One service and the task definitions around it. Every call raises PlatformUnavailable on an outage."""

    def service(self) -> Service:
        """How the service is now, or was a moment ago; raises DeploymentRefused if there is none."""

    def definition(self, name: str) -> TaskDefinition:
        """A revision by its name, or the newest one of a family by the family's."""

    def register(self, content: Mapping[str, Any]) -> str:
        """Make a new revision, and return its name."""

    def update(self, definition: str) -> None:
        """Tell the service to run a revision from now on; it replaces its tasks on its own."""

    def has_image(self, image: str) -> bool:
        """Whether the registry has an image."""


class Probe(Protocol):
    """A look at the service from outside."""

    def require_somebody(self) -> None:
        """Raise DeploymentRefused if nothing at all answers there."""

    def check(self) -> None:
        """Raise DeploymentFailed unless the service is ready and recommends."""


def short(definition: str) -> str:
    """The part of a name that people use: family:revision."""
    return definition.rpartition("/")[2]
