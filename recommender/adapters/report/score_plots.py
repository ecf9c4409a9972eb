"""Plots of single scores: whether they tell right from wrong, whether they are probabilities, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recommender.adapters.report.drawing import BLUE, GREEN, INK, LINES, percent_axis, spoken, svg
from recommender.application.report import EvaluationReport
from recommender.domain.calibration import Reliability
from recommender.domain.popularity import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_FEATURES = 20
LEAST_RATE = 1e-6
"""Where a logarithmic axis ends if nothing was positive."""

TWO_DECADES = 0.01
"""A logarithmic axis is at least so long, so that there is a power of ten to label."""


def roc(report: EvaluationReport) -> str:
    """ROC curves with the diagonal of chance."""

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for (method, scores), (colour, dashes) in zip(report.report.scores.items(), LINES, strict=False):
            curve = scores.roc
            axes.plot(
                curve.false_positive_rate,
                curve.true_positive_rate,
                dashes,
                color=colour,
                label=spoken(method),
            )
        axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, label="chance")
        axes.set(xlabel="false positive rate", ylabel="true positive rate", xlim=(0, 1), ylim=(0, 1.01))
        axes.set_aspect("equal")
        axes.legend(loc="lower right")

    return svg("roc", _areas(report, "ROC curves", "ROC-AUC"), (5.0, 4.6), draw)


def precision_recall(report: EvaluationReport) -> str:
    """Precision-recall curves as the steps that average precision is the area of; precision on a log axis."""
    base = report.reproduced.judged.evaluation.judged["base rate"]

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        for (method, scores), (colour, dashes) in zip(report.report.scores.items(), LINES, strict=False):
            curve = scores.precision_recall
            axes.step(curve.recall, curve.precision, dashes, where="pre", color=colour, label=spoken(method))
        axes.axhline(base, color=INK, linewidth=0.8, label="chance: the base rate")
        axes.set(xlabel="recall", ylabel="precision (log scale)", xlim=(0, 1), yscale="log")
        axes.set_ylim(min(max(base, LEAST_RATE) / 2, TWO_DECADES), 1.1)
        percent_axis(axes, "y")
        axes.legend(loc="upper right")

    return svg(
        "precision-recall", _areas(report, "Precision-recall curves", "average precision"), (6.0, 4.2), draw
    )


def calibration(report: EvaluationReport) -> str:
    """Reliability diagrams on log axes: base rates are far below one percent."""
    scores = report.report.scores
    bins = [each.reliability for each in scores.values()]
    low, high = _limits(bins)

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(bins), sharex=True, sharey=True, squeeze=False)[0]
        for axes, method, found in zip(panels, scores, bins, strict=True):
            _diagram(axes, found, low)
            axes.plot([low, high], [low, high], color=INK, linewidth=0.8)
            axes.set(title=spoken(method), xscale="log", yscale="log", xlim=(low, high), ylim=(low, high))
            axes.set_aspect("equal")
            percent_axis(axes)
            percent_axis(axes, "y")
        panels[0].set_ylabel("share that was right")
        figure.supxlabel("mean score of the bin", fontsize=9)

    return svg("calibration", _calibrated(report), (1.2 + 2.1 * len(bins), 3.0), draw)


def importance(report: EvaluationReport) -> str:
    """What average precision loses when a feature is shuffled, for the most important ones."""
    most = dict(list(report.importance.items())[:MOST_FEATURES])

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        axes.barh([spoken(each) for each in most], list(most.values()), color=GREEN)
        axes.invert_yaxis()
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel("average precision lost when shuffled")

    said = "; ".join(f"{spoken(name)} {value:.4f}" for name, value in most.items())
    alt = f"Bars of the average precision that is lost when a feature is shuffled: {said}."
    return svg("importance", alt, (7.0, 0.8 + 0.22 * len(most)), draw)


def _diagram(axes: Axes, found: Reliability, floor: float) -> None:
    """A dot per bin, its area by its rows; a bin in which nothing was right is a triangle on the floor."""
    size = 8 + 60 * found.rows / max(found.rows.max(initial=1), 1)
    some = found.rate > 0
    axes.vlines(found.score, np.maximum(found.low, floor), found.high, color=BLUE, linewidth=1)
    axes.scatter(found.score[some], found.rate[some], size[some], color=BLUE, alpha=0.7, linewidths=0)
    axes.scatter(found.score[~some], np.full((~some).sum(), floor), 20, color=BLUE, marker="^", clip_on=False)


def _limits(bins: list[Reliability]) -> tuple[float, float]:
    """Where both axes begin and end so that every rate above 0 is on them."""
    seen: Floats = np.concatenate([np.concatenate((each.score, each.rate)) for each in bins])
    seen = seen[seen > 0]
    high = max(float(each.high.max(initial=0)) for each in bins)
    high = min(1.5 * max(high, float(seen.max(initial=LEAST_RATE / TWO_DECADES))), 1.0)
    low = max(float(seen.min(initial=1.0)) / 2, LEAST_RATE)
    return min(low, TWO_DECADES * high), high


def _areas(report: EvaluationReport, what: str, area: str) -> str:
    figures = report.reproduced.judged.evaluation.scores
    said = [f"{spoken(each)} {figures[each].get(area, np.nan):.4f}" for each in report.report.scores]
    return f"{what}; {area}: {'; '.join(said)}."


def _calibrated(report: EvaluationReport) -> str:
    said = [
        f"{spoken(name)} {100 * each.expected_calibration_error:.3f} percentage points"
        for name, each in report.report.scores.items()
    ]
    return f"Reliability diagrams; mean distance between score and share that was right: {'; '.join(said)}."
