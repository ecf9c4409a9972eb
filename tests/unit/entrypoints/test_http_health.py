from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from fakes.clock import FixedClock
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from worlds import NOW, SHOP_CARD, shop_model

from recommender import __version__
from recommender.application.ports import ModelStore
from recommender.application.serving import RETRY_AFTER, Serving
from recommender.domain.errors import CorruptModel, NoModelPublished, RecommenderError, StorageUnavailable
from recommender.domain.model import Model
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.health import HealthAnswer

MODEL = shop_model()


class FailingStore(FakeModelStore):
    """Has a current version, and `load` raises what it is told to for as long as `failure` is not None."""

    def __init__(self, failure: RecommenderError | None) -> None:
        super().__init__()
        self.failure = failure
        self.asked = 0
        publish(self)

    def load(self, version: str) -> Model:
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return super().load(version)


def publish(models: FakeModelStore) -> None:
    models.promote(models.publish(MODEL, SHOP_CARD, {}, NOW), None)


@dataclass
class Service:
    """A running service on some store, and its clock."""

    models: ModelStore
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    def __post_init__(self) -> None:
        self.serving = Serving(self.models, self.clock, JUST_BOUGHT)

    def client(self) -> TestClient:
        return TestClient(create_app(self.serving, self.clock, lambda: "an id"))


def assert_waiting(response: Any, why: str) -> None:  # noqa: ANN401 - of the client's library
    assert response.status_code == 503
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["retry-after"] == "5"
    assert why in response.json()["detail"]


def test_with_a_model_everything_is_well() -> None:
    with Service(shop := FakeModelStore()).client() as client:
        assert client.get("/readyz").status_code == 503
    publish(shop)
    with Service(shop).client() as client:
        assert client.get("/livez").json() == {"status": "ok"}
        assert client.get("/readyz").json() == {"status": "ok"}
        health = client.get("/health").json()
    assert health == {
        "status": "ok",
        "version": __version__,
        "model": {
            "version": "20150507T120000Z-000000000000",
            "goals": ["purchase", "interaction"],
            "start": "2015-03-28T12:00:00.000Z",
            "end": "2015-05-07T11:55:00.001Z",
            "loaded_at": "2015-05-07T12:00:00.000Z",
            "age_seconds": 299,
            "users": 6,
            "items": 12,
            "categories": 4,
        },
    }
    HealthAnswer.model_validate(health)


def test_without_a_model_the_service_starts_lives_and_says_what_to_do() -> None:
    with Service(FakeModelStore()).client() as client:
        assert client.get("/livez").status_code == 200
        for response in (
            client.get("/readyz"),
            client.get("/recommend/ada"),
            client.post("/recommend", json={}),
            client.get("/users/ada"),
        ):
            assert_waiting(response, "recommender train")
        health = client.get("/health")
    assert health.status_code == 200
    assert health.json() == {
        "status": "no model",
        "version": __version__,
        "error": "No model is published yet: run `recommender train` first.",
    }


def test_a_mistake_is_told_before_the_lack_of_a_model() -> None:
    with Service(FakeModelStore()).client() as client:
        assert client.get("/recommend/ada?n=0").status_code == 422


def test_readyz_finds_the_first_model_without_a_restart() -> None:
    service = Service(models := FakeModelStore())
    with service.client() as client:
        publish(models)
        assert_waiting(client.get("/readyz"), "No model")  # the store was asked just now, at the start
        service.clock.advance(RETRY_AFTER)
        assert client.get("/readyz").status_code == 200
        assert client.get("/recommend/ada").status_code == 200


def test_a_request_finds_the_first_model_where_nobody_asks_readyz() -> None:
    service = Service(models := FakeModelStore())
    with service.client() as client:
        publish(models)
        assert_waiting(client.get("/recommend/ada"), "No model")  # the store was asked just now, at the start
        service.clock.advance(RETRY_AFTER)
        assert client.get("/recommend/ada").status_code == 200


def test_the_store_is_not_asked_more_often_than_every_five_seconds() -> None:
    service = Service(models := FailingStore(CorruptModel("v", "a checksum differs")))
    with service.client() as client:
        for _ in range(3):
            client.get("/readyz")
        assert models.asked == 1
        service.clock.advance(RETRY_AFTER - 1)
        client.get("/readyz")
        assert models.asked == 1
        service.clock.advance(1)
        client.get("/readyz")
        client.get("/readyz")
        assert models.asked == 2


def test_a_clock_that_is_set_back_does_not_stop_the_search() -> None:
    service = Service(models := FailingStore(CorruptModel("v", "a checksum differs")))
    with service.client() as client:
        service.clock.advance(-24 * 3600 * 1000)
        client.get("/readyz")
        assert models.asked == 2


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (CorruptModel("v", "a checksum differs"), "a checksum differs"),
        (StorageUnavailable("the store"), "cannot be used"),
    ],
)
def test_a_model_that_cannot_be_loaded_is_named_and_looked_for_again(
    failure: RecommenderError, why: str
) -> None:
    service = Service(models := FailingStore(failure))
    with service.client() as client:
        assert client.get("/livez").status_code == 200
        assert_waiting(client.get("/readyz"), why)
        assert_waiting(client.get("/recommend/ada"), why)
        assert why in client.get("/health").json()["error"]
        models.failure = None
        service.clock.advance(RETRY_AFTER)
        assert client.get("/readyz").status_code == 200
        assert client.get("/health").json()["status"] == "ok"


def test_a_store_that_fails_later_does_not_disturb_a_service_that_has_its_model() -> None:
    service = Service(models := FailingStore(None))
    with service.client() as client:
        models.failure = StorageUnavailable("the store")
        service.clock.advance(RETRY_AFTER)
        assert client.get("/readyz").status_code == 200
        assert client.get("/recommend/ada").status_code == 200
        assert models.asked == 1


def test_a_current_version_that_is_not_in_the_store_is_a_corrupt_model() -> None:
    class Dangling(FakeModelStore):
        def current(self) -> str:
            return "20150101T000000Z-gone"

    serving = Service(Dangling()).serving
    serving.load()
    with pytest.raises(CorruptModel, match="20150101T000000Z-gone is refused: it is current, and not in"):
        _ = serving.served


def test_nothing_is_served_while_nothing_is_published() -> None:
    with pytest.raises(NoModelPublished):
        _ = Service(FakeModelStore()).serving.served


def test_what_is_served_belongs_together() -> None:
    serving = Service(FailingStore(None)).serving
    serving.load()
    served = serving.served
    assert served.version == "20150507T120000Z-000000000000"
    assert served.card is SHOP_CARD
    assert served.model is MODEL
    assert served.recommend.model is MODEL
    assert served.recommend.bought_within == JUST_BOUGHT
    assert served.describe.index is MODEL.index
    assert served.loaded_at == NOW
