"""What an evaluation says beyond its figures: how sure they are, and where scores are right or wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.bootstrap import (
    AreaIntervals,
    area_difference_intervals,
    area_intervals,
    mean_interval,
    ratio_interval,
)
from recommender.domain.calibration import (
    Reliability,
    brier,
    expected_calibration_error,
    log_loss,
    reliability,
)
from recommender.domain.curves import PrecisionRecallCurve, RocCurve, precision_recall_curve, roc_curve
from recommender.domain.evaluation import Tally
from recommender.domain.metrics import METRICS
from recommender.domain.popularity import Floats

DRAWS = 1_000
AREA_DRAWS = 200
"""Draws of the bootstrap; areas take longer, and their intervals need no third digit."""

Range = tuple[float, float]


@dataclass(frozen=True, eq=False)
class ListReport:
    """How sure the figures of one method's lists are; metric -> (low, high), 95 % intervals over shoppers.

    mean: of the metric. ahead: of how far the served method is ahead of this one on the same cases.
    per_shopper: metric -> mean over shoppers of each one's mean: few heavy shoppers cannot decide it.
    """

    mean: dict[str, Range]
    ahead: dict[str, Range]
    per_shopper: dict[str, float]


@dataclass(frozen=True, eq=False)
class ScoreReport:
    """How good one method's scores are as probabilities, and how sure the areas are.

    ahead: of how far the areas of the served method are ahead of these; None for the served method itself.
    """

    areas: AreaIntervals
    ahead: AreaIntervals | None
    roc: RocCurve
    precision_recall: PrecisionRecallCurve
    reliability: Reliability
    expected_calibration_error: float
    brier: float
    log_loss: float


@dataclass(frozen=True, eq=False)
class Report:
    """Method -> report; the served method comes first in both."""

    lists: dict[str, ListReport]
    scores: dict[str, ScoreReport]

    @classmethod
    def of(cls, tally: Tally, probabilities: frozenset[str], rng: np.random.Generator) -> Self:
        """Draw intervals for all methods; `probabilities`: the methods whose scores are meant as such."""
        shopper = np.array(tally.shopper)
        first = next(iter(tally.all))
        lists = {method: _list_report(tally, first, method, shopper, rng) for method in tally.all}
        rows = np.repeat(shopper, tally.rows)
        positive = np.concatenate(tally.positive)
        scores = {name: np.concatenate(tally.score[name]) for name in tally.score if name in probabilities}
        served = next(iter(scores.values()), None)
        reports = {
            method: _score_report(score, served, positive, rows, rng) for method, score in scores.items()
        }
        return cls(lists, reports)


def _list_report(
    tally: Tally, first: str, method: str, shopper: NDArray[np.int64], rng: np.random.Generator
) -> ListReport:
    report = ListReport({}, {}, {})
    for prefix, values in (("", tally.all), ("new ", tally.new)):
        mine, served = np.vstack(values[method]), np.vstack(values[first])
        answered = ~np.isnan(mine[:, 0])
        mine, served, who = mine[answered], served[answered], shopper[answered]
        if not len(mine):
            continue
        names = [f"{prefix}{metric}" for metric in METRICS]
        report.mean.update(_ranges(names, *mean_interval(mine, who, DRAWS, rng)))
        if method != first:
            ahead = ratio_interval(served, mine, who, DRAWS, rng).difference
            report.ahead.update(_ranges(names, *ahead))
        report.per_shopper.update(zip(names, _mean_of_means(mine, who).tolist(), strict=True))
    return report


def _ranges(names: list[str], low: Floats, high: Floats) -> dict[str, Range]:
    return dict(zip(names, zip(low.tolist(), high.tolist(), strict=True), strict=True))


def _mean_of_means(values: Floats, group: NDArray[np.int64]) -> Floats:
    _, code, size = np.unique(group, return_inverse=True, return_counts=True)
    totals = np.zeros((len(size), values.shape[1]))
    np.add.at(totals, code, values)
    means: Floats = (totals / size[:, None]).mean(axis=0)
    return means


def _score_report(
    score: Floats,
    served: Floats | None,
    positive: NDArray[np.bool_],
    shopper: NDArray[np.int64],
    rng: np.random.Generator,
) -> ScoreReport:
    bins = reliability(score, positive, group=shopper)
    ahead = None
    if served is not None and served is not score:
        ahead = area_difference_intervals(served, score, positive, shopper, AREA_DRAWS, rng)
    return ScoreReport(
        area_intervals(score, positive, shopper, AREA_DRAWS, rng),
        ahead,
        roc_curve(score, positive),
        precision_recall_curve(score, positive),
        bins,
        expected_calibration_error(bins),
        brier(score, positive),
        log_loss(score, positive),
    )
