"""recommender evaluate: compute a stored version's figures again, from the stored log, and report them."""

from __future__ import annotations

import argparse
from pathlib import Path

from recommender.application.report import full_report
from recommender.application.reproduce import Reproduced
from recommender.container import Container
from recommender.domain.errors import NoModelPublished
from recommender.entrypoints.cli.figures import show_figures
from recommender.entrypoints.cli.screen import complain, say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("evaluate", help="reproduce the figures of a version", description=__doc__)
    verb.add_argument("--model", metavar="VERSION", help="default: the current version")
    verb.add_argument(
        "--out",
        type=Path,
        default=Path("evaluation"),
        metavar="DIR",
        help="where to write report.html and report.json (default: %(default)s)",
    )
    verb.add_argument(
        "--quick",
        action="store_true",
        help="leave out what only the report shows: each source left out once, and items new since the cut",
    )
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Repeat the version's protocol and report it; 1 if the figures are not those on the version's card."""
    version = asked.model or container.models().current()
    if version is None:
        raise NoModelPublished
    container.reports().ready(asked.out)
    again = container.reproduce()(version, thorough=not asked.quick)
    show_figures(again.card)
    page = container.reports().write(full_report(version, again), asked.out)
    say(f"The report with plots and intervals is {page}.")
    _compare(version, again)
    return 0 if again.same_figures else 1


def _compare(version: str, again: Reproduced) -> None:
    """Say whether the figures are those on the card, or what may have changed them."""
    if not again.same_log:
        complain(f"The log has changed since {version} was trained; these are figures of another log.")
    elif not again.same_sources:
        complain(f"{version} was trained with other sources of candidates than this program has.")
    elif not again.same_figures:
        complain(f"These are not the figures on the card of {version}; has the catalogue changed?")
    else:
        say(f"The same figures as on the card of {version}.")
