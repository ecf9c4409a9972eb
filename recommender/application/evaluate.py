"""Evaluate: fit a ranker on the past, and judge it on what came next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recommender.application.ports import Fitted, Progress, Trainer, Workers
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.errors import NotEnoughData
from recommender.domain.evaluation import Evaluation, Tally, judge
from recommender.domain.events import InteractionLog
from recommender.domain.features import feature_names
from recommender.domain.index import Index
from recommender.domain.replay import Replay
from recommender.domain.retrieval import Source
from recommender.domain.splitting import newest_stretch, require_length
from recommender.domain.targets import Target
from recommender.domain.training import MOST_CASES, TrainingRows, share_kept, training_rows

JUDGED_CASES = 30_000
"""At most so many are judged, drawn evenly; a hit rate is then known to about 0.3 points."""

PART = 500
"""Cases per task. Fixed, so that the figures do not depend on the number of processes."""

FEWEST_POSITIVES = 50
"""With fewer positive rows a ranker would fit noise."""


@dataclass(frozen=True)
class Fit:
    """Fits a ranker on a log, by replaying the log's newest stretch on an index of what precedes it."""

    trainer: Trainer
    workers: Workers
    progress: Progress
    sources: Sequence[type[Source]]

    def index(self, log: InteractionLog, catalogue: CatalogueHistory) -> Index:
        """What retrieval knows after the whole log."""
        return Index.fit(log, catalogue, self.sources)

    def ranker(
        self, log: InteractionLog, catalogue: CatalogueHistory, target: Target, seed: int, end: int
    ) -> Fitted:
        """Fit on the newest stretch whose labels are complete in a log that was watched until `end` (ms)."""
        stretch = newest_stretch(log.start, end, target)
        index = self.index(log.until(stretch.start), catalogue)
        replay = Replay.of(index, log, stretch.stop, target)
        rng = np.random.default_rng(seed)
        cases = _drawn(len(replay), MOST_CASES, rng)
        kept = share_kept(index, replay, cases) if len(cases) else 1.0
        pieces = _parts(cases)
        parts = list(zip(pieces, rng.spawn(len(pieces)), strict=True))
        task = partial(_rows, index, replay, kept)
        tracked = self.progress(self.workers.map(task, parts), "replaying for the ranker", len(parts))
        rows = TrainingRows.joined(tracked) if parts else None
        if rows is None or rows.label.sum() < FEWEST_POSITIVES:
            found = 0 if rows is None else int(rows.label.sum())
            raise NotEnoughData(
                f"The goal {target.goal!r} has {found} positive rows to learn from, "
                f"at least {FEWEST_POSITIVES} are needed."
            )
        return self.trainer.fit(feature_names(index), rows.table, rows.label, kept)


@dataclass(frozen=True)
class Evaluate:
    """Judges what Fit makes of the past on the newest stretch, which it is not shown."""

    fit: Fit

    def __call__(
        self, log: InteractionLog, catalogue: CatalogueHistory, target: Target, seed: int
    ) -> tuple[Evaluation, int]:
        """The figures, and the time (ms) between what was learnt from and what was judged."""
        require_length(log.start, log.end, target)
        stretch = newest_stretch(log.start, log.end, target)
        past = log.until(stretch.start)
        fitted = self.fit.ranker(past, catalogue, target, seed, stretch.start)
        index = self.fit.index(past, catalogue)
        replay = Replay.of(index, log, stretch.stop, target)
        parts = _parts(_drawn(len(replay), JUDGED_CASES, np.random.default_rng(seed)))
        if not parts:
            raise NotEnoughData("The newest stretch of the log has no case to judge.")
        tally = Tally()
        task = partial(judge, index, fitted.ranker, replay)
        for each in self.fit.progress(self.fit.workers.map(task, parts), "judging", len(parts)):
            tally.merge(each)
        if not tally.judges(fitted.ranker):
            raise NotEnoughData(
                "In the newest stretch of the log no case has an answer to judge by: "
                f"the goal {target.goal!r} was never reached, or nothing was on sale."
            )
        return Evaluation.of(index, fitted.ranker, tally), stretch.start


def _rows(
    index: Index, replay: Replay, kept: float, part: tuple[NDArray[np.int64], np.random.Generator]
) -> TrainingRows:
    cases, rng = part
    return training_rows(index, replay, cases, kept, rng)


def _drawn(cases: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """All cases, or `most` of them drawn without replacement; ascending."""
    return np.arange(cases) if cases <= most else np.sort(rng.choice(cases, most, replace=False))


def _parts(cases: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    return [cases[start : start + PART] for start in range(0, len(cases), PART)]
