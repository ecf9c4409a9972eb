from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from worlds import EVENTS, NOW, SHOP_CARD, ago, shop_index, shop_model

from recommender.application.serving import Serving
from recommender.application.shopper import DescribeShopper, Shopper
from recommender.domain.errors import InvalidRequest
from recommender.domain.events import EventType
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.shoppers import ShopperAnswer


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    models, clock = FakeModelStore(), FixedClock(NOW)
    models.promote(models.publish(shop_model(), SHOP_CARD, {}, NOW), None)
    with TestClient(
        create_app(Serving(models, FakeForgotten(), clock, JUST_BOUGHT), clock, lambda: "an id")
    ) as client:
        yield client


def test_a_shopper_is_described_by_counts_and_the_latest_events_newest_first(client: TestClient) -> None:
    answer = client.get("/users/bob").json()
    assert answer == {
        "user_id": "bob",
        "user_known": True,
        "counts": {"view": 3, "addtocart": 0, "transaction": 1},
        "history": [
            {"item_id": "phone-a", "type": "transaction", "timestamp": ago(days=1, minutes=5)},
            {"item_id": "phone-a", "type": "view", "timestamp": ago(days=1, minutes=8)},
            {"item_id": "phone-b", "type": "view", "timestamp": ago(days=1, minutes=9)},
            {"item_id": "phone-d", "type": "view", "timestamp": ago(days=2)},
        ],
    }
    assert ShopperAnswer.model_validate(answer).model_dump() == answer


def test_an_unknown_shopper_has_no_events_and_is_no_error(client: TestClient) -> None:
    response = client.get("/users/nobody")
    assert response.status_code == 200
    assert response.json() == {
        "user_id": "nobody",
        "user_known": False,
        "counts": {"view": 0, "addtocart": 0, "transaction": 0},
        "history": [],
    }


@pytest.mark.parametrize("limit", [1, 2, 4, 100])
def test_limit_cuts_the_history_and_not_the_counts(client: TestClient, limit: int) -> None:
    answer = client.get(f"/users/bob?limit={limit}").json()
    assert answer["history"] == client.get("/users/bob").json()["history"][:limit]
    assert answer["counts"] == {"view": 3, "addtocart": 0, "transaction": 1}


@pytest.mark.parametrize("limit", ["0", "101", "-1", "many", ""])
def test_a_limit_outside_1_to_100_is_refused(client: TestClient, limit: str) -> None:
    response = client.get(f"/users/bob?limit={limit}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "limit"


@pytest.mark.parametrize("limit", [0, 101])
def test_the_use_case_refuses_such_limits_too(limit: int) -> None:
    with pytest.raises(InvalidRequest, match="limit: expected 1 to 100"):
        DescribeShopper(shop_index())("bob", limit)


def test_every_shopper_of_the_log_is_known_with_all_their_events() -> None:
    describe = DescribeShopper(shop_index())
    for user_id in {event[1] for event in EVENTS}:
        shopper: Shopper = describe(user_id, 100)
        theirs = [event for event in EVENTS if event[1] == user_id]
        assert shopper.known
        assert [(each.timestamp, each.type, each.item_id) for each in shopper.history] == [
            (at, kind, item_id) for at, _, kind, item_id in reversed(theirs)
        ]
        assert shopper.counts == {kind: sum(each[2] == kind for each in theirs) for kind in EventType}
