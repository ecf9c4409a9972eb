"""Stored versions for people, as a table, and for scripts, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict

from rich.box import SIMPLE_HEAD
from rich.table import Table

from recommender.application.card import ModelCard
from recommender.application.moments import day, minute, rfc_3339
from recommender.application.versions import StoredVersion
from recommender.entrypoints.cli.screen import megabytes

LISTS = ("HR@20", "MRR@20")
AREA = "ROC-AUC"


def table(versions: Sequence[StoredVersion]) -> Table:
    """Two lines a version, the newest first, on 80 columns; blanks where a version is refused."""
    drawn = Table(box=SIMPLE_HEAD, padding=0, show_edge=False)
    drawn.add_column("version\npublished (UTC)", no_wrap=True)
    drawn.add_column("goal", no_wrap=True)
    drawn.add_column("window", no_wrap=True)
    for figure in (*(f"{each}\n%" for each in LISTS), AREA, "MB"):
        drawn.add_column(figure, justify="right", no_wrap=True)
    for each in reversed(versions):
        standing = f", {each.standing}" if each.standing else ""
        name = f"{each.version}\n{minute(each.published)}{standing}"
        drawn.add_row(name, *(("refused",) if each.card is None else _cells(each.card, each.size or 0)))
    return drawn


def row(version: StoredVersion) -> dict[str, object]:
    """What `models list --json` says of a version; every key is always there, null where it is not known."""
    card = version.card
    return {
        **_named(version),
        "refused": version.refused,
        "goal": card and card.goal,
        "start": card and rfc_3339(card.start),
        "end": card and rfc_3339(card.end),
        **{figure: card and card.figure(figure) for figure in (*LISTS, AREA)},
    }


def document(version: StoredVersion) -> dict[str, object]:
    """What `models show --json` says: the same, and the whole card (times in ms)."""
    return {**_named(version), "card": version.card and asdict(version.card)}


def in_words(version: StoredVersion) -> str:
    """What a version is, without its figures."""
    card = version.card
    standing = f", {version.standing}" if version.standing else ""
    made = (
        f", learnt from {card.events:,} events of {card.users:,} users and {card.items:,} items"
        if card
        else ""
    )
    return f"{version.version}, published {minute(version.published)}{standing}{made}."


def _named(version: StoredVersion) -> dict[str, object]:
    return {
        "version": version.version,
        "published": rfc_3339(version.published),
        "standing": version.standing,
        "bytes": version.size,
    }


def _cells(card: ModelCard, size: int) -> list[str]:
    window = "\n".join(str(day(each)) for each in (card.start, card.end))
    lists = [_shown(card.figure(each), 100, 1) for each in LISTS]
    return [card.goal, window, *lists, _shown(card.figure(AREA), 1, 4), megabytes(size)]


def _shown(figure: float | None, times: float, digits: int) -> str:
    return "" if figure is None else f"{times * figure:.{digits}f}"
