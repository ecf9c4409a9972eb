"""recommender forget: remove what visitors did up to now, wherever it is kept."""

from __future__ import annotations

import argparse
from pathlib import Path

from recommender.container import Container
from recommender.domain.errors import FileRefused
from recommender.entrypoints.cli.screen import say


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("forget", help="remove what visitors did", description=__doc__)
    verb.add_argument("user_ids", nargs="*", metavar="USER_ID", help="visitors to forget")
    verb.add_argument(
        "--session", nargs="+", default=[], action="extend", metavar="SESSION_ID", help="sessions of guests"
    )
    verb.add_argument("--file", type=Path, metavar="FILE", help="more visitors, an id a line")
    verb.set_defaults(run=run, usage=verb)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Mark the visitors, and say what happens next: the same of everybody, known or not."""
    user_ids = asked.user_ids + ([] if asked.file is None else _lines(asked.file))
    if not user_ids and not asked.session:
        asked.usage.error("name at least one visitor or session")
    marked = container.forget()(user_ids, asked.session)
    say(
        f"Ids marked as forgotten, whether or not they occur: {marked:,}. "
        "What they did up to now is no longer read from the log. It is gone from the answers of running "
        "servers within their reload interval, from the stored files after the next `recommender compact`, "
        "and from the model versions after the next `recommender train` and a `recommender compact` after it."
    )
    return 0


def _lines(file: Path) -> list[str]:
    """The lines of a file, without their ends; empty ones are none."""
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "these bytes are not text"
        raise FileRefused(str(file), f"expected an id a line as UTF-8 text; {why}") from error
    return [line for line in text.split("\n") if line]  # read_text has made \n of every end
