from __future__ import annotations

import logging
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from worlds import NOW, SHOP_CARD, shop_model

from recommender import __version__
from recommender.application.ports import ModelStore
from recommender.application.serving import REFUSED_FOR, Serving
from recommender.domain.errors import CorruptModel, RecommenderError, StorageUnavailable
from recommender.domain.events import MINUTE
from recommender.domain.model import Model
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.following import look
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
    models.promote(models.publish(MODEL, SHOP_CARD, {}, NOW), models.current())


@dataclass
class Service:
    """A running service on some store, and its clock."""

    models: ModelStore
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW))

    forgotten: FakeForgotten = field(default_factory=FakeForgotten)

    def __post_init__(self) -> None:
        self.serving = Serving(self.models, self.forgotten, self.clock, JUST_BOUGHT)

    def client(self, reload_seconds: float = 3_600) -> TestClient:
        return TestClient(create_app(self.serving, self.clock, lambda: "an id", reload_seconds))

    def look(self) -> None:
        """What the server does every few seconds."""
        look(self.serving)


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


@pytest.mark.parametrize("path", ["/readyz", "/recommend/ada"])
def test_the_first_model_is_found_without_a_restart(path: str) -> None:
    service = Service(models := FakeModelStore())
    with service.client() as client:
        assert_waiting(client.get(path), "No model")
        publish(models)
        service.look()
        assert client.get(path).status_code == 200


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (CorruptModel("v", "a checksum differs"), "a checksum differs"),
        (StorageUnavailable("a secret place"), "The storage cannot be used."),
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
        assert "secret" not in client.get("/health").text
        models.failure = None
        service.clock.advance(REFUSED_FOR)
        service.look()
        assert client.get("/readyz").status_code == 200
        assert client.get("/health").json()["status"] == "ok"


def test_another_version_is_served_and_named_while_the_server_runs() -> None:
    service = Service(models := FailingStore(None))
    with service.client() as client:
        before = client.get("/recommend/ada").json()["model_version"]
        publish(models)
        service.clock.advance(MINUTE)
        service.look()
        assert client.get("/recommend/ada").json()["model_version"] == models.current() != before
        model = client.get("/health").json()["model"]
    assert model["version"] == models.current()
    assert model["loaded_at"] == "2015-05-07T12:01:00.000Z"


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        (CorruptModel("v", "a checksum differs"), "Model version v is refused: a checksum differs."),
        (StorageUnavailable("a secret place"), "The storage cannot be used."),
    ],
)
def test_what_is_wrong_with_another_version_is_told_and_the_old_one_goes_on(
    failure: RecommenderError, why: str
) -> None:
    service = Service(models := FailingStore(None))
    with service.client() as client:
        before = client.get("/recommend/ada").json()["model_version"]
        publish(models)
        models.failure = failure
        service.look()
        assert client.get("/readyz").status_code == 200
        assert client.get("/recommend/ada").json()["model_version"] == before
        health = client.get("/health").json()
    assert health["status"] == "stale"
    assert health["model"]["version"] == before
    assert health["reload"] == {
        "failed_at": "2015-05-07T12:00:00.000Z",
        "version": models.current(),
        "error": why,
    }
    HealthAnswer.model_validate(health)


def test_the_server_looks_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "recommender.entrypoints")
    models, waiting = FakeModelStore(), Event()
    service = Service(models)
    with service.client(reload_seconds=0.001) as client:
        publish(models)
        for _ in range(1_000):
            if client.get("/readyz").status_code == 200:
                break
            waiting.wait(0.01)
        assert client.get("/readyz").status_code == 200
    assert [each.message for each in caplog.records if each.name.startswith("recommender.entrypoints")] == [
        "Nothing can be recommended yet: No model is published yet: run `recommender train` first.",
        f"Serving model version {models.current()}.",
    ]


def test_only_what_is_new_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "recommender")
    service = Service(models := FailingStore(None))
    service.look()
    version = models.current()
    publish(models)
    models.failure = StorageUnavailable("the store")
    for _ in range(3):
        service.look()
    models.failure = None
    service.look()
    assert [each.message for each in caplog.records] == [
        f"Serving model version {version}.",
        f"Still serving model version {version}: {StorageUnavailable('the store')}",
        f"Serving model version {models.current()}.",
    ]
