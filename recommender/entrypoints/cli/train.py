"""recommender train: fit on the stored log, judge on its newest part, publish, promote if the rule allows."""

from __future__ import annotations

import argparse

from recommender.application.train import Trained
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
    verb.add_argument("--force", action="store_true", help="promote whatever the promotion rule says")
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Train, show the figures, and say what was published and whether it is current."""
    trained = container.train()(asked.target, asked.seed, force=asked.force)
    show_figures(trained.card)
    say(trained.verdict.why)
    say(f"Published version {trained.version}; {_state(trained)}.")
    return 0


def _state(trained: Trained) -> str:
    if trained.promoted:
        return "it is current now" if trained.verdict.promoted else "it is current now, by force"
    if trained.allowed:
        return "it is not current: another version became current meanwhile"
    return f"it is not current: `recommender models promote {trained.version} --force` would make it so"
