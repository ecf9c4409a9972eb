"""Reproduce: judge again what a stored version was judged on, from the stored log."""

from __future__ import annotations

from dataclasses import dataclass, replace

from recommender.application.card import ModelCard
from recommender.application.evaluate import Evaluate, Judged
from recommender.application.ports import Catalogue, EventStore, ModelStore
from recommender.application.train import fingerprint
from recommender.domain.targets import supported


@dataclass(frozen=True)
class Reproduced:
    """The figures now, and how they compare with those on the version's card."""

    card: ModelCard
    judged: Judged
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

    def __call__(self, version: str, *, thorough: bool = False) -> Reproduced:
        """Raises UnknownVersion, CorruptModel or NotEnoughData. `thorough`: see Evaluate."""
        card = self.models.card(version)
        log = self.events.read(card.start, card.end)
        targets, _ = supported(log, card.goal)
        judged = self.evaluate(log, self.catalogue.history(), targets, card.seed, thorough=thorough)
        found = judged.evaluation
        again = replace(
            card,
            cut=judged.cut,
            judged=found.judged,
            # In the order of the evaluation, what is served first; a stored card has lost it.
            lists={method: each for method, each in found.lists.items() if method in card.lists},
            scores={method: each for method, each in found.scores.items() if method in card.scores},
            others=judged.others,
        )
        sources = tuple(source.NAME for source in self.evaluate.fit.sources)
        return Reproduced(
            again, judged, fingerprint(log) == card.fingerprint, sources == card.sources, again == card
        )
