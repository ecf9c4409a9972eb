"""docs/bad-input.md is made from the tables of the tests: `make docs` writes it, and a test compares it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from unit.adapters.test_tables_malformed import BAD_CATEGORIES, BAD_EVENTS, BAD_PROPERTIES, WRONG_FILES
from unit.entrypoints.test_http_events import BAD_LIVE_EVENTS, NO_EVENTS, World
from unit.entrypoints.test_http_item_lists import BAD_BASKETS, BAD_LISTS
from unit.entrypoints.test_http_refusals import BAD_BODIES, BAD_QUERIES, JSON

PAGE = Path(__file__).parents[2] / "docs" / "bad-input.md"
LONGEST = 90

HEADING = """# What bad input gives

Every line is a test. Refused **rows** are counted, reported with file, line and reason, and kept below
`rejects/`; the other rows are imported. A **file** that is not what it was given as is refused whole, before
anything of the import is stored. Refused **requests** are answered with 422 and every field that is at fault;
the first is shown.
"""


def page() -> str:
    """The whole page."""
    with TestClient(World().app) as client:
        queries = _queries(client, "/recommend/ada", BAD_QUERIES)
        lists = _queries(client, "/popular", BAD_LISTS)
        baskets = _bodies(client, "/bought-together", BAD_BASKETS)
        return "\n".join(
            [
                HEADING,
                *_section("Files given as events", WRONG_FILES),
                *_section("Rows of events", BAD_EVENTS),
                *_section("Rows of item properties", BAD_PROPERTIES),
                *_section("Rows of the category tree, after the row `1,2`", BAD_CATEGORIES),
                *_section("Parameters of `GET /recommend/{user_id}`", queries),
                *_section("Bodies of `POST /recommend`", _bodies(client, "/recommend", BAD_BODIES)),
                *_section("Events of `POST /events`", _bodies(client, "/events", BAD_LIVE_EVENTS)),
                *_section("Bodies of `POST /events`", _texts(client, "/events", NO_EVENTS)),
                *_section("Parameters of `GET /popular`", lists),
                *_section("Bodies of `POST /bought-together`", baskets),
            ]
        )


Row = tuple[str, object, str]


def _queries(client: TestClient, path: str, rows: Iterable[Sequence[object]]) -> Iterator[Row]:
    for query, *_ in rows:
        yield _code(str(query)), None, client.get(f"{path}?{query}").json()["detail"]


def _bodies(client: TestClient, path: str, rows: Iterable[Sequence[object]]) -> Iterator[Row]:
    return _texts(client, path, ((json.dumps(body).encode(),) for body, *_ in rows))


def _texts(client: TestClient, path: str, rows: Iterable[Sequence[Any]]) -> Iterator[Row]:
    for text, *_ in rows:
        yield _code(text.decode()), None, client.post(path, content=text, headers=JSON).json()["detail"]


def _section(title: str, rows: Iterable[Row]) -> list[str]:
    return [
        f"## {title}\n",
        "| given | answer |",
        "|---|---|",
        *(f"| {given} | {_cell(answer)} |" for given, _, answer in rows),
        "",
    ]


def _code(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"`{_cell(short)}`" if short else "nothing"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("\ufffd", "?")


def test_the_page_is_that_of_the_tests() -> None:
    assert PAGE.read_text() == page()


if __name__ == "__main__":
    PAGE.write_text(page())
