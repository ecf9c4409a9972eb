"""recommender evaluate: compute the figures of a stored version again, from the stored log."""

from __future__ import annotations

import argparse

from recommender.container import Container
from recommender.domain.errors import NoModelPublished
from recommender.entrypoints.cli.figures import show_figures
from recommender.entrypoints.cli.screen import complain, say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("evaluate", help="reproduce the figures of a version", description=__doc__)
    verb.add_argument("--model", metavar="VERSION", help="default: the current version")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Repeat the version's protocol; 1 if the figures are not those on its card."""
    version = asked.model or container.models().current()
    if version is None:
        raise NoModelPublished
    again = container.reproduce()(version)
    show_figures(again.card)
    if not again.same_log:
        complain(f"The log has changed since {version} was trained; these are figures of another log.")
    elif not again.same_sources:
        complain(f"{version} was trained with other sources of candidates than this program has.")
    elif not again.same_figures:
        complain(f"These are not the figures on the card of {version}; has the catalogue changed?")
    else:
        say(f"The same figures as on the card of {version}.")
    return 0 if again.same_figures else 1
