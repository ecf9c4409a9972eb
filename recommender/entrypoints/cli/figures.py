"""The figures of a model card on a screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from rich.box import SIMPLE_HEAD
from rich.table import Table

from recommender.application.card import Figures, ModelCard
from recommender.domain.metrics import CUTOFFS
from recommender.entrypoints.cli.screen import draw, say

LIST_METRICS = tuple(f"{name}@{n}" for name in ("HR", "MRR", "nDCG", "recall") for n in CUTOFFS)


def show_figures(card: ModelCard) -> None:
    """Print what was judged, the lists (all targets, and those new to the session) and the scores."""
    judged = card.judged
    say(
        f"Goal {card.goal}: {card.why_goal}. Learnt from {_day(card.start)} to {_day(card.cut)}, judged on "
        f"what came next until {_day(card.end)}: {judged['cases']:,.0f} cases, "
        f"{judged['cases with an answer']:,.0f} with an answer, "
        f"{judged['cases with a new answer']:,.0f} with one that is new to the session."
    )
    draw(_lists("Lists, all targets, in %", card.lists, ""))
    draw(_lists("Lists, targets new to the session, in %", card.lists, "new "))
    draw(_scores(card))


def _lists(title: str, lists: Mapping[str, Figures], prefix: str) -> Table:
    """A row per metric, a column per method."""
    table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True, min_width=len("coverage@20"))
    for method in lists:
        words = method.replace("_", " ")
        table.add_column(words, justify="right", vertical="bottom", min_width=max(map(len, words.split())))
    for metric in (*LIST_METRICS, "coverage@20"):
        values = [figures.get(prefix + metric) for figures in lists.values()]
        if any(value is not None for value in values):
            table.add_row(metric, *("" if value is None else f"{100 * value:.1f}" for value in values))
    return table


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


def _area(figures: Figures, name: str) -> str:
    return f"{figures[name]:.4f}" if name in figures else ""


def _day(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
