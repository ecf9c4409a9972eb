"""Versions: what the model store holds, and what of it is no longer needed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass

from recommender.application.card import ModelCard
from recommender.application.moments import of_stamp
from recommender.application.ports import Clock, ModelStore
from recommender.domain.errors import CorruptModel, NoModelPublished, UnknownVersion
from recommender.domain.events import DAY

CURRENT, ROLLBACK, BEFORE, OTHER = "current", "rollback", "before", ""
"""How a version stands: it is served; the next roll-back returns to it; a later one does; none does."""

INTERRUPTED_AFTER = DAY
"""A version that has been incomplete for so long, in ms, nobody is still publishing."""


@dataclass(frozen=True)
class StoredVersion:
    """A version in the store.

    published: ms. standing: one of CURRENT, ROLLBACK, BEFORE, OTHER.
    card, size (bytes): None if the version is refused, for the reason `refused`.
    """

    version: str
    published: int
    standing: str
    card: ModelCard | None = None
    size: int | None = None
    refused: str | None = None


@dataclass(frozen=True)
class Listing:
    """versions: oldest first. damaged: why nobody can say which one is current, if so."""

    versions: list[StoredVersion]
    damaged: str | None = None


@dataclass(frozen=True)
class ListVersions:
    """Looks at every version, by its manifest."""

    models: ModelStore

    def __call__(self) -> Listing:
        """All versions; one that is refused is no reason to hide the others, nor is a damaged pointer."""
        history, damaged = self._history()
        standing = _standings(history)
        listed = [self._stored(version, standing.get(version, OTHER)) for version in self.models.versions()]
        return Listing(listed, damaged)

    def one(self, version: str | None = None) -> StoredVersion:
        """One version, by default the current one.

        Raises NoModelPublished if none is current, UnknownVersion or CorruptModel.
        """
        history = self.models.history()
        version = version or (history[-1] if history else None)
        if version is None:
            raise NoModelPublished
        standing = _standings(history).get(version, OTHER)
        return StoredVersion(
            version, published(version), standing, self.models.card(version), self.models.size(version)
        )

    def _history(self) -> tuple[tuple[str, ...], str | None]:
        try:
            return self.models.history(), None
        except CorruptModel as refusal:
            return (), str(refusal)

    def _stored(self, version: str, standing: str) -> StoredVersion:
        try:
            card, size = self.models.card(version), self.models.size(version)
        except CorruptModel as refusal:
            return StoredVersion(version, published(version), standing, refused=refusal.why)
        return StoredVersion(version, published(version), standing, card, size)


@dataclass(frozen=True)
class Pruned:
    """What was deleted, or would be: versions and remnants. freed: bytes, as far as manifests say."""

    versions: list[str]
    remnants: list[str]
    freed: int


@dataclass(frozen=True)
class Prune:
    """Deletes versions that nobody needs, and what interrupted work has left."""

    models: ModelStore
    clock: Clock

    def __call__(self, keep: int | None, before: int | None = None, *, only_look: bool = False) -> Pruned:
        """Delete all versions but the `keep` newest (None: whatever their number), and those published
        before `before` (ms) however few they are. `only_look` deletes nothing.

        The current version always stays; the one that a roll-back returns to stays unless it is too old.
        Raises CorruptModel if nobody can say which version is current.
        """
        versions, history = self.models.versions(), self.models.history()
        surplus = set(versions[: max(len(versions) - keep, 0)] if keep is not None else ()).difference(
            history[-2:]
        )
        old = {each for each in versions if before is not None and published(each) < before}
        chosen = sorted((surplus | old).difference(history[-1:]))
        left = self.models.remnants(self.clock.now() - INTERRUPTED_AFTER)
        remnants = [each for each in left if each not in chosen]
        freed = sum(map(self._size, chosen))
        for each in () if only_look else (*chosen, *remnants):
            self._delete(each)
        return Pruned(chosen, remnants, freed)

    def _size(self, version: str) -> int:
        try:
            return self.models.size(version)
        except (CorruptModel, UnknownVersion):
            return 0

    def _delete(self, version: str) -> None:
        with suppress(UnknownVersion):  # somebody else has pruned meanwhile
            self.models.delete(version)


def published(version: str) -> int:
    """When a version was published, in ms, as its name says to the second; 0 for a day that is none."""
    try:
        return of_stamp(version.partition("-")[0])
    except ValueError:
        return 0


def _standings(history: tuple[str, ...]) -> dict[str, str]:
    """How each version of the history stands."""
    standings = dict.fromkeys(history, BEFORE)
    standings |= dict.fromkeys(history[-2:-1], ROLLBACK)
    return standings | dict.fromkeys(history[-1:], CURRENT)
