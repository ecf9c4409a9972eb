"""Whether scores are probabilities: rows that score p should be positive in a share p of cases.

Reliability diagrams and the expected calibration error as in Naeini, Cooper and Hauskrecht, Obtaining well
calibrated probabilities using Bayesian binning (AAAI 2015), and Guo et al., On calibration of modern neural
networks (ICML 2017). Scores are probabilities: finite, in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from recommender.domain.curves import last_of_ties
from recommender.domain.popularity import Floats

FEWEST_ROWS = 1_000
"""Rows of a bin: at a rate of one half its interval is then three points of a hundred to either side."""

MOST_BINS = 20
"""Bins of a diagram that can still be read."""

_Z = 1.959963984540054
"""The 97.5 % point of the normal distribution, for intervals of 95 %."""

_SMALLEST = float(np.finfo(np.float64).eps)
"""The least that log_loss takes an outcome's probability for: a sure mistake costs 36, not infinity."""


@dataclass(frozen=True, eq=False)
class Reliability:
    """What was predicted and what happened, in bins of consecutive scores, lowest first.

    score, rate: float64 (bins,), mean score and share of positive rows. rows: int64 (bins,).
    low, high: float64 (bins,), 95 % interval of the rate; holds the rate and is never empty.
    """

    score: Floats
    rate: Floats
    rows: NDArray[np.int64]
    low: Floats
    high: Floats


def reliability(
    score: Floats,
    positive: NDArray[np.bool_],
    fewest: int = FEWEST_ROWS,
    most: int = MOST_BINS,
    group: NDArray[np.integer] | None = None,
) -> Reliability:
    """Compare scores with outcomes in at most `most` bins of at least `fewest` rows (1 or more) each.

    Equal scores share a bin. Fewer rows than `fewest` make one bin, none make none. group: int (n,), the
    shopper of each row: rows of one shopper are not independent, and with it the intervals allow for that.
    """
    order = np.argsort(-score, kind="stable")
    start = _starts(score[order], fewest, most)
    rows = np.diff(start, append=len(score))
    rate = np.add.reduceat(positive[order], start, dtype=np.int64) / rows
    if group is None:
        effective = rows.astype(np.float64)
    else:
        effective = rows / _design_effects(positive[order], group[order], start)
    low, high = wilson_interval(rate, effective)
    falling = Reliability(np.add.reduceat(score[order], start) / rows, rate, rows, low, high)
    return Reliability(*(each[::-1] for each in vars(falling).values()))


def wilson_interval(rate: Floats, rows: Floats) -> tuple[Floats, Floats]:
    """The 95 % score interval of a share (Wilson, JASA 1927): low and high, each in [0, 1], low < high.

    It holds on to its 95 % at rates near 0, where rate +- 2 standard errors does not (Brown, Cai and
    DasGupta, Interval estimation for a binomial proportion, 2001). rows: above 0, need not be whole.
    """
    shrink = 1 / (1 + _Z**2 / rows)
    centre = shrink * (rate + _Z**2 / (2 * rows))
    half = shrink * _Z * np.sqrt(rate * (1 - rate) / rows + (_Z / (2 * rows)) ** 2)
    # The interval holds its rate; rounding must not say otherwise at 0 and 1.
    return np.clip(centre - half, 0, rate), np.clip(centre + half, rate, 1)


def expected_calibration_error(found: Reliability) -> float:
    """Mean distance between score and rate, over the rows: a probability, to be read beside the base rate.

    NaN without rows. It depends on the bins, and chance alone makes it positive.
    """
    if not len(found.rows):
        return float("nan")
    return float(np.average(np.abs(found.rate - found.score), weights=found.rows))


def brier(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Mean squared distance between score and outcome (Brier, 1950); NaN without rows."""
    return float(np.mean((score - positive) ** 2)) if len(score) else float("nan")


def log_loss(score: Floats, positive: NDArray[np.bool_]) -> float:
    """Mean of -log P(outcome), in nats; NaN without rows."""
    if not len(score):
        return float("nan")
    likelihood = np.where(positive, score, 1 - score)
    return float(-np.log(np.maximum(likelihood, _SMALLEST)).mean())


def _starts(falling: Floats, fewest: int, most: int) -> NDArray[np.int64]:
    """Where each bin begins among the scores, highest first.

    Bins hold about equal sums of score, that is, expected positives, so their rates are about equally
    certain. At base rates below 1 % bins of equal rows would nearly all lie where nothing happens, and bins
    of equal width would be nearly empty but for the lowest. Outcomes play no part, or intervals would be
    too narrow. Highest first, because that is where `fewest` binds; what it takes, the other bins share.
    """
    if not len(falling):
        return np.empty(0, np.int64)
    end = 1 + last_of_ties(falling)
    mass = np.cumsum(falling)[end - 1]
    start, gone = [0], 0.0
    for bins in range(most, 1, -1):
        full = gone + (mass[-1] - gone) / bins
        at = max(np.searchsorted(end, start[-1] + fewest), np.searchsorted(mass, full))
        if at >= len(end) or len(falling) - end[at] < fewest:
            break
        start.append(int(end[at]))
        gone = mass[at]
    return np.array(start, np.int64)


def _design_effects(
    positive: NDArray[np.bool_], group: NDArray[np.integer], start: NDArray[np.int64]
) -> Floats:
    """How many rows of each bin say as much as one independent row would; at least 1."""
    _, code = np.unique(group, return_inverse=True)
    edges = pairwise((*start.tolist(), len(code)))
    return np.array([_design_effect(positive[begin:end], code[begin:end]) for begin, end in edges])


def _design_effect(positive: NDArray[np.bool_], code: NDArray[np.intp]) -> float:
    """The cluster-robust variance of a rate over that of independent rows, of one bin (Kish, 1965).

    The variance is the sandwich of Liang and Zeger (Biometrika 1986) for a ratio, times G / (G - 1) for G
    groups. Rows over this in Wilson's formula make an interval for clusters that is as sound near a rate
    of 0 (Franco et al., Comparative study of confidence intervals for proportions in complex sample
    surveys, 2019). Never below 1, so that the interval never is narrower than Wilson's: without a positive
    row nothing shows how alike the rows of a group are. One group alone is one row.
    """
    size = np.bincount(code)
    groups, rate = np.count_nonzero(size), float(positive.mean())
    if groups == 1:
        return float(len(code))
    if rate in (0, 1):
        return 1.0
    squares = float(((np.bincount(code, positive) - rate * size) ** 2).sum())
    return max(1.0, groups / (groups - 1) * squares / (len(code) * rate * (1 - rate)))
