from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from services import shop_app

from recommender.entrypoints.http import notes
from recommender.entrypoints.http.access_log import UNMATCHED
from recommender.entrypoints.logs import JsonLines


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(shop_app()) as client:
        yield client


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.handler.setFormatter(JsonLines())
    caplog.set_level(logging.INFO)
    return caplog


def logged(lines: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    """What requests have logged; lines of the client's own library left out."""
    found = [json.loads(line) for line in lines.text.splitlines()]
    return [each for each in found if each["logger"].startswith("recommender")]


@pytest.mark.parametrize("name", ["a", "0b9f6d0e", "a.b:c/d+e=f@g-h_i", "x" * 128])
def test_a_request_keeps_the_name_it_brings(client: TestClient, name: str) -> None:
    assert client.get("/livez", headers={"X-Request-ID": name}).headers["x-request-id"] == name


@pytest.mark.parametrize("name", ["", " ", "a b", "x" * 129, "a\tb", '"', "{}", "a,b", "\x7f", "ä"])
def test_a_name_that_is_not_fit_for_a_log_is_replaced(client: TestClient, name: str) -> None:
    given = client.get("/livez", headers={b"X-Request-ID": name.encode()}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", given)


def test_requests_without_a_name_get_different_ones(client: TestClient) -> None:
    names = {client.get("/livez").headers["x-request-id"] for _ in range(10)}
    assert len(names) == 10


def test_a_request_is_one_line_that_says_how_it_went(
    client: TestClient, lines: pytest.LogCaptureFixture
) -> None:
    assert client.get("/recommend/a%2Fb?n=0").status_code == 422
    response = client.get("/recommend/nobody?n=3", headers={"X-Request-ID": "r-2"})
    refused, line = logged(lines)
    assert line.pop("duration_ms") >= 0
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {
        "level": "info",
        "logger": "recommender.access",
        "message": "request",
        "request_id": "r-2",
        "method": "GET",
        "route": "/recommend/{user_id}",
        "path": "/recommend/nobody",
        "status": 200,
        "bytes": len(response.content),
        "model_version": "20150507T120000Z-000000000000",
        "n": 3,
        "fallback": True,
        "recommendation_id": "20150507T120000Z-000000000000.an id",
    }
    assert (refused["status"], refused["path"]) == (422, "/recommend/a%2Fb")
    assert "n" not in refused


def test_a_shopper_who_is_known_or_brings_events_is_no_fallback(
    client: TestClient, lines: pytest.LogCaptureFixture
) -> None:
    client.get("/recommend/ada")
    client.post("/recommend", json={"events": [{"item_id": "hose", "type": "view"}]})
    client.post("/recommend", json={"events": [{"item_id": "teapot", "type": "view"}]})
    assert [each["fallback"] for each in logged(lines)] == [False, False, True]


def test_neither_query_nor_body_nor_header_is_logged(
    client: TestClient, lines: pytest.LogCaptureFixture
) -> None:
    client.get("/recommend/ada?exclude=secret&key=secret", headers={"Authorization": "Bearer secret"})
    client.post("/recommend", json={"exclude": ["secret"]}, headers={"X-API-Key": "secret"})
    client.post("/recommend", json={"secret": "secret"})
    assert len(logged(lines)) == 3
    assert "secret" not in str(logged(lines))


def test_paths_that_are_not_there_share_a_route_and_long_ones_are_cut(
    client: TestClient, lines: pytest.LogCaptureFixture
) -> None:
    client.get("/nothing")
    client.get(f"/{'x' * 5000}")
    assert {each["route"] for each in logged(lines)} == {UNMATCHED}
    assert max(len(each["path"]) for each in logged(lines)) < 300


def divide_by_zero() -> str:
    raise ZeroDivisionError("a secret")


def test_a_fault_is_logged_with_its_traceback_under_the_name_of_the_request(
    lines: pytest.LogCaptureFixture,
) -> None:
    with TestClient(shop_app(new_id=divide_by_zero)) as client:
        response = client.get("/recommend/ada", headers={"X-Request-ID": "r-9"})
    assert response.status_code == 500
    assert response.headers["x-request-id"] == "r-9"
    fault, line = logged(lines)[-2:]
    assert (fault["level"], fault["request_id"]) == ("error", "r-9")
    assert "ZeroDivisionError: a secret" in fault["exception"]
    assert (line["level"], line["status"]) == ("warning", 500)


def test_what_is_noted_outside_of_a_request_is_lost() -> None:
    notes.note(n=1)
    assert notes.begin() == {}
    notes.note(n=2)
