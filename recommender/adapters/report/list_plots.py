"""Plots of ranked lists: how often they are right, and what they show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from recommender.adapters.report.data import ABLATION, kinds
from recommender.adapters.report.drawing import (
    BLUE,
    INK,
    LINES,
    ORANGE,
    SKY,
    percent_axis,
    spoken,
    svg,
)
from recommender.application.report import EvaluationReport
from recommender.domain.metrics import CUTOFFS, LONGEST
from recommender.domain.popularity import Floats
from recommender.domain.report import Range

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BAR = 0.38
COMPARED = 6
"""Lines that can be told apart in one plot."""


def bars(report: EvaluationReport) -> str:
    """HR@20 and MRR@20 of every method, with intervals, over all targets and over those that are new."""
    figures = report.reproduced.judged.evaluation.lists
    methods = _compared(report)
    metrics = (f"HR@{LONGEST}", f"MRR@{LONGEST}")

    def draw(figure: Figure) -> None:
        for axes, metric in zip(_panels(figure, methods, BAR / 2), metrics, strict=True):
            for step, (prefix, colour, label) in enumerate((("", BLUE, "all"), ("new ", SKY, "new"))):
                name = f"{prefix}{metric}"
                places = np.arange(len(methods), dtype=np.float64) + step * BAR
                values = [figures[method].get(name, np.nan) for method in methods]
                axes.barh(places, values, BAR, color=colour, label=f"{label} targets")
                _whiskers(axes, places, [report.report.lists[method].mean.get(name) for method in methods])
            axes.set_title(metric)
            percent_axis(axes)
        figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=2)

    return svg(
        "bars",
        _alt(f"Bars of {metrics[0]} and {metrics[1]}", figures, methods, metrics),
        _high(methods),
        draw,
    )


def cutoffs(report: EvaluationReport) -> str:
    """recall@k of the best methods; and precision@k where a moment has one answer, as it is recall@k / k."""
    figures = report.reproduced.judged.evaluation.lists
    methods = sorted(_compared(report), key=lambda each: -figures[each].get(f"recall@{LONGEST}", 0.0))
    methods = [each for each in _compared(report) if each in methods[:COMPARED]]
    single = report.reproduced.judged.replay.target.next_only
    panels = ("recall@k", "precision@k") if single else ("recall@k",)

    def draw(figure: Figure) -> None:
        for panel, axes in zip(panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=True):
            share = np.ones(len(CUTOFFS)) if panel == panels[0] else 1 / np.array(CUTOFFS)
            for method, (colour, dashes) in zip(methods, LINES, strict=False):
                values = np.array([figures[method].get(f"recall@{n}", np.nan) for n in CUTOFFS])
                axes.plot(CUTOFFS, values * share, dashes, color=colour, marker="o", label=spoken(method))
                ranges = [report.report.lists[method].mean.get(f"recall@{n}") for n in CUTOFFS]
                low, high = _ends(ranges)
                axes.vlines(CUTOFFS, low * share, high * share, color=colour, linewidth=1)
            axes.set(title=panel, xlabel="k", xticks=CUTOFFS)
            axes.set_ylim(bottom=0)
            percent_axis(axes, "y")
        figure.legend(*axes.get_legend_handles_labels(), loc="outside right upper")

    metrics = [f"recall@{n}" for n in CUTOFFS]
    return svg(
        "cutoffs", _alt("Lines of " + " and ".join(panels), figures, methods, metrics), (7.5, 3.0), draw
    )


def exposure(report: EvaluationReport) -> str:
    """How much of the catalogue each method shows, and how popular what it shows is."""
    figures = report.reproduced.judged.evaluation.lists
    methods = _compared(report)
    metrics = (f"coverage@{LONGEST}", f"popularity bias@{LONGEST}")

    def draw(figure: Figure) -> None:
        for axes, metric in zip(_panels(figure, methods), metrics, strict=True):
            values = [figures[method].get(metric, np.nan) for method in methods]
            axes.barh(np.arange(len(methods)), values, 2 * BAR, color=ORANGE)
            axes.set_title(metric)
            axes.set_xlim(0, 1)
            percent_axis(axes)
        axes.axvline(0.5, color=INK, linestyle=":")

    return svg(
        "exposure",
        _alt("Bars of catalogue coverage and popularity", figures, methods, metrics),
        _high(methods, 0.26),
        draw,
    )


def _compared(report: EvaluationReport) -> list[str]:
    """The methods that make lists, but for those that only leave something out."""
    kind = kinds(report.reproduced.judged)
    return [each for each in kind if kind[each] != ABLATION and each in report.report.lists]


def _panels(figure: Figure, methods: Sequence[str], middle: float = 0.0) -> Sequence[Axes]:
    """Two panels with a row per method, the first at the top; middle: of a row, from its first bar."""
    left, right = figure.subplots(1, 2, sharey=True)
    left.set_yticks(np.arange(len(methods)) + middle, [spoken(each) for each in methods])
    left.invert_yaxis()
    for axes in (left, right):
        axes.grid(visible=False, axis="y")
        axes.tick_params(axis="y", length=0)
    return left, right


def _high(methods: Sequence[str], each: float = 0.34) -> tuple[float, float]:
    return 7.5, 1.0 + each * len(methods)


def _whiskers(axes: Axes, places: Floats, ranges: Sequence[Range | None]) -> None:
    low, high = _ends(ranges)
    axes.hlines(places, low, high, color=INK, linewidth=1.2)


def _ends(ranges: Sequence[Range | None]) -> tuple[Floats, Floats]:
    """The lower and the upper ends; NaN, which is not drawn, where there is no interval."""
    low, high = np.array([(np.nan, np.nan) if each is None else each for each in ranges]).T
    return low, high


def _alt(
    what: str, figures: Mapping[str, Mapping[str, float]], methods: Sequence[str], metrics: Sequence[str]
) -> str:
    said = [
        f"{spoken(method)} {' and '.join(_percent(figures[method], each) for each in metrics)}"
        for method in methods
    ]
    return f"{what} by method, in percent: {'; '.join(said)}."


def _percent(figures: Mapping[str, float], metric: str) -> str:
    return f"{100 * figures[metric]:.1f}" if metric in figures else "unknown"
