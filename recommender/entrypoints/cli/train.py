"""recommender train: fit on the stored log, judge on its newest part, publish."""

from __future__ import annotations

import argparse

from recommender.container import Container
from recommender.domain.targets import TARGETS
from recommender.entrypoints.cli.arguments import whole_number
from recommender.entrypoints.cli.figures import show_figures
from recommender.entrypoints.cli.screen import say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("train", help="train on the stored log and publish", description=__doc__)
    verb.add_argument(
        "--target",
        choices=sorted(TARGETS),
        help="what scores are the probability of (default: purchase if the log has enough of them)",
    )
    verb.add_argument(
        "--seed", type=whole_number(0, 2**32 - 1), default=7, metavar="N", help="default: %(default)s"
    )
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Train, show the figures, and say what was published."""
    trained = container.train()(asked.target, asked.seed)
    show_figures(trained.card)
    state = "it is current now" if trained.promoted else "another version became current meanwhile"
    say(f"Published version {trained.version}; {state}.")
    return 0
