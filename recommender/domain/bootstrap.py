"""How far figures would move with other shoppers: 95 % intervals from the cluster bootstrap.

Cases and rows of one shopper depend on each other, so shoppers are what is drawn, all their cases with them
(Field and Welsh, Bootstrapping clustered data, JRSS B 2007); of the figures of all draws the 2.5 and 97.5
percentiles are the interval (Efron and Tibshirani, An introduction to the bootstrap, 1993, ch. 13).

The model stays as it is: what another training would change is not in them. The same rng and input give the
same interval. It is NaN with fewer than two shoppers, and where some draw has no figure (a ratio to 0, or no
positive row): then so few shoppers make the figure that no interval could be trusted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.curves import last_of_ties
from recommender.domain.popularity import Floats
from recommender.domain.spans import offsets

Counts = NDArray[np.int64]

FEWEST_GROUPS = 2
"""One shopper, drawn again and again, would seem to leave no doubt."""

_AT_ONCE = 16
"""Draws in one matrix product: a tenth of the time of one by one, and 13 MB per 100,000 groups."""


class Interval(NamedTuple):
    """Both ends of 95 % intervals; float64 (figures,) each."""

    low: Floats
    high: Floats


class Comparison(NamedTuple):
    """Intervals of mean(one) / mean(other) and of mean(one) - mean(other), by metric."""

    ratio: Interval
    difference: Interval


class AreaIntervals(NamedTuple):
    """(low, high) of metrics.roc_auc and of metrics.average_precision, or of their differences."""

    roc_auc: tuple[float, float]
    average_precision: tuple[float, float]


def mean_interval(
    values: Floats, group: NDArray[np.integer], draws: int, rng: np.random.Generator
) -> Interval:
    """Intervals of the mean of each metric over cases.

    values: float64 (cases, metrics) without NaN; group: int (cases,), the shopper of each case.
    """
    return _interval(_drawn_means(values, group, draws, rng))


def ratio_interval(
    one: Floats, other: Floats, group: NDArray[np.integer], draws: int, rng: np.random.Generator
) -> Comparison:
    """Compare two methods on the same cases: in each draw both are judged by the same shoppers.

    one, other: float64 (cases, metrics) without NaN; group: int (cases,), the shopper of each case.
    """
    drawn = _drawn_means(np.hstack((one, other)), group, draws, rng)
    of_one, of_other = np.hsplit(drawn, 2)
    ratio = np.divide(of_one, of_other, out=np.full_like(of_one, np.nan), where=of_other != 0)
    return Comparison(_interval(ratio), _interval(of_one - of_other))


def area_intervals(
    score: Floats,
    positive: NDArray[np.bool_],
    group: NDArray[np.integer],
    draws: int,
    rng: np.random.Generator,
) -> AreaIntervals:
    """Intervals of the areas of one score; score, positive, group: (rows,), group the shopper of each row."""
    return _area_intervals(_drawn_areas([score], positive, group, draws, rng)[0])


def area_difference_intervals(
    one: Floats,
    other: Floats,
    positive: NDArray[np.bool_],
    group: NDArray[np.integer],
    draws: int,
    rng: np.random.Generator,
) -> AreaIntervals:
    """Intervals of the areas of one score less those of another on the same rows and in the same draws."""
    of_one, of_other = _drawn_areas([one, other], positive, group, draws, rng)
    return _area_intervals(of_one - of_other)


@dataclass(frozen=True, eq=False)
class RankedRows:
    """Rows sorted by score once, so that their areas can be had under any weights of groups in one pass.

    Only thresholds with positive rows matter to either area, and they are few: rows between two such are one
    stretch, and all rows of such a threshold are one.

    group, positive_group: int64, of all rows and of the positive ones, best first.
    start, positive_start: int64, where each stretch begins, and where the positives of each that has some do.
    mixed: bool (stretches,), whether it has some.
    """

    group: NDArray[np.int64]
    start: NDArray[np.int64]
    mixed: NDArray[np.bool_]
    positive_group: NDArray[np.int64]
    positive_start: NDArray[np.int64]

    @classmethod
    def of(cls, score: Floats, positive: NDArray[np.bool_], group: NDArray[np.int64]) -> Self:
        """Sort rows; group: int (rows,), each in 0 .. groups - 1."""
        order = np.argsort(-score, kind="stable")
        first = np.concatenate(([0], 1 + last_of_ties(score[order])))[:-1]
        mixed = np.logical_or.reduceat(positive[order], first)
        begins = mixed | np.concatenate(([True], mixed))[: len(mixed)]
        ranked = group[order]
        start = first[begins]
        found = offsets(positive[order])
        positive_start = found[start[mixed[begins]]]
        return cls(ranked, start, mixed[begins], ranked[positive[order]], positive_start)

    def areas(self, count: Counts) -> tuple[float, float]:
        """(ROC-AUC, average precision) as if the rows of group g were there count[g] times; int64 (groups,).

        As metrics.roc_auc and metrics.average_precision say, ties and NaN included.
        """
        every = np.add.reduceat(count[self.group], self.start)
        found = np.zeros_like(every)
        found[self.mixed] = np.add.reduceat(count[self.positive_group], self.positive_start)
        others = every - found
        positives, negatives = int(found.sum()), int(others.sum())
        if not positives:
            return float("nan"), float("nan")
        precision = np.cumsum(found) / np.maximum(np.cumsum(every), 1)
        average = float((found * precision).sum() / positives)
        if not negatives:
            return float("nan"), average
        # Pairs in the right order, twice, so that those in a tie are whole numbers.
        pairs = int(found @ (2 * (negatives - np.cumsum(others)) + others))
        return pairs / (2 * positives * negatives), average


def _drawn_counts(groups: int, draws: int, rng: np.random.Generator) -> Iterator[Counts]:
    """How often each group is in each draw of `groups` with replacement, one draw at a time.

    The counts are multinomial; rng.multinomial would take five times as long for 100,000 groups.
    """
    for _ in range(draws):
        yield np.bincount(rng.integers(groups, size=groups), minlength=groups)


def _drawn_means(values: Floats, group: NDArray[np.integer], draws: int, rng: np.random.Generator) -> Floats:
    """Means over the cases of each draw; float64 (draws, metrics)."""
    names, code = np.unique(group, return_inverse=True)
    if len(names) < FEWEST_GROUPS:
        return np.full((draws, values.shape[1]), np.nan)
    total = np.column_stack([np.bincount(code, each) for each in (*values.T, np.ones(len(code)))])
    counts = _drawn_counts(len(names), draws, rng)
    chunks = iter(lambda: list(islice(counts, _AT_ONCE)), [])
    drawn = np.vstack([np.array(chunk, np.float64) @ total for chunk in chunks])
    return drawn[:, :-1] / drawn[:, -1:]


def _drawn_areas(
    scores: list[Floats],
    positive: NDArray[np.bool_],
    group: NDArray[np.integer],
    draws: int,
    rng: np.random.Generator,
) -> Floats:
    """Both areas of each score in each draw; float64 (scores, draws, 2)."""
    names, code = np.unique(group, return_inverse=True)
    if len(names) < FEWEST_GROUPS:
        return np.full((len(scores), draws, 2), np.nan)
    ranked = [RankedRows.of(score, positive, code) for score in scores]
    drawn = [[rows.areas(count) for rows in ranked] for count in _drawn_counts(len(names), draws, rng)]
    return np.array(drawn).swapaxes(0, 1)


def _interval(drawn: Floats) -> Interval:
    """The interval of each column of figures; NaN if one of them is."""
    low, high = np.quantile(drawn, (0.025, 0.975), axis=0)
    return Interval(low, high)


def _area_intervals(drawn: Floats) -> AreaIntervals:
    low, high = _interval(drawn)
    return AreaIntervals((float(low[0]), float(high[0])), (float(low[1]), float(high[1])))
