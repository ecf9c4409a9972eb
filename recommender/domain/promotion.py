"""Promotion: whether a new version, the challenger, may take the place of the current one, the champion.

They are compared by HR@20 of the default goal on the same cases, which neither has seen; where these are too
few, by what each reached on the stretch that it was not shown. A challenger is refused only if it is behind
by more than TOLERANCE standard errors: new data is worth having, and chance must not keep it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, sqrt

import numpy as np
from numpy.typing import NDArray

from recommender.domain.metrics import METRICS
from recommender.domain.popularity import Floats

METRIC = "HR@20"
HIT = METRICS.index(METRIC)
"""Its column in what list_metrics returns."""

ENOUGH = 500
"""With fewer answered cases in common, a standard error of two points would let almost anything pass."""

TOLERANCE = 2.0
"""So many standard errors behind are taken for chance."""


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger is to be promoted, and why in one sentence."""

    promoted: bool
    why: str


@dataclass(frozen=True)
class Record:
    """What a version reached on the stretch that it was not shown: its hit rate over cases with an answer."""

    hit_rate: float
    cases: int

    @property
    def error(self) -> float:
        """The standard error of a share, sqrt(p (1 - p) / n); infinite without cases."""
        return sqrt(self.hit_rate * (1 - self.hit_rate) / self.cases) if self.cases else inf


def by_common_cases(champion: Floats, challenger: Floats, shopper: NDArray[np.integer]) -> Verdict:
    """Compare hits on the same cases.

    champion, challenger: float64 (cases,), 1 for a hit and 0 for none; shopper: int (cases,).
    """
    figures = (
        f"On {len(shopper):,} cases that neither has seen, {METRIC} of the new version is "
        f"{challenger.mean():.1%} and that of the current one {champion.mean():.1%}"
    )
    difference = challenger - champion
    return _verdict(figures, float(difference.mean()), clustered_error(difference, shopper))


def by_own_figures(champion: Record, challenger: Record, common: int | None = None) -> Verdict:
    """Compare what each reached by itself; `common`: so many cases are new to both, None if nobody looked."""
    few = "" if common is None else f"With {common:,} cases that neither has seen, fewer than {ENOUGH}, "
    each = f"{few}each counts by its own unseen stretch"
    figures = (
        f"{each[0].upper()}{each[1:]}: {METRIC} of the new version is {challenger.hit_rate:.1%} of "
        f"{challenger.cases:,} cases, that of the current one {champion.hit_rate:.1%} of {champion.cases:,}"
    )
    error = sqrt(champion.error**2 + challenger.error**2)
    return _verdict(figures, challenger.hit_rate - champion.hit_rate, error)


def other_goal(champion: str, challenger: str) -> Verdict:
    """Hits of different goals cannot be compared."""
    return Verdict(
        promoted=False,
        why=f"The new version is for the goal {challenger!r} and the current one for {champion!r}, which "
        "cannot be compared; `recommender models promote VERSION --force` promotes it all the same.",
    )


def clustered_error(value: Floats, cluster: NDArray[np.integer]) -> float:
    """The standard error of a mean whose values depend on each other within clusters.

    With r the values less their mean, s_g the sum of r in cluster g, n values and G clusters:
    sqrt(G / (G - 1) * sum of s_g**2) / n. Liang and Zeger, Longitudinal data analysis using generalized
    linear models, Biometrika 1986, with the correction for few clusters of Cameron and Miller, A
    practitioner's guide to cluster-robust inference, Journal of Human Resources 2015, section II. Infinite
    for a single cluster.
    """
    _, code = np.unique(cluster, return_inverse=True)
    total = np.bincount(code, value - value.mean())
    clusters = len(total)
    if clusters == 1:
        return inf
    return sqrt(clusters / (clusters - 1) * float(total @ total)) / len(value)


def _verdict(figures: str, difference: float, error: float) -> Verdict:
    """Refuse what is behind by more than TOLERANCE errors; a tie is none."""
    behind = difference < -TOLERANCE * error
    finding = "behind" if behind else "not behind"
    return Verdict(
        promoted=not behind,
        why=f"{figures}: {100 * difference:+.2f} points with a standard error of {100 * error:.2f}, "
        f"so that it is {finding} by more than two standard errors.",
    )
