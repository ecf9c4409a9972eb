"""Which features matter: what is lost when one is shuffled (Breiman, Random forests, 2001, section 10)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.domain.metrics import average_precision
from recommender.domain.popularity import Floats
from recommender.domain.ranking import Ranker


def importance(
    ranker: Ranker, table: Floats, positive: NDArray[np.bool_], rng: np.random.Generator
) -> dict[str, float]:
    """Column -> by how much average precision falls when the column is shuffled; the most important first.

    Columns that say nearly the same stand in for each other: each alone may seem to matter little. Empty
    without a positive row: there is no precision to lose.
    """
    if not positive.any():
        return {}
    whole = average_precision(ranker.probabilities(table), positive)
    lost = {}
    for number, name in enumerate(ranker.features):
        shuffled = table.copy()
        shuffled[:, number] = rng.permutation(table[:, number])
        lost[name] = whole - average_precision(ranker.probabilities(shuffled), positive)
    return dict(sorted(lost.items(), key=lambda each: (-each[1], each[0])))
