"""Methods side by side on the same cases: means, and their ratios to one of them with paired intervals."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from recommender.domain.bootstrap import ratio_interval
from recommender.domain.discovery import METRICS
from recommender.domain.popularity import Floats

DRAWS = 2_000
SEED = 7

Figures = dict[str, dict[str, float | list[float]]]


def compared(judged: Mapping[str, Floats], against: str, shopper: NDArray[np.integer]) -> Figures:
    """Method -> figure -> value; judged: method -> float64 (cases, METRICS)."""
    figures: Figures = {}
    for method, table in judged.items():
        interval = ratio_interval(table, judged[against], shopper, DRAWS, np.random.default_rng(SEED)).ratio
        figures[method] = {}
        for at, metric in enumerate(METRICS):
            mean, other = float(table[:, at].mean()), float(judged[against][:, at].mean())
            figures[method][metric] = mean
            figures[method][f"{metric} ratio"] = mean / other if other else float("nan")
            figures[method][f"{metric} interval"] = [float(interval.low[at]), float(interval.high[at])]
    return figures


def show(title: str, figures: Figures, against: str) -> None:
    """Print one line per method."""
    print(f"\n{title}\n{'':34s}" + "".join(f"{each:>9s} {'ratio':>6s} {'interval':>14s}" for each in METRICS))
    for method, figure in figures.items():
        line = f"{method:34s}"
        for metric in METRICS:
            line += f"{figure[metric]:9.4f} "
            line += " " * 21 if method == against else _ratio(figure, metric)
        print(line)


def _ratio(figure: Mapping[str, float | list[float]], metric: str) -> str:
    interval = figure[f"{metric} interval"]
    low, high = interval if isinstance(interval, list) else (interval, interval)
    return f"{figure[f'{metric} ratio']:6.2f} [{low:5.2f}, {high:5.2f}]"
