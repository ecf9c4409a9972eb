"""Rows for the ranker: the features and labels of the candidates that the service would have scored."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.features import feature_names, features
from recommender.domain.index import Index
from recommender.domain.model import candidates_for
from recommender.domain.popularity import Floats
from recommender.domain.replay import Replay
from recommender.domain.rules import Rules

MOST_CASES = 30_000
"""Cases that a ranker is fitted on; a logistic regression of forty columns learns no more from more."""

MOST_NEGATIVES = 600_000
"""Negatives kept in memory: 200 MB of features."""


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """table: float64 (n, columns). label: bool (n,)."""

    table: Floats
    label: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Iterable[TrainingRows]) -> TrainingRows:
        """The rows of all parts."""
        each = list(parts)
        return cls(
            np.concatenate([part.table for part in each]), np.concatenate([part.label for part in each])
        )


def share_kept(index: Index, replay: Replay, cases: NDArray[np.integer]) -> float:
    """The share of negatives to sample so that about MOST_NEGATIVES remain; 1 if there are fewer.

    Positives are rare (one candidate in hundreds), so each is kept; the trainer undoes the sampling.
    """
    probe = cases[:: max(1, len(cases) // 100)]
    sizes = [len(candidates_for(index, replay.query(index, int(case)), Rules(), 1)) for case in probe]
    return min(1.0, MOST_NEGATIVES / max(float(np.mean(sizes)) * len(cases), 1.0))


def training_rows(
    index: Index, replay: Replay, cases: NDArray[np.integer], kept: float, rng: np.random.Generator
) -> TrainingRows:
    """All positives and the share `kept` of the negatives among the candidates of some cases."""
    tables = [np.empty((0, len(feature_names(index))))]
    labels = [np.empty(0, bool)]
    for case in cases.tolist():
        query = replay.query(index, case)
        candidates = candidates_for(index, query, Rules(), 1)
        label = np.isin(candidates.item, replay.positives(case))
        chosen = label | (rng.random(len(label)) < kept)
        tables.append(features(index, query, candidates.only(chosen)))
        labels.append(label[chosen])
    return TrainingRows(np.concatenate(tables), np.concatenate(labels))
