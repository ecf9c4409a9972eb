from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from worlds import NOW, SHOP_CARD, TREE, ago, shop_model

from recommender.application.recommend import GivenEvent, Recommend, Request
from recommender.application.serving import Serving
from recommender.domain.events import EventType
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.wire import RecommendationAnswer, recommended

MODEL = shop_model()
SHOPPERS = ["ada", "bob", "cleo", "dan", "eve", "flo", "nobody"]


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    models, clock, numbers = FakeModelStore(), FixedClock(NOW), count()
    models.promote(models.publish(MODEL, SHOP_CARD, {}, NOW), None)
    app = create_app(
        Serving(models, FakeForgotten(), clock, JUST_BOUGHT), clock, lambda: f"answer-{next(numbers)}"
    )
    with TestClient(app) as client:
        yield client


def expected(request: Request, now: int = NOW) -> list[dict[str, object]]:
    return recommended(Recommend(MODEL)(request, now))


@pytest.mark.parametrize("user_id", SHOPPERS)
def test_get_and_post_answer_what_the_use_case_answers(client: TestClient, user_id: str) -> None:
    wanted = expected(Request(user_id=user_id))
    assert client.get(f"/recommend/{user_id}").json()["recommendations"] == wanted
    assert client.post("/recommend", json={"user_id": user_id}).json()["recommendations"] == wanted


def test_every_parameter_means_the_same_in_get_in_post_and_in_the_use_case(client: TestClient) -> None:
    request = Request(
        user_id="bob",
        events=(GivenEvent("hose", EventType.ADDTOCART, ago(minutes=1)), GivenEvent("phone-c")),
        n=3,
        at=ago(minutes=-1),
        goal="interaction",
        category="electronics",
        exclude=("rake", "laptop-b"),
        exclude_seen=True,
        exclude_bought=False,
        max_per_category=1,
        explain=True,
    )
    parameters: dict[str, Any] = {
        "session_id": "s-1",
        "n": 3,
        "at": ago(minutes=-1),
        "goal": "interaction",
        "category": "electronics",
        "exclude": ["rake", "laptop-b"],
        "exclude_seen": True,
        "exclude_bought": False,
        "max_per_category": 1,
        "explain": True,
    }
    cart = {"item_id": "hose", "type": "add_to_cart", "timestamp": "2015-05-07T11:59:00Z"}
    look = {"item_id": "phone-c", "type": "view"}
    body = parameters | {"user_id": "bob", "events": [cart, look]}
    query = parameters | {
        "events": [
            '{"item_id": "hose", "type": "add_to_cart", "timestamp": "2015-05-07T11:59:00Z"}',
            '{"item_id": "phone-c", "type": "view"}',
        ]
    }
    wanted = expected(request)
    assert [each["item_id"] for each in wanted] == ["cable", "laptop-a"]
    assert client.post("/recommend", json=body).json()["recommendations"] == wanted
    assert client.get("/recommend/bob", params=query).json()["recommendations"] == wanted


def test_the_answer_has_its_fields_in_order_and_is_as_documented(client: TestClient) -> None:
    answer = client.get("/recommend/ada").json()
    assert list(answer) == [
        "user_id",
        "user_known",
        "recommendations",
        "model_version",
        "recommendation_id",
    ]
    documented = RecommendationAnswer.model_validate(answer).model_dump(exclude_unset=True)
    assert documented == answer
    assert answer["user_id"] == "ada"
    assert answer["user_known"] is True
    assert answer["model_version"] == "20150507T120000Z-000000000000"
    assert len(answer["recommendations"]) == 5


def test_an_explained_answer_is_as_documented(client: TestClient) -> None:
    answer = client.get("/recommend/ada?explain=true").json()
    documented = RecommendationAnswer.model_validate(answer).model_dump(exclude_unset=True)
    assert documented == answer
    (first, *_) = answer["recommendations"]
    assert list(first) == ["item_id", "score", "reason", "explanation"]
    assert list(first["explanation"]) == ["words", "sources", "features", "other_features", "average"]
    assert first["explanation"]["sources"][0] == {"source": "own_items", "rank": 1}
    assert set(first["explanation"]["features"][0]) == {"feature", "value", "contribution"}


def test_without_a_wish_there_is_no_explanation(client: TestClient) -> None:
    for query in ("", "?explain=false"):
        answer = client.get(f"/recommend/ada{query}").json()
        assert {tuple(each) for each in answer["recommendations"]} == {("item_id", "score", "reason")}


