"""The baseline: a logistic regression on standardised features."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from recommender.adapters.sklearn.pipelines import dumped
from recommender.application.ports import Fitted
from recommender.domain.ranking import LogisticRanker


@dataclass(frozen=True)
class LogisticTrainer:
    """Fits LogisticRanker. inverse_penalty: scikit-learn's C, for an L2 penalty on standardised columns."""

    inverse_penalty: float = 1.0
    most_iterations: int = 1_000

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        """Fit, fold the scaling into the weights, and undo the sampling of negatives.

        Keeping the share `kept` of the negatives adds -log(kept) to every log-odds and changes nothing else,
        so that is taken off the intercept (King and Zeng, Logistic Regression in Rare Events Data, 2001).
        """
        pipeline: Pipeline = make_pipeline(
            StandardScaler(), LogisticRegression(C=self.inverse_penalty, max_iter=self.most_iterations)
        )
        pipeline.fit(table, label)
        scaler, regression = pipeline[0], pipeline[1]
        weights = regression.coef_[0] / scaler.scale_
        intercept = float(regression.intercept_[0] - weights @ scaler.mean_) + log(kept)
        return Fitted(LogisticRanker(columns, weights, intercept), dumped(pipeline))
