"""Fitting with scikit-learn; what comes out is a value of the domain and needs no scikit-learn."""

from recommender.adapters.sklearn.boosted import BoostedTrainer
from recommender.adapters.sklearn.logistic import LogisticTrainer

__all__ = ["BoostedTrainer", "LogisticTrainer"]
