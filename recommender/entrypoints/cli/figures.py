"""The figures of a model card on a screen."""

from __future__ import annotations

from collections.abc import Mapping

from rich.box import SIMPLE_HEAD
from rich.table import Table

from recommender.application.card import Figures, ModelCard
from recommender.application.moments import minute
from recommender.domain.metrics import CUTOFFS
from recommender.entrypoints.cli.screen import draw, say

COVERAGE = "coverage@20"
METRICS = ("HR", "MRR", "nDCG", "recall")


def show_figures(card: ModelCard) -> None:
    """Print what was judged, the lists (all targets, and those new to the session) and the scores."""
    judged = card.judged
    say(
        f"Goal {card.goal}: {card.why_goal}. Learnt from {minute(card.start)} to {minute(card.cut)}, judged "
        f"on what came next until {minute(card.end)}: {judged['cases']:,.0f} cases, "
        f"{judged['cases with an answer']:,.0f} with an answer, "
        f"{judged['cases with a new answer']:,.0f} with one that is new to the session."
    )
    draw(_lists("Lists, all targets, in %", card.lists, ""))
    draw(_lists("Lists, targets new to the session, in %", card.lists, "new "))
    for method, figures in card.lists.items():
        if COVERAGE in figures:
            say(f"The first 20 places of {method} show {figures[COVERAGE]:.1%} of the catalogue.")
    draw(_scores(card))
    if card.others:
        draw(_others(card))


def _lists(title: str, lists: Mapping[str, Figures], prefix: str) -> Table:
    """A row per method; the cutoffs of a metric share a cell, so that all of it fits on 80 columns."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", max_width=18)
    for metric in METRICS:
        table.add_column(f"{metric}\n{'  '.join(f'@{n:2}' for n in CUTOFFS)}", justify="right", no_wrap=True)
    for method, figures in lists.items():
        cells = [
            " ".join(_percent(figures.get(f"{prefix}{metric}@{n}")) for n in CUTOFFS) for metric in METRICS
        ]
        table.add_row(method.replace("_", " "), *cells)
    return table


def _percent(value: float | None) -> str:
    return "   -" if value is None else f"{100 * value:4.1f}"


def _scores(card: ModelCard) -> Table:
    judged = card.judged
    title = f"Scores of {judged['rows']:,.0f} (shopper, candidate, moment) rows"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in ("", "ROC-AUC", "average precision", "mean score"):
        table.add_column(column, justify="right" if column else "left")
    for method, figures in card.scores.items():
        mean = f"{figures['mean score']:.3%}" if "mean score" in figures else ""
        table.add_row(method, _area(figures, "ROC-AUC"), _area(figures, "average precision"), mean)
    table.add_row("chance", "0.5000", f"{judged['base rate']:.4f}", f"{judged['base rate']:.3%}")
    return table


def _others(card: ModelCard) -> Table:
    """A row per goal that requests may ask for instead; without figures if there was too little to judge."""
    title = "Rankers of other goals; lists, base rate and mean score in %"
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    heads = ("", "HR@20", "MRR@20", "new\nHR@20", "new\nMRR@20", "ROC-AUC", "average\nprecision")
    for column in (*heads, "base\nrate", "mean\nscore"):
        table.add_column(column, justify="right" if column else "left", no_wrap=bool(column))
    for goal, figures in card.others.items():
        lists = [_percent(figures.get(each)) for each in ("HR@20", "MRR@20", "new HR@20", "new MRR@20")]
        areas = [_area(figures, each) for each in ("ROC-AUC", "average precision")]
        shares = [_share(figures, each) for each in ("base rate", "mean score")]
        table.add_row(goal, *lists, *areas, *shares)
    return table


def _share(figures: Figures, name: str) -> str:
    return f"{100 * figures[name]:.3f}" if name in figures else ""


def _area(figures: Figures, name: str) -> str:
    return f"{figures[name]:.4f}" if name in figures else ""
