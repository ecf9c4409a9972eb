from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from worlds import NOW, SHOP_CARD, shop_model

from recommender.application.serving import Serving
from recommender.domain import errors
from recommender.domain.errors import RecommenderError
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.body_limit import LARGEST_BODY
from recommender.entrypoints.http.problems import MOST_MISTAKES, STATUS
from recommender.entrypoints.wire import RecommendationBody, RecommendationQuery

JSON = {"content-type": "application/json"}
VIEW = {"item_id": "hose", "type": "view"}


def shop_client(new_id: Callable[[], str]) -> TestClient:
    models, clock = FakeModelStore(), FixedClock(NOW)
    models.promote(models.publish(shop_model(), SHOP_CARD, {}, NOW), None)
    app = create_app(Serving(models, FakeForgotten(), clock, JUST_BOUGHT), clock, new_id)
    return TestClient(app, raise_server_exceptions=False)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with shop_client(lambda: "an id") as client:
        yield client


def assert_problem(response: Any, status: int) -> dict[str, Any]:  # noqa: ANN401 - of the client's library
    """The response is a problem document with this status."""
    document: dict[str, Any] = response.json()
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert document["type"] == "about:blank"
    assert document["title"] == HTTPStatus(status).phrase
    assert document["status"] == status
    assert document["detail"]
    return document


BAD_QUERIES = [
    ("n=0", "n"),
    ("n=101", "n"),
    ("n=-1", "n"),
    ("n=", "n"),
    ("n=five", "n"),
    ("n=5.5", "n"),
    ("n=99999999999999999999999", "n"),
    ("at=", "at"),
    ("at=yesterday", "at"),
    ("at=2015-05-07T12:00:00", "at"),
    ("at=2015-05-07T12:00:00+02:00", "at"),  # an unencoded plus is a space
    ("at=1431000000", "at"),
    ("at=1431000000000000000", "at"),
    ("at=1.431e12", "at"),
    ("goal=", "goal"),
    ("goal=clicks", "goal"),
    ("category=", "category"),
    ("category=teapots", "category"),
    (f"category={'c' * 65}", "category"),
    ("exclude=", "exclude[0]"),
    ("exclude=rake&exclude=%00", "exclude[1]"),
    ("exclude_seen=maybe", "exclude_seen"),
    ("exclude_bought=2", "exclude_bought"),
    ("max_per_category=0", "max_per_category"),
    ("max_per_category=-1", "max_per_category"),
    ("max_per_category=101", "max_per_category"),
    ("max_per_category=", "max_per_category"),
    ("max_per_category=x", "max_per_category"),
    ("max_per_category=1.5", "max_per_category"),
    ("max_per_category=null", "max_per_category"),
    ("session_id=", "session_id"),
    ("events=hose", "events[0]"),
    ("events=[]", "events[0]"),
    ("events=5", "events[0]"),
    ("events={}", "events[0].item_id"),
    ('events={"item_id":"hose","type":"look"}', "events[0].type"),
    (f"events={'[' * 5000}", "events[0]"),
    ("explain=why", "explain"),
    ("user_id=bob", "user_id"),
    ("N=5", "N"),
]


@pytest.mark.parametrize(("query", "field"), BAD_QUERIES)
def test_a_bad_parameter_is_refused_by_name(client: TestClient, query: str, field: str) -> None:
    problem = assert_problem(client.get(f"/recommend/ada?{query}"), 422)
    assert field in [each["field"] for each in problem["errors"]]
    assert problem["detail"].startswith(f"{problem['errors'][0]['field']}: ")


