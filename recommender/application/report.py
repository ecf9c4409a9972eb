"""Report: everything there is to see of an evaluation, for people to look at and scripts to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from recommender.application.evaluate import Judged
from recommender.application.fit import drawn
from recommender.application.reproduce import Reproduced
from recommender.domain.evaluation import POPULARITY
from recommender.domain.importance import importance
from recommender.domain.report import Report
from recommender.domain.training import training_rows

IMPORTANCE_CASES = 500
"""Cases whose candidates are scored again with each column shuffled."""


@dataclass(frozen=True, eq=False)
class EvaluationReport:
    """version: whose protocol was repeated. importance: feature -> what is lost without it."""

    version: str
    reproduced: Reproduced
    report: Report
    importance: dict[str, float]


class Reports(Protocol):
    """Where reports go; a port of its own beside what it takes."""

    def ready(self, folder: Path) -> None:
        """Make the folder, and see that it can be written: before the work, not after it.

        Raises StorageUnavailable if it cannot.
        """
        ...

    def write(self, report: EvaluationReport, folder: Path) -> Path:
        """Write a page for people and a file for scripts into the folder, and say where the page is.

        Raises StorageUnavailable if the folder cannot be written.
        """
        ...


def full_report(version: str, reproduced: Reproduced) -> EvaluationReport:
    """Draw intervals and shuffle columns; the same evaluation has the same report."""
    rng = np.random.default_rng(reproduced.card.seed)
    judged = reproduced.judged
    probabilities = frozenset(judged.tally.score) - {POPULARITY}
    return EvaluationReport(
        version, reproduced, Report.of(judged.tally, probabilities, rng), _importance(judged, rng)
    )


def _importance(judged: Judged, rng: np.random.Generator) -> dict[str, float]:
    ranker = judged.methods[0].ranker
    if ranker is None:
        return {}
    replay = judged.replay
    cases = drawn(len(replay), IMPORTANCE_CASES, rng)
    rows = training_rows(judged.index, replay, (replay.target,), cases, 1.0, rng)
    return importance(ranker, *rows.of_target(0), rng)
