"""Reproduce: judge again what a stored version was judged on, from the stored log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recommender.application.card import ModelCard
from recommender.application.evaluate import Evaluate
from recommender.application.ports import Catalogue, EventStore, ModelStore
from recommender.application.train import fingerprint
from recommender.domain.targets import TARGETS


@dataclass(frozen=True)
class Reproduced:
    """The figures now, and how they compare with those on the version's card."""

    card: ModelCard
    same_log: bool
    same_sources: bool
    same_figures: bool


@dataclass(frozen=True)
class Reproduce:
    """Repeats a version's evaluation: same window, goal and seed. A refitted model cannot be judged on what
    it was fitted on, so what is judged is again the fit on the past only.
    """

    events: EventStore
    catalogue: Catalogue
    models: ModelStore
    evaluate: Evaluate

    def __call__(self, version: str) -> Reproduced:
        """Raises UnknownVersion, CorruptModel or NotEnoughData."""
        card = self.models.card(version)
        log = self.events.read(card.start, card.end)
        found, cut = self.evaluate(log, self.catalogue.history(), TARGETS[card.goal], card.seed)
        again = replace(card, cut=cut, judged=found.judged, lists=found.lists, scores=found.scores)
        sources = tuple(source.NAME for source in self.evaluate.fit.sources)
        return Reproduced(again, fingerprint(log) == card.fingerprint, sources == card.sources, again == card)
