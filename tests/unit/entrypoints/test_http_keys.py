from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.testclient import TestClient
from services import shop_app

from recommender.application.keys import Scope, parse_keys
from recommender.entrypoints.http.app import Edge
from recommender.entrypoints.http.authorization import refusals, requiring
from recommender.entrypoints.http.problems import answer_with_problems

READ, WRITE, BOTH = "r" * 20, "w" * 20, "b" * 20
KEYS = parse_keys(f"read:{READ},write:{WRITE},read+write:{BOTH}")
OPEN = ["/recommend/ada", "/livez", "/readyz", "/health", "/metrics", "/docs", "/openapi.json"]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(shop_app(Edge(keys=KEYS))) as client:
        yield client


def assert_refused(response: Any, status: int, why: str) -> None:  # noqa: ANN401 - of the client's library
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert why in response.json()["detail"]
    assert response.headers.get("www-authenticate") == (
        'Bearer realm="recommender"' if status == 401 else None
    )


@pytest.mark.parametrize("key", [READ, BOTH])
@pytest.mark.parametrize("header", ["Authorization: Bearer ", "authorization: bearer ", "X-API-Key: "])
def test_a_key_that_may_read_opens_what_is_known_of_shoppers(
    client: TestClient, key: str, header: str
) -> None:
    name, _, scheme = header.partition(": ")
    assert client.get("/users/ada", headers={name: f"{scheme}{key}"}).json()["user_known"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": READ},
        {"Authorization": f"Basic {READ}"},
        {"Cookie": READ},
    ],
)
def test_without_a_key_it_says_how_to_send_one(client: TestClient, headers: dict[str, str]) -> None:
    assert_refused(client.get("/users/ada", headers=headers), 401, "Authorization: Bearer KEY")


@pytest.mark.parametrize("key", ["wrong", READ[:-1], f"{READ}r", "ä"])
def test_a_wrong_key_is_refused_and_not_repeated(client: TestClient, key: str) -> None:
    for headers in ({b"Authorization": f"Bearer {key}".encode()}, {b"X-API-Key": key.encode()}):
        response = client.get("/users/ada", headers=headers)
        assert_refused(response, 401, "No such key")
        assert key not in response.text


def test_a_key_of_another_scope_is_forbidden(client: TestClient) -> None:
    response = client.get("/users/ada", headers={"X-API-Key": WRITE})
    assert_refused(response, 403, "`read`")


def test_who_has_no_key_learns_nothing_of_parameters(client: TestClient) -> None:
    assert client.get("/users/ada?limit=0").status_code == 401
    assert client.get("/users/ada?limit=0", headers={"X-API-Key": READ}).status_code == 422


@pytest.mark.parametrize("path", OPEN)
def test_what_pages_and_probes_ask_needs_no_key(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 200
    assert client.get(path, headers={"X-API-Key": "wrong"}).status_code == 200


def test_without_keys_everything_is_open_and_openapi_speaks_of_none() -> None:
    with TestClient(shop_app()) as client:
        assert client.get("/users/ada").status_code == 200
        document = client.get("/openapi.json").json()
    assert "securitySchemes" not in document["components"]
    assert "401" not in document["paths"]["/users/{user_id}"]["get"]["responses"]


def test_openapi_wants_a_key_where_one_is_wanted_and_nowhere_else(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert set(document["components"]["securitySchemes"]) == {"Bearer", "X-API-Key"}
    secured = {
        path: each["security"]
        for path, operations in document["paths"].items()
        for each in operations.values()
        if "security" in each
    }
    wanted: list[dict[str, list[str]]] = [{"Bearer": []}, {"X-API-Key": []}]
    assert secured == {"/users/{user_id}": wanted, "/attribution": wanted}
    assert {"401", "403"} <= set(document["paths"]["/users/{user_id}"]["get"]["responses"])


def test_another_route_asks_for_its_scope_in_the_same_way() -> None:
    app = FastAPI()
    answer_with_problems(app)
    router = APIRouter(dependencies=requiring(KEYS, Scope.WRITE), responses={**refusals(KEYS)})

    @router.post("/notes")
    async def take() -> str:
        return "taken"

    app.include_router(router)
    client = TestClient(app)
    assert client.post("/notes", headers={"X-API-Key": WRITE}).json() == "taken"
    assert_refused(client.post("/notes", headers={"X-API-Key": READ}), 403, "`write`")
