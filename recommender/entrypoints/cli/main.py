"""The `recommender` command."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from logging.config import dictConfig

from recommender import __version__
from recommender.container import Container
from recommender.domain.errors import RecommenderError
from recommender.entrypoints.cli import (
    compact,
    evaluate,
    forget,
    ingest,
    models,
    recommend,
    sample,
    serve,
    train,
)
from recommender.entrypoints.cli.screen import complain, shown
from recommender.entrypoints.logs import log_config
from recommender.settings import read_settings

VERBS = (sample, ingest, train, evaluate, models, recommend, serve, compact, forget)
INTERRUPTED = 130


def parser() -> argparse.ArgumentParser:
    """The command's arguments; each verb adds its own."""
    command = argparse.ArgumentParser(
        prog="recommender",
        description="Recommendations for online shops: from the click log to an answer over HTTP.",
        epilog="Settings come from the environment (RECOMMENDER_STORAGE_URL, …): docs/configuration.md.",
    )
    command.add_argument("--version", action="version", version=f"recommender {__version__}")
    verbs = command.add_subparsers(metavar="VERB", required=True)
    for verb in VERBS:
        verb.add(verbs)
    return command


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a verb; 0 if it did what was asked, 1 if it could not, 2 for arguments that make no sense."""
    asked = parser().parse_args(arguments)
    try:
        settings = read_settings()
        dictConfig(log_config(settings.log_level, settings.log_format))
        return int(asked.run(asked, Container(settings=settings, progress=shown)))
    except RecommenderError as refusal:
        complain(str(refusal))
        return 1
    except KeyboardInterrupt:
        complain("Interrupted; nothing half-done was kept.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
