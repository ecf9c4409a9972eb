"""Rows for the rankers: the features and labels of the candidates that the service would have scored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.features import feature_names, features
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.replay import Replay
from recommender.domain.rules import Rules
from recommender.domain.search import Search
from recommender.domain.targets import Target

MOST_CASES = 60_000
"""Cases that a ranker is fitted on."""

MOST_NEGATIVES = 600_000
"""Negatives kept in memory: 230 MB of features."""


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """Rows of some cases; every positive of any target, and a sample of all rows.

    table: float64 (n, columns). label: bool (n, targets). drawn: bool (n,), whether the row is of the sample.
    """

    table: Floats
    label: NDArray[np.bool_]
    drawn: NDArray[np.bool_]

    @classmethod
    def joined(cls, parts: Iterable[TrainingRows]) -> TrainingRows:
        """The rows of all parts."""
        each = list(parts)
        return cls(
            np.concatenate([part.table for part in each]),
            np.concatenate([part.label for part in each]),
            np.concatenate([part.drawn for part in each]),
        )

    def of_target(self, number: int) -> tuple[Floats, NDArray[np.bool_]]:
        """All positives of one target and the sampled negatives, and which is which.

        A row that is there only because it is another target's positive would be a negative too many.
        """
        chosen = self.drawn | self.label[:, number]
        return self.table[chosen], self.label[chosen, number]


def share_kept(index: Index, replay: Replay, cases: NDArray[np.integer], in_all: int) -> float:
    """The share of rows to sample so that of `in_all` such cases about MOST_NEGATIVES remain; at most 1.

    Positives are rare (one candidate in hundreds), so each is kept; the trainer undoes the sampling.
    """
    probe = cases[:: max(1, len(cases) // 100)]
    sizes = [len(Search.of(index, replay.query(index, int(case))).candidates(Rules(), 1)) for case in probe]
    return min(1.0, MOST_NEGATIVES / max(float(np.mean(sizes)) * in_all, 1.0))


def training_rows(
    index: Index,
    replay: Replay,
    targets: Sequence[Target],
    cases: NDArray[np.integer],
    kept: float,
    rng: np.random.Generator,
) -> TrainingRows:
    """All positives and the share `kept` of all rows among the candidates of some cases."""
    towards = [replay.towards(target) for target in targets]
    parts = [
        TrainingRows(
            np.empty((0, len(feature_names(index)))), np.empty((0, len(targets)), bool), np.empty(0, bool)
        )
    ]
    for case in cases.tolist():
        search = Search.of(index, replay.query(index, case))
        candidates = search.candidates(Rules(), 1)
        label = np.column_stack([np.isin(candidates.item, each.positives(case)) for each in towards])
        drawn = rng.random(len(label)) < kept
        chosen = drawn | label.any(axis=1)
        table = features(search, candidates.only(chosen))
        parts.append(TrainingRows(table, label[chosen], drawn[chosen]))
    return TrainingRows.joined(parts)
