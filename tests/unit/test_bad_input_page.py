"""docs/bad-input.md is made from the tables of the tests: `make docs` writes it, and a test compares it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from fastapi.testclient import TestClient
from unit.adapters.test_tables_malformed import BAD_CATEGORIES, BAD_EVENTS, BAD_PROPERTIES, WRONG_FILES
from unit.entrypoints.test_http_documents import shop_app
from unit.entrypoints.test_http_refusals import BAD_BODIES, BAD_QUERIES, JSON

PAGE = Path(__file__).parents[2] / "docs" / "bad-input.md"
LONGEST = 60

HEADING = """# What bad input gives

Every line is a test. Refused **rows** are counted, reported with file, line and reason, and kept below
`rejects/`; the other rows are imported. A **file** that is not what it was given as is refused whole, before
anything of the import is stored. Refused **requests** are answered with 422 and every field that is at fault;
the first is shown.
"""


def page() -> str:
    """The whole page."""
    with TestClient(shop_app()) as client:
        return "\n".join(
            [
                HEADING,
                *_section("Files given as events", WRONG_FILES),
                *_section("Rows of events", BAD_EVENTS),
                *_section("Rows of item properties", BAD_PROPERTIES),
                *_section("Rows of the category tree, after the row `1,2`", BAD_CATEGORIES),
                *_section("Parameters of `GET /recommend/{user_id}`", _queries(client)),
                *_section("Bodies of `POST /recommend`", _bodies(client)),
            ]
        )


def _queries(client: TestClient) -> Iterator[tuple[str, object, str]]:
    for query, _ in BAD_QUERIES:
        yield _code(query), None, client.get(f"/recommend/ada?{query}").json()["detail"]


def _bodies(client: TestClient) -> Iterator[tuple[str, object, str]]:
    for body, _ in BAD_BODIES:
        text = json.dumps(body)
        yield _code(text), None, client.post("/recommend", content=text, headers=JSON).json()["detail"]


def _section(title: str, rows: Iterable[tuple[str, object, str]]) -> list[str]:
    return [
        f"## {title}\n",
        "| given | answer |",
        "|---|---|",
        *(f"| {given} | {_cell(answer)} |" for given, _, answer in rows),
        "",
    ]


def _code(text: str) -> str:
    short = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"`{_cell(short)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").replace("\ufffd", "?")


def test_the_page_is_that_of_the_tests() -> None:
    assert PAGE.read_text() == page()


if __name__ == "__main__":
    PAGE.write_text(page())