def test_each_answer_has_an_id_of_its_own(client: TestClient) -> None:
    assert len({client.get("/recommend/ada").json()["recommendation_id"] for _ in range(3)}) == 3


def test_an_unknown_shopper_gets_what_is_popular_or_trending_and_is_no_error(client: TestClient) -> None:
    response = client.get("/recommend/nobody")
    answer = response.json()
    assert response.status_code == 200
    assert answer["user_known"] is False
    assert {each["reason"] for each in answer["recommendations"]} == {"popular", "trending"}


def test_a_guest_has_no_user_id_and_is_answered_by_what_they_do_now(client: TestClient) -> None:
    nothing = client.post("/recommend", json={}).json()
    assert (nothing["user_id"], nothing["user_known"]) == (None, False)
    here_now = {"session_id": "s-1", "events": [{"item_id": "seeds", "type": "add_to_cart"}], "n": 100}
    answer = client.post("/recommend", json=here_now).json()
    assert answer["user_id"] is None
    reasons = {each["item_id"]: each["reason"] for each in answer["recommendations"]}
    assert reasons["seeds"] == "in_cart"
    assert reasons["hose"] == "popular_in_category"


def test_unknown_items_among_the_events_are_ignored_and_listed(client: TestClient) -> None:
    events = [{"item_id": "teapot", "type": "view"}, {"item_id": "hose", "type": "view"}]
    answer = client.post("/recommend", json={"events": events}).json()
    assert list(answer)[-1] == "ignored_items"
    assert answer["ignored_items"] == ["teapot"]
    assert answer["recommendations"] == expected(Request(events=(GivenEvent("hose"),)))


def test_unknown_items_to_be_excluded_change_nothing(client: TestClient) -> None:
    answer = client.get("/recommend/ada?exclude=teapot").json()
    assert answer["recommendations"] == expected(Request(user_id="ada"))
    assert "ignored_items" not in answer


def test_exclude_may_be_repeated(client: TestClient) -> None:
    answer = client.get("/recommend/nobody?n=100&exclude=rake&exclude=hose").json()
    shown = {each["item_id"] for each in answer["recommendations"]}
    assert "seeds" in shown
    assert not shown & {"rake", "hose"}


def test_asking_for_more_than_there_is_gets_everything_that_may_be_shown(client: TestClient) -> None:
    assert len(client.get("/recommend/nobody?n=1").json()["recommendations"]) == 1
    everything = client.get("/recommend/nobody?n=100").json()["recommendations"]
    assert len(everything) == 11  # of twelve items one is sold out
    assert len({each["item_id"] for each in everything}) == 11


@pytest.mark.parametrize("category", TREE)
def test_a_category_limits_the_list_to_its_subtree(client: TestClient, category: str) -> None:
    answer = client.get("/recommend/ada", params={"category": category, "n": 100}).json()
    assert answer["recommendations"] == expected(Request(user_id="ada", category=category, n=100))
    assert answer["recommendations"]


def test_the_moment_is_the_clocks_unless_the_request_brings_one(client: TestClient) -> None:
    for at in (ago(days=3), ago(days=-60)):
        wanted = expected(Request(user_id="bob", at=at, n=100))
        assert wanted != expected(Request(user_id="bob", n=100))
        assert client.get("/recommend/bob", params={"at": at, "n": 100}).json()["recommendations"] == wanted


@pytest.mark.parametrize(
    "user_id",
    [
        "a/b",
        "/",
        "a//b/",
        "Zoë",
        "😀",
        "日本語",
        "a b",
        "a+b",
        "?n=1",
        "#",
        "100%",
        "x" * 64,
        "😀" * 64,
    ],
)
def test_any_id_can_stand_in_a_path_when_it_is_percent_encoded(client: TestClient, user_id: str) -> None:
    for path in ("/recommend/", "/users/"):
        response = client.get(path + quote(user_id, safe=""))
        assert response.status_code == 200
        assert response.json()["user_id"] == user_id


def test_an_integer_and_its_digits_are_the_same_shopper(client: TestClient) -> None:
    assert client.post("/recommend", json={"user_id": 15}).json()["user_id"] == "15"
    assert client.post("/recommend", json={"user_id": "015"}).json()["user_id"] == "015"
