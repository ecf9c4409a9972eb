"""A model store in memory."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.application.card import ModelCard
from recommender.application.moments import stamp
from recommender.domain.errors import CorruptModel, UnknownVersion, VersionInUse
from recommender.domain.model import Model

LONGEST_HISTORY = 21


class FakeModelStore:
    """Keeps versions in dicts; in place of a content hash a version has the number of its publication.

    damaged: versions that are refused. left: remnants.
    pipelines: what was published for people, version -> goal -> bytes; no port gives it back.
    """

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}
        self._cards: dict[str, ModelCard] = {}
        self._history: tuple[str, ...] = ()
        self.damaged: set[str] = set()
        self.left: set[str] = set()
        self.pipelines: dict[str, dict[str, bytes]] = {}

    def publish(self, model: Model, card: ModelCard, pipelines: Mapping[str, bytes], at: int) -> str:
        version = f"{stamp(at)}-{len(self._models):012x}"
        self._models[version], self._cards[version] = model, card
        self.pipelines[version] = dict(pipelines)
        return version

    def load(self, version: str) -> Model:
        return self._models[self._sound(version)]

    def card(self, version: str) -> ModelCard:
        return self._cards[self._sound(version)]

    def size(self, version: str) -> int:
        return self.load(version).index.statistics.table.nbytes

    def versions(self) -> list[str]:
        return sorted(self._models)

    def remnants(self, before: int) -> list[str]:
        early = stamp(before)
        return sorted(each for each in self.left if each < early)

    def current(self) -> str | None:
        return self._history[-1] if self._history else None

    def history(self) -> tuple[str, ...]:
        return self._history

    def promote(self, version: str, instead_of: str | None) -> bool:
        self._sound(version)
        if self.current() != instead_of:
            return False
        kept = self._history.index(version) if version in self._history else len(self._history)
        self._history = (*self._history[:kept], version)[-LONGEST_HISTORY:]
        return True

    def delete(self, version: str) -> None:
        if version == self.current():
            raise VersionInUse(version)
        if version not in self._models and version not in self.left:
            raise UnknownVersion(version)
        self._models.pop(version, None)
        self.left.discard(version)
        self._history = tuple(each for each in self._history if each != version)

    def _sound(self, version: str) -> str:
        if version not in self._models:
            raise UnknownVersion(version)
        if version in self.damaged:
            raise CorruptModel(version, "it was damaged")
        return version
