"""recommender sample: make up a shop to try everything on."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from recommender.application.moments import day
from recommender.container import Container
from recommender.domain.errors import FileRefused, InvalidSettings
from recommender.entrypoints.cli.screen import ShareBar, say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("sample", help="write the files of a made-up shop", description=__doc__)
    verb.add_argument("--visitors", type=int, default=20_000, metavar="N", help="default: %(default)s")
    verb.add_argument("--items", type=int, default=3_000, metavar="N", help="default: %(default)s")
    verb.add_argument("--days", type=int, default=60, metavar="N", help="default: %(default)s")
    verb.add_argument(
        "--end",
        type=date.fromisoformat,
        metavar="DATE",
        help="the last day, YYYY-MM-DD (default: today, until now)",
    )
    verb.add_argument("--seed", type=int, default=7, metavar="N", help="default: %(default)s")
    verb.add_argument(
        "--properties-per-item",
        type=int,
        default=4,
        metavar="N",
        help="filler properties (default: %(default)s)",
    )
    verb.add_argument("--out", type=Path, required=True, metavar="DIR", help="where to write the files")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Write the files, and say what is in them."""
    from recommender.adapters.sample import SampleShop, write_sample

    now = container.clock().now()
    try:
        shop = SampleShop(
            visitors=asked.visitors,
            items=asked.items,
            days=asked.days,
            end=asked.end or day(now),
            seed=asked.seed,
            properties_per_item=asked.properties_per_item,
            until_ms=None if asked.end else now,
        )
    except ValueError as wrong:
        field, _, expected = str(wrong).partition(":")
        raise InvalidSettings(f"--{field.replace('_', '-')}:{expected}") from None
    try:
        with ShareBar() as bar:
            summary = write_sample(
                shop, asked.out, progress=lambda done, total: bar("simulating", done / total)
            )
    except OSError as cause:
        raise FileRefused(str(asked.out), cause.strerror or "cannot be written") from cause
    events = ", ".join(f"{count:,} {kind}" for kind, count in summary.events.items())
    say(
        f"A shop of {summary.items:,} items in {summary.categories:,} categories and "
        f"{summary.visitors:,} visitors: {events}. Written to {asked.out}."
    )
    return 0
