"""The curves behind ROC-AUC and average precision, small enough to draw.

Definitions as in Fawcett, An introduction to ROC analysis (2006), and Davis and Goadrich, The relationship
between precision-recall and ROC curves (ICML 2006). Scores are finite; equal scores are one threshold.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.popularity import Floats

POINTS = 500
"""Points of a drawn curve: more than a screen or a page shows apart."""


@dataclass(frozen=True, eq=False)
class RocCurve:
    """From (0, 0) to (1, 1), neither rate ever falling; joined by straight lines its area is roc_auc.

    false_positive_rate, true_positive_rate: float64 (points,).
    threshold: float64 (points,), falling; rows that score at least this are called positive; inf at first.
    """

    false_positive_rate: Floats
    true_positive_rate: Floats
    threshold: Floats


@dataclass(frozen=True, eq=False)
class PrecisionRecallCurve:
    """From recall 0 to recall 1; as steps that hold a point's precision to its left, its area is
    average_precision. Precision may rise and fall, and straight lines between points would flatter it.

    recall, precision: float64 (points,). At recall 0 nothing is called, and precision is the next point's.
    threshold: float64 (points,), falling; rows that score at least this are called positive; inf at first.
    """

    recall: Floats
    precision: Floats
    threshold: Floats


def roc_curve(score: Floats, positive: NDArray[np.bool_], points: int = POINTS) -> RocCurve:
    """The ROC curve in at most `points` points, at least 2; none without rows of both kinds.

    Thinned, it keeps its ends, and no point that is left out is further than 2 / (points - 1) from one that
    is kept, in the sum of both coordinates.
    """
    threshold, found, called = _thresholds(score, positive)
    positives, rows = int(positive.sum()), len(positive)
    if not 0 < positives < rows:
        return RocCurve(np.empty(0), np.empty(0), np.empty(0))
    false = (called - found) / (rows - positives)
    true = found / positives
    kept = _thinned(false, true, points)
    return RocCurve(false[kept], true[kept], threshold[kept])


def precision_recall_curve(
    score: Floats, positive: NDArray[np.bool_], points: int = POINTS
) -> PrecisionRecallCurve:
    """The precision-recall curve in at most `points` points, at least 2; none without a positive row.

    Thinned, it keeps its ends, and no point that is left out is further than L / (points - 1) from one that
    is kept, in the sum of both coordinates, where L is the length of the curve in that sum: the 1 of the
    recall and all rises and falls of the precision.
    """
    threshold, found, called = _thresholds(score, positive)
    if not positive.any():
        return PrecisionRecallCurve(np.empty(0), np.empty(0), np.empty(0))
    recall = found / found[-1]
    precision = found[1:] / called[1:]
    precision = np.concatenate((precision[:1], precision))
    kept = _thinned(recall, precision, points)
    return PrecisionRecallCurve(recall[kept], precision[kept], threshold[kept])


def last_of_ties(ranked: Floats) -> NDArray[np.int64]:
    """Where each run of equal values of a sorted array ends: the position of its last value."""
    return np.flatnonzero(np.diff(ranked, append=np.inf))


def _thresholds(
    score: Floats, positive: NDArray[np.bool_]
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """The thresholds, inf and then the distinct scores, highest first; positive rows and rows at or above."""
    order = np.argsort(-score, kind="stable")
    last = last_of_ties(score[order])
    found = np.cumsum(positive[order])[last]
    return (
        np.concatenate(([np.inf], score[order][last])),
        np.concatenate(([0], found)),
        np.concatenate(([0], 1 + last)),
    )


def _thinned(across: Floats, up: Floats, points: int) -> NDArray[np.int64]:
    """Which points to keep: the first of each of `points` - 1 stretches of equal length, and the last."""
    if len(across) <= points:
        return np.arange(len(across))
    steps = np.abs(np.diff(across, prepend=across[0])) + np.abs(np.diff(up, prepend=up[0]))
    length = np.cumsum(steps)
    stretch = (length / length[-1] * (points - 1)).astype(np.int64)
    kept = np.flatnonzero(np.diff(stretch, prepend=-1))
    kept[-1] = len(across) - 1
    return kept
