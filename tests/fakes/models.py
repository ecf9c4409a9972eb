"""A model store in memory."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from recommender.application.card import ModelCard
from recommender.domain.errors import UnknownVersion
from recommender.domain.model import Model


class FakeModelStore:
    """Keeps versions in dicts; in place of a content hash a version has the number of its publication.

    pipelines: what was published for people, version -> goal -> bytes; no port gives it back.
    """

    def __init__(self) -> None:
        self._models: dict[str, Model] = {}
        self._cards: dict[str, ModelCard] = {}
        self._current: str | None = None
        self.pipelines: dict[str, dict[str, bytes]] = {}

    def publish(self, model: Model, card: ModelCard, pipelines: Mapping[str, bytes], at: int) -> str:
        moment = datetime.fromtimestamp(at // 1000, UTC)
        version = f"{moment:%Y%m%dT%H%M%SZ}-{len(self._models):012x}"
        self._models[version], self._cards[version] = model, card
        self.pipelines[version] = dict(pipelines)
        return version

    def load(self, version: str) -> Model:
        return self._models[self._known(version)]

    def card(self, version: str) -> ModelCard:
        return self._cards[self._known(version)]

    def versions(self) -> list[str]:
        return sorted(self._models)

    def current(self) -> str | None:
        return self._current

    def promote(self, version: str, instead_of: str | None) -> bool:
        self._known(version)
        if self._current != instead_of:
            return False
        self._current = version
        return True

    def _known(self, version: str) -> str:
        if version not in self._models:
            raise UnknownVersion(version)
        return version
