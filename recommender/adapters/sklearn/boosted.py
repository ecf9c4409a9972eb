"""Gradient-boosted trees: they combine columns, which a logistic regression cannot."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log

import numpy as np
import sklearn
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from threadpoolctl import threadpool_limits

from recommender.adapters.sklearn.pipelines import dumped
from recommender.application.ports import Fitted
from recommender.domain.ids import ABSENT
from recommender.domain.ranking import Ranker
from recommender.domain.trees import BoostedRanker, Tree

CHECKED_ROWS = 1_000
TOLERANCE = 1e-6
FEWEST_LEAVES = 4
NODE_FIELDS = {
    "value": "f",
    "feature_idx": "i",
    "num_threshold": "f",
    "missing_go_to_left": "u",
    "left": "u",
    "right": "u",
    "is_leaf": "u",
    "is_categorical": "u",
}
"""What is read of scikit-learn's nodes, and the kind of its dtype."""


@dataclass(frozen=True)
class BoostedTrainer:
    """Fits BoostedRanker: `rounds` trees, each leaf with at least `smallest_leaf` rows.

    Rows are not independent: where a few shoppers make most of the cases, as of purchases, trees learn these
    shoppers by heart, and then neither order well nor give probabilities. Two bounds keep them from it.
    positives_per_leaf: a tree has one leaf for so many positive rows, from FEWEST_LEAVES to `most_leaves`.
    penalty: L2 on the values of leaves, for each positive row, so that a leaf has to hold a share of all
    positives before it says much.

    Trees are read from attributes that scikit-learn keeps private.
    """

    rounds: int = 100
    most_leaves: int = 16
    positives_per_leaf: int = 2_000
    learning_rate: float = 0.12
    smallest_leaf: int = 50
    penalty: float = 0.02

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        """Fit, take the trees over, compare, and undo the sampling of negatives as LogisticTrainer does.

        Raises ValueError if all labels are the same, RuntimeError if this version of scikit-learn keeps other
        trees than expected, or gives other probabilities.
        """
        if label.all() or not label.any():
            raise ValueError("boosting needs rows of both labels")
        positives = int(label.sum())
        booster = HistGradientBoostingClassifier(
            max_iter=self.rounds,
            max_leaf_nodes=self._leaves(positives),
            learning_rate=self.learning_rate,
            min_samples_leaf=self.smallest_leaf,
            l2_regularization=self.penalty * positives,
            early_stopping=False,
            random_state=0,
        )
        pipeline: Pipeline = make_pipeline(booster)
        # One thread: those of OpenMP wait busily for each other, which next to other work took 5 to 20 times
        # as long, and otherwise gained little.
        with threadpool_limits(limits=1, user_api="openmp"):
            pipeline.fit(table, label)
            expected = pipeline.predict_proba(table[:CHECKED_ROWS])[:, 1]
        trees, baseline = forest_of(booster)
        ranker = BoostedRanker.of(columns, trees, baseline)
        check(ranker, table[:CHECKED_ROWS], expected)
        return Fitted(replace(ranker, baseline=baseline + log(kept)), dumped(pipeline))

    def _leaves(self, positives: int) -> int:
        return max(FEWEST_LEAVES, min(self.most_leaves, positives // self.positives_per_leaf))


def forest_of(booster: HistGradientBoostingClassifier) -> tuple[list[Tree], float]:
    """The trees and the baseline of a fitted classifier of two classes; RuntimeError for anything else."""
    try:
        nodes = [tree.nodes for (tree,) in booster._predictors]  # noqa: SLF001 - there is no public way
        baseline = booster._baseline_prediction.item()  # noqa: SLF001 - there is no public way
    except (AttributeError, TypeError, ValueError) as error:
        raise RuntimeError(f"scikit-learn {sklearn.__version__} keeps its trees in another place") from error
    return [tree_of(each) for each in nodes], float(baseline)


def tree_of(nodes: NDArray[np.void]) -> Tree:
    """A tree from scikit-learn's structured array of nodes; RuntimeError if it has other fields."""
    known = nodes.dtype.names or ()
    odd = [name for name, kind in NODE_FIELDS.items() if name not in known or nodes.dtype[name].kind != kind]
    if odd:
        raise RuntimeError(f"scikit-learn {sklearn.__version__} describes trees without {', '.join(odd)}")
    if nodes["is_categorical"].any():
        raise RuntimeError("a test on categories cannot be taken over")
    return Tree(
        column=np.where(nodes["is_leaf"], ABSENT, nodes["feature_idx"]).astype(np.int64),
        threshold=nodes["num_threshold"].astype(np.float64),
        missing_left=nodes["missing_go_to_left"].astype(np.bool_),
        left=nodes["left"].astype(np.int64),
        right=nodes["right"].astype(np.int64),
        value=nodes["value"].astype(np.float64),
    )


def check(ranker: Ranker, table: NDArray[np.float64], expected: NDArray[np.float64]) -> None:
    """Raise RuntimeError unless the ranker gives the expected probabilities."""
    apart = float(np.abs(ranker.probabilities(table) - expected).max())
    if not apart <= TOLERANCE:
        raise RuntimeError(
            f"the trees taken over from scikit-learn {sklearn.__version__} give other probabilities, "
            f"by up to {apart:.2g}"
        )
