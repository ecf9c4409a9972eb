"""What each feature did to a score: its contributions to the log-odds, against the average of some rows.

Along the path of a row through a tree, each test moves it from the mean of all rows that came to the test to
the mean of those that went the same way; the difference is ascribed to the column that was tested (Saabas,
Interpreting random forests, 2014; Palczewska et al., Interpreting random forest models using a feature
contribution method, 2013). A row's contributions and the mean of all rows add up to its log-odds. They are no
Shapley values: of columns that act together, the one that is tested last gets most (Lundberg et al., From
local explanations to global understanding with explainable AI for trees, 2020).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.popularity import Floats

Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Contributions:
    """The log-odds of row i is average + of[i].sum(); of: float64 (rows, columns)."""

    average: float
    of: Floats


def of_linear(table: Floats, weights: Floats, intercept: float, explained: int) -> Contributions:
    """The contributions to the first `explained` rows: weight times distance from the mean of all rows."""
    mean = table.mean(axis=0)
    return Contributions(float(mean @ weights) + intercept, (table[:explained] - mean) * weights)


class Step(NamedTuple):
    """The nodes with a test of one depth: node, column int64 (k,); left, right: the k nodes below each."""

    node: Places
    column: Places
    left: slice
    right: slice


@dataclass(frozen=True, eq=False)
class Paths:
    """A forest and the rows that reach each of its nodes.

    reached: bool (nodes, rows). mean: float64 (nodes,), what the rows that reach a node get below it.
    """

    reached: NDArray[np.bool_]
    mean: Floats
    steps: Sequence[Step]

    @classmethod
    def of(cls, reached: NDArray[np.bool_], value: Floats, steps: Sequence[Step]) -> Self:
        """Work out the means from the values of leaves, float64 (nodes,), upwards."""
        count, mean = reached.sum(axis=1), value.copy()
        for node, _, left, right in reversed(steps):
            total = count[left] * mean[left] + count[right] * mean[right]
            mean[node] = total / np.maximum(count[node], 1)
        return cls(reached, mean, steps)

    def contributions(self, columns: int, explained: int) -> Floats:
        """What the steps of the first `explained` rows change, by column; float64 (explained, columns)."""
        changed = np.zeros((columns, explained))
        for node, column, *sides in self.steps:
            for side in sides:
                change = (self.mean[side] - self.mean[node])[:, None]
                np.add.at(changed, column, self.reached[side, :explained] * change)
        return changed.T
