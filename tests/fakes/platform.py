"""A platform with one service that runs v1, and whose deployments end as they are told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from deployment.errors import DeploymentError, PlatformUnavailable
from deployment.ports import Revision, Rollout, Service, TaskDefinition

REPOSITORY = "123456789012.dkr.ecr.us-east-1.amazonaws.com/shop"


def content(container: str, tag: str, **more: object) -> dict[str, Any]:
    """What can be registered of a task with one container."""
    definition = {"name": container, "image": f"{REPOSITORY}:{tag}", "essential": True}
    return {"family": f"shop-{container}", "containerDefinitions": [definition], **more}


@dataclass(frozen=True)
class Fate:
    """How a deployment ends, and after how many looks; a failed one is rolled back by the platform."""

    end: Rollout
    looks: int


STEADY = Fate(Rollout.COMPLETED, 3)
GIVEN_UP = Fate(Rollout.FAILED, 3)
NEVER = Fate(Rollout.IN_PROGRESS, 0)


class FakeTime:
    """Seconds that pass when somebody sleeps. `alarms` are called when their second is reached."""

    def __init__(self) -> None:
        self.now = 0.0
        self.alarms: dict[float, Callable[[], None]] = {}

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for due in [second for second in self.alarms if second <= self.now]:
            self.alarms.pop(due)()


class FakePlatform:
    """`fates` are by tag, STEADY unless told otherwise; `told` are all updates.

    Calls named in `outages` fail. After an update so many looks as `lag` says still show what was before.
    """

    def __init__(self) -> None:
        self.fates: dict[str, Fate] = {}
        self.lag = 0
        self.told: list[str] = []
        self.outages: set[str] = set()
        self.images = {f"{REPOSITORY}:{tag}" for tag in ("v1", "v1-train", "v2", "v2-train")}
        self.desired = 2
        self._definitions: dict[str, list[TaskDefinition]] = {}
        self._completed = self.register(content("serve", "v1"))
        self.register(content("train", "v1-train"))
        self._primary = Revision(self._completed, Rollout.COMPLETED)
        self._failed: tuple[Revision, ...] = ()
        self._looks = 0

    def service(self) -> Service:
        self._require_no_outage("service")
        self._looks += 1
        if self.told and self._looks <= self.lag:
            return Service(self.desired, self.desired, Revision(self._completed, Rollout.COMPLETED))
        self._go_on()
        running = self.desired + (self._primary.rollout is Rollout.IN_PROGRESS)
        return Service(self.desired, running, self._primary, self._failed, "(service shop) is at work.")

    def definition(self, name: str) -> TaskDefinition:
        self._require_no_outage("definition")
        family, _, revision = name.partition(":")
        return self._definitions[family][int(revision) - 1 if revision else -1]

    def register(self, content: Mapping[str, Any]) -> str:
        self._require_no_outage("register")
        revisions = self._definitions.setdefault(content["family"], [])
        revisions.append(TaskDefinition(f"{content['family']}:{len(revisions) + 1}", content))
        return revisions[-1].name

    def update(self, definition: str) -> None:
        self._require_no_outage("update")
        self.told.append(definition)
        if definition != self._primary.definition:
            self._primary, self._looks = Revision(definition, Rollout.IN_PROGRESS), 0

    def has_image(self, image: str) -> bool:
        self._require_no_outage("has_image")
        return image in self.images

    def tag(self, name: str) -> str:
        """The tag that a revision, or the newest one of a family, names."""
        return str(self.definition(name).content["containerDefinitions"][0]["image"]).rpartition(":")[2]

    @property
    def runs(self) -> str:
        """The tag of what the service is told to run."""
        return self.tag(self._primary.definition)

    def _go_on(self) -> None:
        fate = self.fates.get(self.runs, STEADY)
        if self._primary.rollout is not Rollout.IN_PROGRESS or self._looks < fate.looks:
            return
        if fate.end is Rollout.COMPLETED:
            self._primary = Revision(self._primary.definition, Rollout.COMPLETED)
            self._completed, self._failed = self._primary.definition, ()
        elif fate.end is Rollout.FAILED:
            self._failed = (Revision(self._primary.definition, Rollout.FAILED, "tasks failed to start."),)
            self._primary, self._looks = Revision(self._completed, Rollout.IN_PROGRESS), 0

    def _require_no_outage(self, call: str) -> None:
        if call in self.outages:
            raise PlatformUnavailable(f"{call} failed: out of order.")


class FakeProbe:
    """Finds what it is told to find."""

    def __init__(self) -> None:
        self.nobody: DeploymentError | None = None
        self.wrong: DeploymentError | None = None
        self.checks = 0

    def require_somebody(self) -> None:
        if self.nobody:
            raise self.nobody

    def check(self) -> None:
        self.checks += 1
        if self.wrong:
            raise self.wrong
