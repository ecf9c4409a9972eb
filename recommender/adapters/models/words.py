"""The model card in words, as Markdown, for people who look into a version's folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from recommender.application.card import Figures, ModelCard
from recommender.application.moments import minute

SMALL = 1e-3
"""Below it a figure is shown by its digits rather than by its decimals."""


def in_words(card: ModelCard) -> str:
    """The whole card; nothing in it depends on when or where it is written."""
    shown = (
        f"Learnt from {card.events:,} events of {card.users:,} users and {card.items:,} items, "
        f"{minute(card.start)} UTC to {minute(card.end)} UTC. The figures are those of a model that was "
        f"shown nothing after {minute(card.cut)} UTC and judged on the rest; this one was then fitted on "
        "everything."
    )
    made = (
        f"Candidates come from {', '.join(card.sources)}. "
        f"Seed {card.seed}, fingerprint of the log {card.fingerprint}."
    )
    return "\n".join(
        [
            "# Model card",
            "",
            f"Scores are the probability of the goal **{card.goal}**, chosen because {card.why_goal}.",
            "",
            shown,
            "",
            made,
            "",
            *_section("What was judged", "count", {name: {"n": n} for name, n in card.judged.items()}),
            *_section("Ranked lists", "metric", _by_metric(card.lists)),
            *_section("Single scores", "method", card.scores),
            *_section("Other goals", "metric", _by_metric(card.others)),
        ]
    )


def _section(title: str, what: str, rows: Mapping[str, Figures]) -> list[str]:
    """A heading and a table with a row per entry; nothing at all without entries."""
    if not rows:
        return []
    columns = list(dict.fromkeys(name for figures in rows.values() for name in figures))
    return [
        f"## {title}",
        "",
        _line([what, *columns]),
        _line(["---"] + ["---:"] * len(columns)),
        *(_line([name, *(_figure(figures, each) for each in columns)]) for name, figures in rows.items()),
        "",
    ]


def _by_metric(table: Mapping[str, Figures]) -> dict[str, dict[str, float]]:
    """Metric -> method or goal -> value: metrics are many, and a page is higher than wide."""
    metrics = dict.fromkeys(name for figures in table.values() for name in figures)
    return {
        metric: {name: figures[metric] for name, figures in table.items() if metric in figures}
        for metric in metrics
    }


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _figure(figures: Figures, name: str) -> str:
    if name not in figures:
        return ""
    value = float(figures[name])
    return f"{value:,.0f}" if value.is_integer() else f"{value:.4f}" if value > SMALL else f"{value:.3g}"
