"""The pointer: which version is current, what it can be rolled back to, and what is being deleted.

It is one blob that is only ever swapped against what was read, so that of two things that exclude each other
only one happens: a version is named here before it is deleted, and what is named here is not promoted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import Self

from recommender.adapters.models.files import json_object
from recommender.adapters.models.forms import expected
from recommender.adapters.models.manifest import VERSION
from recommender.domain.errors import VersionInUse

POINTER = "current.json"

MOST_BEFORE = 20
"""So many versions back are remembered."""


@dataclass(frozen=True)
class Pointer:
    """What current.json says.

    history: versions that were current, oldest first, the last one is current; empty if none is.
    deleting: versions that must not become current any more. changes: how often it was swapped; so no state
    comes back, and no tag of its bytes, by which a swap would take it for the one that was read.
    Raises ValueError for what is no version, and for a version that is named twice.
    """

    history: tuple[str, ...] = ()
    deleting: tuple[str, ...] = ()
    changes: int = 0

    def __post_init__(self) -> None:
        names = [*self.history, *self.deleting]
        for name in names:
            if not re.fullmatch(VERSION, name):
                raise ValueError(f"{POINTER} names {name!r}, which is no version")
        if len(set(names)) < len(names):
            raise ValueError(f"{POINTER} names a version twice")

    @property
    def version(self) -> str | None:
        """The current version."""
        return self.history[-1] if self.history else None

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a pointer; raises ValueError for anything else. Only the version must be there."""
        document = json_object(data, POINTER)
        if "version" not in document:
            raise ValueError(f"{POINTER} names no version")
        before, deleting = (_names(document.get(key, []), key) for key in ("before", "deleting"))
        none_is_current = document["version"] is None and not before
        current = () if none_is_current else _names([document["version"]], "version")
        return cls(
            (*before, *current), deleting, expected(int, document.get("changes", 0), f"{POINTER}: changes")
        )

    def to_bytes(self) -> bytes:
        """The pointer as JSON."""
        document = {
            "version": self.version,
            "before": self.history[:-1],
            "deleting": self.deleting,
            "changes": self.changes,
        }
        return json.dumps(document).encode()

    def promoting(self, version: str) -> Pointer:
        """Go back to a version of the history, or add one to it."""
        if version in self.history:
            return self._with(self.history[: self.history.index(version) + 1], self.deleting)
        return self._with((*self.history, version)[-MOST_BEFORE - 1 :], self.deleting)

    def condemning(self, version: str) -> Pointer:
        """Let a version not become current any more; raises VersionInUse if it is."""
        if version == self.version:
            raise VersionInUse(version)
        if version in self.deleting:
            return self
        kept = tuple(each for each in self.history if each != version)
        return self._with(kept, (*self.deleting, version))

    def forgetting(self, version: str) -> Pointer:
        """Nothing is left of a version that was being deleted."""
        return self._with(self.history, tuple(each for each in self.deleting if each != version))

    def _with(self, history: tuple[str, ...], deleting: tuple[str, ...]) -> Pointer:
        return replace(self, history=history, deleting=deleting, changes=self.changes + 1)


def _names(stored: object, key: str) -> tuple[str, ...]:
    return tuple(
        expected(str, each, f"{POINTER}: {key}") for each in expected(list, stored, f"{POINTER}: {key}")
    )
