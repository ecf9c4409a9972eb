"""Rankers turn features into probabilities; the best n make the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from recommender.domain.contributions import Contributions, of_linear
from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats
from recommender.domain.soundness import require_finite, require_shape


class Ranker(Protocol):
    """A fitted ranker: a frozen dataclass of arrays that is saved and loaded with the model.

    To add one, write it in a module of its own and name it in recommender.domain.model.RANKERS.
    """

    NAME: ClassVar[str]

    @property
    def features(self) -> tuple[str, ...]:
        """The columns it was fitted on; a model whose features differ is refused."""
        ...

    def check(self) -> None:
        """Raise ValueError, naming the field, if the arrays do not agree with each other."""
        ...

    def probabilities(self, table: Floats) -> Floats:
        """P(target) of each row of features (n, columns); float64 (n,) in [0, 1]."""
        ...

    def contributions(self, table: Floats, explained: int) -> Contributions:
        """What each column adds to the log-odds of the first `explained` rows, against the mean of all rows.

        There are 1 to recommender.domain.explanation.COMPARED rows.
        """
        ...


@dataclass(frozen=True, eq=False)
class LogisticRanker:
    """P = 1 / (1 + exp(-(table @ weights + intercept))).

    weights: float64 (columns,), the scaling of the columns folded in.
    """

    NAME: ClassVar[str] = "logistic"

    features: tuple[str, ...]
    weights: Floats
    intercept: float

    def check(self) -> None:
        """One finite weight a feature."""
        require_shape("weights", self.weights, len(self.features))
        require_finite("weights", self.weights)

    def probabilities(self, table: Floats) -> Floats:
        """P(target) of each row; the clip keeps exp from overflowing and changes nothing that is visible."""
        return 1 / (1 + np.exp(-np.clip(table @ self.weights + self.intercept, -500, 500)))

    def contributions(self, table: Floats, explained: int) -> Contributions:
        """The weight of each column times its distance from the mean."""
        return of_linear(table, self.weights, self.intercept, explained)


def top_n(score: Floats, item: Rows, n: int) -> NDArray[np.int64]:
    """Positions of the n best scores, best first, ties by item row (that is by id); int64 (min(n, len),).

    Partition first, then sort only what is at least as good as the n-th: all of its ties are looked at,
    so that the answer does not depend on how the partition happened to fall.
    """
    if n <= 0:
        return np.empty(0, np.int64)
    if n < len(score):
        threshold = np.partition(score, len(score) - n)[len(score) - n]
        contenders: NDArray[np.int64] = (score >= threshold).nonzero()[0]
    else:
        contenders = np.arange(len(score))
    order = np.lexsort((item[contenders], -score[contenders]))
    return contenders[order[:n]]
