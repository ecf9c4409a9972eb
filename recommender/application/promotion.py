"""Promotion: compare a new version with the current one, and make a version current."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.application.card import ModelCard
from recommender.application.evaluate import Judged, tallied
from recommender.application.fit import Fit, drawn
from recommender.application.ports import ModelStore
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.errors import CorruptModel, NothingToRollBackTo, UnknownVersion
from recommender.domain.evaluation import Method, Tally
from recommender.domain.events import InteractionLog
from recommender.domain.index import Index
from recommender.domain.model import Model
from recommender.domain.popularity import Floats
from recommender.domain.promotion import (
    ENOUGH,
    HIT,
    METRIC,
    Record,
    Verdict,
    by_common_cases,
    by_own_figures,
    other_goal,
)
from recommender.domain.replay import Replay

COMPARED_CASES = 10_000
"""At most so many are compared, drawn evenly; a difference is then known to about 0.4 points."""


@dataclass(frozen=True, eq=False)
class Champion:
    """The current version: its model and its card."""

    model: Model
    card: ModelCard


@dataclass(frozen=True)
class Compare:
    """Judges what was fitted on the past, and the current version as it is, on cases new to both."""

    models: ModelStore
    fit: Fit

    def __call__(
        self,
        current: str | None,
        card: ModelCard,
        judged: Judged,
        log: InteractionLog,
        catalogue: CatalogueHistory,
    ) -> Verdict:
        """Whether a version with this card may replace the current one; `judged` is its evaluation."""
        champion = champion_of(self.models, current, card.goal)
        if isinstance(champion, Verdict):
            return champion
        # Both know the log up to the champion's end or the cut, whichever is later: an older index would make
        # a challenger look worse than it is, whose published version knows everything up to now.
        model = champion.model
        since = max(judged.cut, model.index.end)
        replay = _since(since, model.index, log, judged)
        cases = replay.answered()
        if len(cases) < ENOUGH:
            return by_own_figures(record(champion.card), record(card), len(cases))
        cases = cases[drawn(len(cases), COMPARED_CASES, np.random.default_rng(card.seed))]
        served = Method.served(model.index, model.ranker())
        of_champion = tallied(self.fit, model.index, [served], replay, cases)
        index = judged.index if since == judged.cut else self.fit.index(log.until(since), catalogue)
        replay = _since(since, index, log, judged)
        of_challenger = tallied(self.fit, index, judged.methods[:1], replay, cases)
        return by_common_cases(_hits(of_champion), _hits(of_challenger), np.array(of_challenger.shopper))


@dataclass(frozen=True)
class Changed:
    """What became of a promotion: False in `changed` if the rule forbade it, or somebody was quicker."""

    before: str | None
    verdict: Verdict
    changed: bool


@dataclass(frozen=True)
class Promote:
    """Makes a published version current, by hand."""

    models: ModelStore

    def __call__(self, version: str, *, force: bool = False) -> Changed:
        """Promote if the figures on the cards allow it, or by force.

        Raises UnknownVersion or CorruptModel.
        """
        before, card = self.models.current(), self.models.card(version)
        verdict = self._verdict(before, version, card)
        allowed = verdict.promoted or force
        return Changed(before, verdict, allowed and self.models.promote(version, before))

    def _verdict(self, before: str | None, version: str, card: ModelCard) -> Verdict:
        if before == version:
            return Verdict(promoted=True, why="It is current already.")
        champion = champion_of(self.models, before, card.goal)
        if isinstance(champion, Verdict):
            return champion
        return by_own_figures(record(champion.card), record(card))


@dataclass(frozen=True)
class RollBack:
    """Makes a version current again that was current before; no rule is asked."""

    models: ModelStore

    def __call__(self, to: str | None = None) -> tuple[str, str]:
        """Go back to the version before, or to a certain one; return what was current and what is.

        Raises NothingToRollBackTo, UnknownVersion or CorruptModel.
        """
        *before, current = self.models.history() or ("",)
        if not before:
            raise NothingToRollBackTo("No version was current before: there is nothing to roll back to.")
        to = to or before[-1]
        if to not in before:
            raise NothingToRollBackTo(
                f"{to} was not current before {current}: `recommender models promote` takes any version."
            )
        if not self.models.promote(to, current):
            raise NothingToRollBackTo(f"{current} is no longer current: somebody else was quicker.")
        return current, to


def champion_of(models: ModelStore, current: str | None, goal: str) -> Champion | Verdict:
    """The version to compare with, or the verdict without one."""
    if current is None:
        return Verdict(promoted=True, why="No version was current.")
    try:
        champion = Champion(models.load(current), models.card(current))
    except (CorruptModel, UnknownVersion) as refusal:
        return Verdict(promoted=True, why=f"The current version could not be used any more: {refusal}")
    if champion.card.goal != goal:
        return other_goal(champion.card.goal, goal)
    return champion


def record(card: ModelCard) -> Record:
    """What a version reached on its own unseen stretch."""
    return Record(card.figure(METRIC) or 0.0, int(card.judged.get("cases with an answer", 0)))


def _since(moment: int, index: Index, log: InteractionLog, judged: Judged) -> Replay:
    """The cases of an evaluation from a moment on, as a model with this index would have met them.

    Items that it does not know stay in: it cannot find them, and the shop has them. So whoever is asked, the
    cases are the same events in the same order.
    """
    return Replay.of(index, log, judged.stop, judged.replay.target, known_only=False).since(moment)


def _hits(tally: Tally) -> Floats:
    """Whether each list of the only method in a tally has a right item; float64 (cases,)."""
    (values,) = tally.all.values()
    return np.vstack(values)[:, HIT]