BAD_BODIES: list[tuple[object, str]] = [
    ([], "body"),
    ("ada", "body"),
    (None, "body"),
    ({"user_id": ""}, "user_id"),
    ({"user_id": "x" * 65}, "user_id"),
    ({"user_id": "a\nb"}, "user_id"),
    ({"user_id": True}, "user_id"),
    ({"user_id": 1.5}, "user_id"),
    ({"user_id": ["ada"]}, "user_id"),
    ({"user_id": "\ud800"}, "user_id"),
    ({"session_id": {}}, "session_id"),
    ({"n": 0}, "n"),
    ({"n": 101}, "n"),
    ({"n": "5"}, "n"),
    ({"n": 5.0}, "n"),
    ({"n": True}, "n"),
    ({"n": None}, "n"),
    ({"n": float("nan")}, "n"),
    ({"at": 1431000000}, "at"),
    ({"at": float("inf")}, "at"),
    ({"at": True}, "at"),
    ({"at": "2015-05-07"}, "at"),
    ({"at": 10**20}, "at"),
    ({"goal": 1}, "goal"),
    ({"goal": "clicks"}, "goal"),
    ({"goal": "g" * 65}, "goal"),
    ({"category": "teapots"}, "category"),
    ({"category": False}, "category"),
    ({"exclude": "rake"}, "exclude"),
    ({"exclude": ["rake", None]}, "exclude[1]"),
    ({"exclude": [1] * 1001}, "exclude"),
    ({"exclude_seen": "true"}, "exclude_seen"),
    ({"exclude_bought": 1}, "exclude_bought"),
    ({"explain": "true"}, "explain"),
    ({"explain": 1}, "explain"),
    ({"max_per_category": 0}, "max_per_category"),
    ({"max_per_category": -1}, "max_per_category"),
    ({"max_per_category": 101}, "max_per_category"),
    ({"max_per_category": "x"}, "max_per_category"),
    ({"max_per_category": "2"}, "max_per_category"),
    ({"max_per_category": 1.5}, "max_per_category"),
    ({"max_per_category": True}, "max_per_category"),
    ({"max_per_category": [2]}, "max_per_category"),
    ({"events": VIEW}, "events"),
    ({"events": [VIEW, "hose"]}, "events[1]"),
    ({"events": [{"type": "view"}]}, "events[0].item_id"),
    ({"events": [{"item_id": "hose"}]}, "events[0].type"),
    ({"events": [VIEW | {"type": "look"}]}, "events[0].type"),
    ({"events": [VIEW | {"type": 0}]}, "events[0].type"),
    ({"events": [VIEW | {"item_id": ""}]}, "events[0].item_id"),
    ({"events": [VIEW | {"timestamp": 5}]}, "events[0].timestamp"),
    ({"events": [VIEW | {"time": NOW}]}, "events[0].time"),
    ({"events": [VIEW] * 501}, "events"),
    ({"userid": "ada"}, "userid"),
    ({"\ud800": 1}, "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_BODIES)
def test_a_bad_body_is_refused_by_its_field(client: TestClient, body: object, field: str) -> None:
    response = client.post("/recommend", content=json.dumps(body), headers=JSON)
    problem = assert_problem(response, 422)
    assert [each["field"] for each in problem["errors"]] == [field]
    assert problem["errors"][0]["expected"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"{'n': 5}", b"\xff", b'{"user_id": "\xff"}', b"[" * 60_000, b'{"n": %s}' % (b"9" * 5000)],
)
def test_what_is_no_json_is_refused(client: TestClient, content: bytes) -> None:
    problem = assert_problem(client.post("/recommend", content=content, headers=JSON), 422)
    assert [each["field"] for each in problem["errors"]] == ["body"]


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/x-www-form-urlencoded"}])
def test_json_that_is_not_said_to_be_json_is_refused_with_the_header_to_send(
    client: TestClient, headers: dict[str, str]
) -> None:
    problem = assert_problem(client.post("/recommend", content=b"{}", headers=headers), 422)
    assert "content-type: application/json" in problem["detail"]


@pytest.mark.parametrize(
    "path",
    [
        "/recommend/",
        f"/recommend/{'x' * 65}",
        "/recommend/%00",
        "/recommend/ada%0A",
        "/recommend/%0Aada",
        "/users/",
        "/users/%0A",
        "/users/ada%0A",
        "/similar/",
        "/similar/hose%0A",
        "/bought-together/%0Ahose",
    ],
)
def test_what_is_no_id_in_a_path_is_refused(client: TestClient, path: str) -> None:
    problem = assert_problem(client.get(path), 422)
    of_a_user = path.startswith(("/recommend/", "/users/"))
    assert [each["field"] for each in problem["errors"]] == ["user_id" if of_a_user else "item_id"]


def test_parameters_that_a_route_does_not_have_are_refused_by_name(client: TestClient) -> None:
    for response in (client.post("/recommend?n=5", json={}), client.get("/users/ada?n=5")):
        assert [each["field"] for each in assert_problem(response, 422)["errors"]] == ["n"]


def test_all_mistakes_are_named_at_once_but_not_hundreds(client: TestClient) -> None:
    three = assert_problem(client.get("/recommend/ada?n=0&at=1&x=1"), 422)
    assert [each["field"] for each in three["errors"]] == ["n", "at", "x"]
    assert three["detail"].endswith("(and 2 more)")
    many = assert_problem(client.post("/recommend", json={"exclude": [None] * 500}), 422)
    assert len(many["errors"]) == MOST_MISTAKES
    assert many["detail"].endswith("(and 499 more)")


def test_a_path_that_does_not_exist_is_404_and_a_method_405_with_those_allowed(client: TestClient) -> None:
    assert_problem(client.get("/similar"), 404)
    assert_problem(client.get("/"), 404)
    response = client.get("/recommend")
    assert_problem(response, 405)
    assert response.headers["allow"] == "POST"


def padded(size: int) -> bytes:
    return b"{}" + b" " * (size - 2)


def test_a_body_of_the_largest_size_is_read_and_one_byte_more_refused(client: TestClient) -> None:
    assert client.post("/recommend", content=padded(LARGEST_BODY), headers=JSON).status_code == 200
    problem = assert_problem(client.post("/recommend", content=padded(LARGEST_BODY + 1), headers=JSON), 413)
    assert str(LARGEST_BODY) in problem["detail"]


def test_the_size_that_arrives_counts_when_none_is_announced(client: TestClient) -> None:
    def chunks(size: int) -> Iterator[bytes]:
        whole = padded(size)
        yield from (whole[start : start + 1000] for start in range(0, size, 1000))

    assert client.post("/recommend", content=chunks(LARGEST_BODY), headers=JSON).status_code == 200
    assert_problem(client.post("/recommend", content=chunks(LARGEST_BODY + 1), headers=JSON), 413)


def leaves(root: type[RecommenderError]) -> set[type[RecommenderError]]:
    below = root.__subclasses__()
    return set().union(*map(leaves, below)) if below else {root}


def test_every_error_of_the_tree_has_a_status() -> None:
    assert set(STATUS) == {each for each in leaves(RecommenderError) if each.__module__ == errors.__name__}


def divide_by_zero() -> str:
    raise ZeroDivisionError("a secret")


def out_of_place() -> str:
    raise errors.NotEnoughData


@pytest.mark.parametrize("broken", [divide_by_zero, out_of_place])
def test_a_fault_of_the_program_is_a_500_without_its_details(broken: Callable[[], str]) -> None:
    with shop_client(broken) as client:
        response = client.get("/recommend/ada")
    problem = assert_problem(response, 500)
    assert "errors" not in problem
    assert "secret" not in response.text


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
EVENT_LIKE = st.fixed_dictionaries(
    {},
    optional={
        "item_id": ANY_JSON,
        "type": st.sampled_from(["view", "purchase"]) | ANY_JSON,
        "timestamp": ANY_JSON,
    },
)
BODY_LIKE = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(RecommendationBody.model_fields, ANY_JSON)
    | {"events": st.lists(EVENT_LIKE, max_size=3), "n": st.integers(-1, 102), "at": st.integers(0, 10**15)},
)


@given(ANY_JSON | BODY_LIKE)
def test_no_json_whatever_is_a_fault_of_the_service(client: TestClient, body: object) -> None:
    response = client.post("/recommend", content=json.dumps(body), headers=JSON)
    if response.status_code != 200:
        assert assert_problem(response, 422)["errors"]


@given(st.text(min_size=1), st.dictionaries(st.sampled_from([*RecommendationQuery.model_fields]), st.text()))
def test_no_path_or_query_whatever_is_a_fault_of_the_service(
    client: TestClient, user_id: str, query: dict[str, str]
) -> None:
    response = client.get(f"/recommend/x{quote(user_id, safe='', errors='replace')}", params=query)
    if response.status_code != 200:
        assert assert_problem(response, 422)["errors"]
