from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any, get_args
from urllib.parse import quote

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from unit.entrypoints.test_http_refusals import assert_problem
from worlds import NOW, SHOP_CARD, shop_model

from recommender.application.item_lists import ItemLists, ListRequest
from recommender.application.serving import Serving
from recommender.domain.popularity import Window
from recommender.domain.retrieval.trending import TRENDS
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.item_lists import BasketAnswer, ItemListAnswer
from recommender.entrypoints.http.parameters import PopularParameters, TrendingParameters
from recommender.entrypoints.wire import recommended

MODEL = shop_model()
LISTS = ItemLists(MODEL.index)
GETS = ("/similar/phone-a", "/bought-together/phone-a", "/popular", "/trending")
WISHES: dict[str, Any] = {
    "n": 3,
    "category": "electronics",
    "exclude": ["phone-b", "teapot"],
    "max_per_category": 1,
}
WISHED = ListRequest(3, ("phone-b", "teapot"), "electronics", 1)


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    models, clock, numbers = FakeModelStore(), FixedClock(NOW), count()
    models.promote(models.publish(MODEL, SHOP_CARD, {}, NOW), None)
    serving = Serving(models, FakeForgotten(), clock, JUST_BOUGHT)
    with TestClient(create_app(serving, clock, lambda: f"answer-{next(numbers)}")) as client:
        yield client


def listed(
    client: TestClient, path: str, parameters: dict[str, Any] | None = None
) -> list[dict[str, object]]:
    response = client.get(path, params=parameters)
    assert response.status_code == 200
    found: list[dict[str, object]] = response.json()["recommendations"]
    return found


def test_lists_are_those_of_the_use_case(client: TestClient) -> None:
    plain = ListRequest()
    assert listed(client, "/similar/phone-a") == recommended(LISTS.similar("phone-a", plain))
    assert listed(client, "/bought-together/phone-a") == recommended(LISTS.bought_with("phone-a", plain))
    assert listed(client, "/popular") == recommended(LISTS.popular(Window.WEEK, plain))
    assert listed(client, "/trending") == recommended(LISTS.trending(Window.DAY, plain))


def test_every_parameter_means_what_it_means_to_the_use_case(client: TestClient) -> None:
    assert listed(client, "/similar/phone-a", WISHES) == recommended(LISTS.similar("phone-a", WISHED))
    assert listed(client, "/popular", WISHES) == recommended(LISTS.popular(Window.WEEK, WISHED))
    together = recommended(LISTS.bought_together(["phone-a"], WISHED))
    assert listed(client, "/bought-together/phone-a", WISHES) == together
    posted = client.post("/bought-together", json={"items": ["phone-a"], **WISHES})
    assert posted.json()["recommendations"] == together


@pytest.mark.parametrize("window", Window)
def test_each_window_has_a_list_of_its_own(client: TestClient, window: Window) -> None:
    assert listed(client, "/popular", {"window": window.wire}) == recommended(
        LISTS.popular(window, ListRequest())
    )
    if window in TRENDS:
        wanted = recommended(LISTS.trending(window, ListRequest()))
        assert listed(client, "/trending", {"window": window.wire}) == wanted


def test_the_windows_that_may_be_asked_for_are_those_that_the_model_knows() -> None:
    asked = {
        kind: get_args(kind.model_fields["window"].annotation)
        for kind in (PopularParameters, TrendingParameters)
    }
    assert asked[PopularParameters] == tuple(each.wire for each in Window)
    assert asked[TrendingParameters] == tuple(each.wire for each in TRENDS)


@pytest.mark.parametrize("path", GETS)
def test_an_answer_has_its_fields_in_order_and_an_id_of_its_own(client: TestClient, path: str) -> None:
    answers = [client.get(path).json() for _ in range(2)]
    for answer in answers:
        assert list(answer) == ["recommendations", "model_version", "recommendation_id"]
        assert ItemListAnswer.model_validate(answer).model_dump() == answer
    assert answers[0]["recommendation_id"] != answers[1]["recommendation_id"]


