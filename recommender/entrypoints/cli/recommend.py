"""recommender recommend: answer for one shopper on the screen, or for a file of requests."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from pydantic import ValidationError
from rich.table import Table

from recommender.application.recommend import Answer, Request
from recommender.application.wishes import DEFAULT_N, LARGEST_N
from recommender.container import Container
from recommender.domain.ids import why_not_an_id
from recommender.entrypoints.cli.batch import answer_file
from recommender.entrypoints.cli.screen import draw, out, say, shown
from recommender.entrypoints.wire import RecommendationQuery, mistakes, recommended

WISHES = ("n", "at", "category", "goal", "max_per_category", "explain")
"""Options that a line of a file has as fields."""

SOME_REFUSED = 3
"""Exit status when every line has an answer, and for some it is an error."""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser(
        "recommend",
        help="answer for one shopper, or for a file of requests",
        description=__doc__,
        epilog="A line of FILE is a body of POST /recommend with an id: docs/api.md.",
    )
    verb.add_argument("user_id", nargs="?", metavar="USER_ID", help="answer for this shopper")
    verb.add_argument("-n", type=int, help=f"so many items, 1 to {LARGEST_N} (default: {DEFAULT_N})")
    verb.add_argument("--at", help="the moment, RFC 3339 or milliseconds (default: the model's window end)")
    verb.add_argument("--category", help="only items of this category and those below it")
    verb.add_argument(
        "--max-per-category",
        type=int,
        metavar="N",
        help="so many items of one category (default: any number)",
    )
    verb.add_argument("--goal", help="what to rank by (default: the model's)")
    verb.add_argument("--explain", action="store_true", default=None, help="say why each item is there")
    verb.add_argument("--json", action="store_true", help="print JSON instead of a table")
    verb.add_argument("--input", type=Path, metavar="FILE", help="requests, one JSON object a line")
    verb.add_argument(
        "--output", type=Path, metavar="FILE", help="answers, a line for each request, in order"
    )
    verb.set_defaults(run=run, usage=verb)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Answer for a shopper or for a file."""
    usage: argparse.ArgumentParser = asked.usage
    in_bulk = asked.input is not None or asked.output is not None
    if in_bulk == (asked.user_id is not None) or (asked.input is None) != (asked.output is None):
        usage.error("give either a USER_ID, or --input and --output")
    if in_bulk and (asked.json or any(getattr(asked, wish) is not None for wish in WISHES)):
        usage.error("with --input, what is wished for stands in each line of the file")
    request = None if in_bulk else _request(asked, usage)
    serving = container.serving()
    serving.follow()
    served = serving.served
    if request is not None:
        _show(served.recommend(request, served.model.index.end), asked, served.version)
        return 0
    done = answer_file(served.recommend, asked.input, asked.output, container.workers(), shown)
    say(f"{done.lines:,} answers in {asked.output}, {done.refused:,} of them errors.")
    return SOME_REFUSED if done.refused else 0


def _request(asked: argparse.Namespace, usage: argparse.ArgumentParser) -> Request:
    """The options, checked as the parameters of GET /recommend/{user_id} are."""
    if why := why_not_an_id(asked.user_id):
        usage.error(f"USER_ID: {why}")
    given = {wish: getattr(asked, wish) for wish in WISHES if getattr(asked, wish) is not None}
    try:
        return RecommendationQuery.model_validate(given).request_of(asked.user_id)
    except ValidationError as invalid:
        usage.error("; ".join(f"{each.field}: {each.expected}" for each in mistakes(invalid.errors())))


def _show(answer: Answer, asked: argparse.Namespace, version: str) -> None:
    if asked.json:
        out.print_json(json.dumps(recommended(answer)))
        return
    known = "" if answer.user_known else " (unknown: what everybody likes)"
    drawn = Table(title=f"For {asked.user_id}{known}, by {version}", title_justify="left")
    for column in ("item", "probability", "reason", *(("why",) if asked.explain else ())):
        drawn.add_column(column)
    for each in answer.recommendations:
        why = (each.explanation.words,) if each.explanation else ()
        drawn.add_row(each.item_id, f"{each.score:.4f}", each.reason, *why)
    draw(drawn)
