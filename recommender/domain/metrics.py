"""Metrics of ranked lists, and of scores of single rows.

Lists: n is the cutoff, relevant items are those the shopper chose afterwards. Definitions as in Manning,
Raghavan and Schütze, Introduction to Information Retrieval, ch. 8, and Järvelin and Kekäläinen (TOIS 2002).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats

CUTOFFS = (5, 10, 20)
LONGEST = max(CUTOFFS)


def hit(hits: NDArray[np.bool_], n: int) -> float:
    """HR@n of one list: 1 if a relevant item is among the first n; hits: bool (k,), by place."""
    return float(hits[:n].any())


def reciprocal_rank(hits: NDArray[np.bool_], n: int) -> float:
    """MRR@n of one list: 1 / the place of the first relevant item, 0 if none is among the first n."""
    places = np.flatnonzero(hits[:n])
    return 1 / (1 + float(places[0])) if len(places) else 0.0


def ndcg(hits: NDArray[np.bool_], relevant: int, n: int) -> float:
    """nDCG@n with binary gains: sum of 1 / log2(1 + place) over the hits, relative to the best list's."""
    discount = 1 / np.log2(2 + np.arange(n))
    return float(discount[: len(hits)][hits[:n]].sum() / discount[:relevant].sum())


def recall(hits: NDArray[np.bool_], relevant: int, n: int) -> float:
    """recall@n: the share of the relevant items that is among the first n."""
    return float(hits[:n].sum() / relevant)


METRICS = tuple(f"{name}@{n}" for n in CUTOFFS for name in ("HR", "MRR", "nDCG", "recall"))


def list_metrics(item: Rows, relevant: Rows) -> Floats:
    """The METRICS of one list, best first; float64 (12,), NaN if nothing was relevant: there is no answer."""
    if not len(relevant):
        return np.full(len(METRICS), np.nan)
    hits = np.isin(item[:LONGEST], relevant)
    if not hits.any():  # most lists of most methods
        return np.zeros(len(METRICS))
    values = [
        (hit(hits, n), reciprocal_rank(hits, n), ndcg(hits, len(relevant), n), recall(hits, len(relevant), n))
        for n in CUTOFFS
    ]
    return np.array(values).ravel()


def roc_auc(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Area under the ROC curve: P(a positive row scores above a negative one), ties half.

    Fawcett, An introduction to ROC analysis (2006), section 7.
    NaN without rows of both kinds.
    """
    positives = int(positive.sum())
    negatives = len(positive) - positives
    if not positives or not negatives:
        return float("nan")
    _, place, size = np.unique(score, return_inverse=True, return_counts=True)
    mid_rank = np.cumsum(size) - (size - 1) / 2
    return float(
        (mid_rank[place][positive].sum() - positives * (positives + 1) / 2) / (positives * negatives)
    )


def average_precision(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Sum over the thresholds of (recall gained) x (precision there); equal scores are one threshold.

    NaN without a positive row. A random score reaches the base rate.
    """
    if not positive.any():
        return float("nan")
    order = np.argsort(-score, kind="stable")
    last_of_ties = np.flatnonzero(np.diff(score[order], append=np.inf))
    found = np.cumsum(positive[order])[last_of_ties]
    precision = found / (1 + last_of_ties)
    return float((np.diff(found, prepend=0) * precision).sum() / positive.sum())