@pytest.mark.parametrize("item", ["teapot", "a/b", "Zoë", "%", "phone-a "])
def test_an_item_that_the_shop_does_not_have_is_not_found(client: TestClient, item: str) -> None:
    for path in ("/similar/", "/bought-together/"):
        problem = assert_problem(client.get(path + quote(item, safe="")), 404)
        assert problem["detail"] == f"There is no item {item!r}."


def test_unknown_items_of_a_basket_are_listed(client: TestClient) -> None:
    answer = client.post("/bought-together", json={"items": ["rake", 15]}).json()
    assert answer["ignored_items"] == ["15"]
    assert BasketAnswer.model_validate(answer).model_dump() == answer
    assert "ignored_items" not in client.post("/bought-together", json={"items": ["rake"]}).json()


BAD_LISTS = [
    ("n=0", "n"),
    ("n=101", "n"),
    ("n=x", "n"),
    ("category=teapots", "category"),
    ("category=", "category"),
    ("exclude=", "exclude[0]"),
    ("max_per_category=0", "max_per_category"),
    ("max_per_category=many", "max_per_category"),
    ("window=year", "window"),
    ("window=", "window"),
    ("window=DAY", "window"),
    ("at=2015-05-07T12:00:00Z", "at"),
    ("exclude_seen=true", "exclude_seen"),
    ("explain=true", "explain"),
    ("N=5", "N"),
]


@pytest.mark.parametrize(("query", "field"), BAD_LISTS)
@pytest.mark.parametrize("path", GETS)
def test_a_bad_parameter_is_refused_by_name(client: TestClient, path: str, query: str, field: str) -> None:
    problem = assert_problem(client.get(f"{path}?{query}"), 422)
    assert [each["field"] for each in problem["errors"]] == [field]


def test_months_are_popular_and_do_not_trend(client: TestClient) -> None:
    assert client.get("/popular?window=month").status_code == 200
    problem = assert_problem(client.get("/trending?window=month"), 422)
    assert problem["detail"] == "window: expected 'day' or 'week'"


BAD_BASKETS: list[tuple[object, str]] = [
    ({}, "items"),
    ({"items": []}, "items"),
    ({"items": ["rake"] * 101}, "items"),
    ({"items": "rake"}, "items"),
    ({"items": {"rake": 1}}, "items"),
    ({"items": ["rake", ""]}, "items[1]"),
    ({"items": ["rake", None]}, "items[1]"),
    ({"items": [["rake"]]}, "items[0]"),
    ({"items": ["rake"], "n": "5"}, "n"),
    ({"items": ["rake"], "n": 0}, "n"),
    ({"items": ["rake"], "category": "teapots"}, "category"),
    ({"items": ["rake"], "exclude": ["a", 1.5]}, "exclude[1]"),
    ({"items": ["rake"], "max_per_category": True}, "max_per_category"),
    ({"items": ["rake"], "window": "day"}, "window"),
    ([], "body"),
]


@pytest.mark.parametrize(("body", "field"), BAD_BASKETS)
def test_a_bad_basket_is_refused_by_name(client: TestClient, body: object, field: str) -> None:
    problem = assert_problem(client.post("/bought-together", json=body), 422)
    assert [each["field"] for each in problem["errors"]] == [field]


def test_parameters_beside_a_body_are_refused(client: TestClient) -> None:
    problem = assert_problem(client.post("/bought-together?n=5", json={"items": ["rake"]}), 422)
    assert [each["field"] for each in problem["errors"]] == ["n"]


def test_without_a_model_there_are_no_lists() -> None:
    clock = FixedClock(NOW)
    serving = Serving(FakeModelStore(), FakeForgotten(), clock, JUST_BOUGHT)
    with TestClient(create_app(serving, clock, lambda: "an id")) as client:
        for path in GETS:
            assert_problem(client.get(path), 503)
