from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from unit.entrypoints.test_http_events import World, look

from recommender.application.attribution import recommendation_id, version_of
from recommender.domain.events import EventType
from recommender.domain.live import LiveEvent
from recommender.entrypoints.http.metrics import MOST_VERSIONS, AttributionMetrics

OLDER = "20150401T120000Z-0123456789ab"


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(World().app) as client:
        yield client


def counted(client: TestClient) -> list[dict[str, Any]]:
    versions: list[dict[str, Any]] = client.get("/attribution").json()["versions"]
    return versions


def test_a_server_that_has_not_been_asked_has_counted_nothing(client: TestClient) -> None:
    assert counted(client) == []


def test_what_is_done_with_an_answer_is_counted_for_the_version_that_gave_it(client: TestClient) -> None:
    answer = client.get("/recommend/bob?n=4").json()
    name = answer["recommendation_id"]
    for kind, times in (("view", 2), ("add_to_cart", 1), ("purchase", 1)):
        for _ in range(times):
            client.post("/events", json=look(type=kind, recommendation_id=name))
    (found,) = counted(client)
    assert found == {
        "model_version": answer["model_version"],
        "items_shown": 4,
        "view": 2,
        "addtocart": 1,
        "transaction": 1,
        "click_through": 0.5,
        "conversion": 0.5,
    }


def test_lists_about_items_are_counted_too(client: TestClient) -> None:
    shown = len(client.get("/popular?n=3").json()["recommendations"])
    (found,) = counted(client)
    assert (found["items_shown"], found["click_through"], found["conversion"]) == (shown, 0, None)


def test_a_click_on_what_an_older_version_has_shown_is_counted_for_that(client: TestClient) -> None:
    client.get("/recommend/bob")
    client.post("/events", json=look(recommendation_id=recommendation_id(OLDER, "x")))
    older, newer = counted(client)
    assert (older["model_version"], older["items_shown"], older["click_through"]) == (OLDER, 0, None)
    assert (older["view"], newer["view"]) == (1, 0)


@pytest.mark.parametrize("name", ["x", f"{OLDER}", f"{OLDER}.", f"{OLDER}.a b", "20150401T120000Z-x.y"])
def test_a_name_that_is_none_of_ours_is_kept_and_not_counted(client: TestClient, name: str) -> None:
    assert client.post("/events", json=look(recommendation_id=name)).json()["accepted"] == 1
    assert counted(client) == []


def test_made_up_versions_cannot_fill_the_memory() -> None:
    registry = CollectorRegistry()
    metrics = AttributionMetrics(registry)
    for number in range(3 * MOST_VERSIONS):
        name = recommendation_id(f"20150401T120000Z-{number:012x}", "x")
        metrics.happened(
            LiveEvent(str(number), 0, EventType.VIEW, "i", "u", more={"recommendation_id": name})
        )
    labels = {
        sample.labels["model_version"]
        for family in registry.collect()
        for sample in family.samples
        if "model_version" in sample.labels
    }
    assert len(labels) == MOST_VERSIONS + 1
    assert "other" in labels


@given(unique=st.text("0123456789abcdef-", min_size=1, max_size=32))
def test_a_name_says_which_version_it_is_by(unique: str) -> None:
    assert version_of(recommendation_id(OLDER, unique)) == OLDER
