"""Requests made up from the OpenAPI document, valid and invalid: no fault, and nothing but what it says.

RECOMMENDER_FUZZ says how many: few by default, `make fuzz` asks for more.
"""

from __future__ import annotations

import os
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from integration.conftest import TrainedShop
from integration.servers import serving
from requests import Session
from schemathesis import Case, GenerationMode, Response
from schemathesis.checks import CheckFunction
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    ignored_auth,
    negative_data_rejection,
    positive_data_acceptance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from recommender.entrypoints.http.protocol import LARGEST_HEAD

pytestmark = pytest.mark.enable_socket

AnyCase = Case[Any]
CASES = int(os.environ.get("RECOMMENDER_FUZZ", "500"))
KEY = "read-and-write-0123456789"

NO_ROUTE = (400, 431)
"""What a request gets whose URL is too long to be read, of which no route ever hears."""

UNSAID = re.compile(r"(body\.)?(goal|category|at|events\[\d+\](\.timestamp)?|(\[\d+\]\.)?timestamp)")
"""What a schema cannot say: which goals and categories there are, when in words is before 1973, and now."""


@pytest.fixture(scope="module")
def schema(trained_shop: TrainedShop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenApiSchema]:
    storage = tmp_path_factory.mktemp("fuzz") / "shop"
    shutil.copytree(trained_shop.storage, storage)  # events are stored in it
    with serving(storage, api_keys=f"read+write:{KEY}") as (port, _):
        yield schemathesis.openapi.from_url(f"http://127.0.0.1:{port}/openapi.json")


def excused(case: AnyCase, response: Response) -> list[CheckFunction]:
    """Checks that ask for more than the document can say, and the one that would send our key, too."""
    checks: list[CheckFunction] = [ignored_auth]
    if response.status_code == 422 and all(
        UNSAID.fullmatch(each["field"])
        or each.get("given", "").endswith(".0")  # to a schema 5.0 is an integer
        for each in response.json()["errors"]
    ):
        checks.append(positive_data_acceptance)
    if response.status_code == 413:  # refused is refused
        checks.append(negative_data_rejection)
    # Each event stands or falls alone.
    if case.path == "/events" and response.status_code == 200 and response.json()["refused"]:
        checks.append(negative_data_rejection)
    # In a path and in lists of a query everything is text, and one text is a list: no id becomes the id "{}".
    excluded = (case.query or {}).get("exclude", [])
    if case.path_parameters or not is_list_of_texts(excluded):
        checks.append(negative_data_rejection)
    return checks


def is_list_of_texts(given: object) -> bool:
    return isinstance(given, list) and all(isinstance(each, str) for each in given)


@pytest.fixture
def session() -> Iterator[Session]:
    """Connections that are closed in the end."""
    with Session() as session:
        yield session


def test_no_request_whatever_is_a_fault_or_gets_what_is_not_documented(
    schema: OpenApiSchema, session: Session
) -> None:
    operations = [each.ok() for each in schema.get_all_operations() if isinstance(each, Ok)]
    asking = [each for each in operations if each.query or each.path_parameters or each.body]
    seen: Counter[int] = Counter()

    for operation in operations:
        for mode in GenerationMode if operation in asking else [GenerationMode.POSITIVE]:

            @settings(
                max_examples=-(-CASES // (2 * len(asking))),
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                phases=[Phase.generate, Phase.shrink],
            )
            @given(operation.as_strategy(generation_mode=mode))
            def answered_as_documented(case: AnyCase) -> None:
                response = case.call(headers={"X-API-Key": KEY}, session=session)
                seen[response.status_code] += 1
                if response.status_code in NO_ROUTE and len(response.request.url or "") > LARGEST_HEAD:
                    return
                case.validate_response(response, excluded_checks=excused(case, response))

            answered_as_documented()

    assert sum(seen.values()) >= CASES
    assert {200, 422} <= set(seen)
    assert all(status < 500 for status in seen)
