"""recommender ingest: import RetailRocket's files, plain or gzipped; importing again changes nothing."""

from __future__ import annotations

import argparse
from pathlib import Path

from recommender.application.ingest import Counts, IngestSummary
from recommender.container import Container
from recommender.entrypoints.cli.screen import ShareBar, complain, say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("ingest", help="import a shop's files", description=__doc__)
    verb.add_argument("--events", type=Path, nargs="+", default=[], metavar="FILE", help="events.csv")
    verb.add_argument(
        "--item-properties", type=Path, nargs="+", default=[], metavar="FILE", help="item_properties*.csv"
    )
    verb.add_argument("--category-tree", type=Path, metavar="FILE", help="category_tree.csv")
    verb.set_defaults(run=run, usage=verb)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Import the files, and say what became of their rows."""
    if not asked.events and not asked.item_properties and asked.category_tree is None:
        asked.usage.error("name at least one file")
    with ShareBar() as bar:
        summary = container.ingest()(asked.events, asked.item_properties, asked.category_tree, bar)
    _show(summary)
    return 0


def _show(summary: IngestSummary) -> None:
    if summary.categories is not None:
        say(f"{summary.categories:,} categories in the tree.")
    for what, counts in (("properties", summary.properties), ("events", summary.events)):
        if counts.files:
            say(f"{what}: {_in_words(counts)}")
    for reason, rows in summary.reasons.items():
        complain(f"{rows:,} rows refused: {reason}")
    for each in summary.examples:
        complain(f"{each.file}, line {each.line}: {each.reason}: {each.text!r}")
    if summary.reasons:
        unkept = f" ({summary.unkept:,} more were only counted)" if summary.unkept else ""
        complain(f"The refused rows are kept below rejects/ in the storage{unkept}.")


def _in_words(counts: Counts) -> str:
    return (
        f"{counts.rows:,} rows, {counts.new:,} new, {counts.known:,} already there, "
        f"{counts.unused:,} not used, {counts.rejected:,} refused."
    )
