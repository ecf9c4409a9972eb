"""From a tag to a service that answers with it, or back to what it ran before."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from deployment.errors import (
    DeploymentError,
    DeploymentFailed,
    DeploymentRefused,
    Overtaken,
    PlatformUnavailable,
    RolledBack,
    Stranded,
)
from deployment.ports import Platform, Probe, Rollout, Service, TaskDefinition, short

PAUSE = 10.0
"""Seconds between two looks at the service."""

SERVE, TRAIN = "serve", "train"
"""The containers of the two families, and what the families' names end with."""


@dataclass(frozen=True)
class Rollouts:
    """Brings versions of the program to one service.

    A new revision is the newest one of its family with another image, so that what was changed in the
    meantime about how the program runs (memory, environment) arrives with the next version. The family of the
    nightly training gets its revision last: at night its newest one runs.

    `clock` and `sleep` are in seconds, and so is `patience`: how long each wait for the service may take.
    """

    name: str
    platform: Platform
    probe: Probe
    say: Callable[[str], None]
    clock: Callable[[], float]
    sleep: Callable[[float], None]
    patience: float

    def deploy(self, tag: str) -> str:
        """Bring a tag to the service; returns what was done, or raises a DeploymentError.

        Interrupted, it tells the service to return to what it ran before, and does not wait for that.
        """
        self._require_what_is_needed(tag)
        before = self._require_quiet().primary.definition
        after = self._revision(SERVE, tag, before)
        if after == before:
            self.say(f"The service is told to run {tag} already, as {short(before)}.")
            self.probe.check()
            self._revision(TRAIN, f"{tag}-{TRAIN}")
            return f"{tag} was there already, and answers."
        try:
            self._replace(before, after, tag)
        except KeyboardInterrupt:
            self._let_return(before)
            raise
        return f"{tag} runs as {short(after)}, and answers."

    def _require_what_is_needed(self, tag: str) -> None:
        """Raise DeploymentRefused if this cannot end well."""
        if self.platform.service().desired == 0:
            raise DeploymentRefused(
                "The service is told to run no tasks: its first deployment is not finished. "
                'Apply Terraform with image_tag, as "First deployment" in docs/operations.md says.'
            )
        for container, image_tag in ((SERVE, tag), (TRAIN, f"{tag}-{TRAIN}")):
            image = self._newest(container).image_with(container, image_tag)
            if not self.platform.has_image(image):
                raise DeploymentRefused(f"The registry has no image {image}: push it first.")
        self.probe.require_somebody()

    def _require_quiet(self) -> Service:
        """The service, once no deployment is under way."""
        for service in self._looks():
            if service.primary.rollout is not Rollout.IN_PROGRESS:
                return service
        raise DeploymentRefused("Another deployment is still under way: let it end, then deploy again.")

    def _newest(self, container: str) -> TaskDefinition:
        return self.platform.definition(f"{self.name}-{container}")

    def _revision(self, container: str, tag: str, used: str | None = None) -> str:
        """A revision like the newest one but for the tag; a new one only if neither that nor `used` is so."""
        newest = self._newest(container)
        wanted = newest.with_tag(container, tag)
        if used is not None and self.platform.definition(used).content == wanted:
            return used
        if newest.content == wanted:
            return newest.name
        made = self.platform.register(wanted)
        self.say(f"Registered {short(made)} with the image {tag}.")
        return made

    def _replace(self, before: str, after: str, tag: str) -> None:
        """Let the service run `after`; raises RolledBack once it runs `before` again, or Stranded."""
        self.say(f"Replacing {short(before)} by {short(after)}.")
        try:
            self.platform.update(after)
            self._wait(after, instead=before)
            self.probe.check()
            self._revision(TRAIN, f"{tag}-{TRAIN}")
        except Overtaken:
            raise
        except DeploymentError as failure:
            self._return(before, after, failure)

    def _return(self, before: str, after: str, failure: DeploymentError) -> None:
        """Bring back what ran before; raises RolledBack, or Stranded if that fails as well."""
        self.say(f"{failure} Returning to {short(before)}.")
        try:
            self.platform.update(before)  # in any case: that the platform does so by itself may be old news
            self._wait(before, instead=after)
        except Overtaken:
            raise
        except DeploymentError as again:
            raise Stranded(
                f"{failure} THE RETURN TO {short(before)} FAILED AS WELL: {again} "
                'Look at the service at once: "Roll-back of either" in docs/operations.md.'
            ) from again
        raise RolledBack(f"{failure} The service runs {short(before)} again.") from failure

    def _let_return(self, before: str) -> None:
        try:
            self.platform.update(before)
        except PlatformUnavailable as failure:
            raise Stranded(
                f"Interrupted, and the service could not be told to return to {short(before)}: {failure}"
            ) from failure
        self.say(f"The service was told to return to {short(before)}, and does so on its own.")

    def _wait(self, wanted: str, instead: str) -> None:
        """Return when the service runs what is wanted; raises DeploymentFailed if it will not."""
        seen, gone = False, 0
        for service in self._looks():
            told = service.primary.definition
            if told not in (wanted, instead):
                raise Overtaken(
                    f"Somebody else has told the service to run {short(told)}; that was left alone."
                )
            if told == wanted and service.settled:
                return
            if reason := service.why_failed(wanted):
                raise DeploymentFailed(f"{short(wanted)} does not run: {reason}{_latest(service)}")
            # A look may show what was a moment ago: given up is what was there, and is not, twice.
            seen = seen or told == wanted
            gone = gone + 1 if seen and told == instead else 0
            if gone > 1:
                raise DeploymentFailed(f"{short(wanted)} was given up by the platform.{_latest(service)}")
        raise DeploymentFailed(f"{short(wanted)} does not run after {self.patience / 60:g} minutes.")

    def _looks(self) -> Iterator[Service]:
        """The service as it is, again and again until patience ends; what is new is said."""
        until, told = self.clock() + self.patience, ""
        while True:
            service = self.platform.service()
            if str(service) != told:
                told = str(service)
                self.say(told)
            yield service
            if self.clock() >= until:
                return
            self.sleep(PAUSE)


def _latest(service: Service) -> str:
    return f' The platform says: "{service.latest_event}"' if service.latest_event else ""
