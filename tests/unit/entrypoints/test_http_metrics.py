from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from services import shop_app
from worlds import NOW

from recommender.application.serving import Serving
from recommender.domain.retrieval import SOURCES, Reason
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.metrics import BUCKETS

Samples = dict[tuple[str, tuple[str, ...]], float]


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(shop_app()) as client:
        yield client


def scraped(client: TestClient) -> Samples:
    """Samples by name and values of labels."""
    response = client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain")
    return {
        (sample.name, tuple(sample.labels[key] for key in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def of(samples: Samples, name: str) -> dict[tuple[str, ...], float]:
    return {labels: value for (found, labels), value in samples.items() if found == f"recommender_{name}"}


def test_requests_are_counted_by_template_method_and_class_of_status(client: TestClient) -> None:
    for path in (
        "/recommend/ada",
        "/recommend/x%2Fy",
        "/recommend/ada?n=0",
        "/users/ada",
        "/a",
        "/b",
        "/docs",
    ):
        client.get(path)
    client.request("BREW", "/livez")
    client.post("/recommend/ada")
    assert of(scraped(client), "http_requests_total") == {
        ("GET", "/recommend/{user_id}", "2xx"): 2,
        ("GET", "/recommend/{user_id}", "4xx"): 1,
        ("POST", "/recommend/{user_id}", "4xx"): 1,
        ("GET", "/users/{user_id}", "2xx"): 1,
        ("GET", "unmatched", "4xx"): 2,
        ("GET", "/docs", "2xx"): 1,
        ("other", "/livez", "4xx"): 1,
    }


def test_durations_have_buckets_below_5_ms_and_one_at_7(client: TestClient) -> None:
    client.get("/livez")
    samples = scraped(client)
    buckets = of(samples, "http_request_duration_seconds_bucket")
    assert len(buckets) == len(BUCKETS) + 1
    assert {("0.001", "/livez"), ("0.007", "/livez")} < set(buckets)
    assert buckets["+Inf", "/livez"] == of(samples, "http_request_duration_seconds_count")["/livez",] == 1


def test_lists_are_counted_by_fallback_reason_and_source(client: TestClient) -> None:
    items = client.get("/recommend/ada?n=3").json()["recommendations"]
    items += client.get("/recommend/nobody?n=2").json()["recommendations"]
    samples = scraped(client)
    assert of(samples, "answers_total") == {("true",): 1, ("false",): 1}
    reasons = of(samples, "recommended_items_total")
    assert {labels[0] for labels in reasons} <= {reason.wire for reason in Reason}
    assert sum(reasons.values()) == len(items) == 5
    candidates = of(samples, "candidates_total")
    assert {labels[0] for labels in candidates} <= {source.NAME for source in SOURCES}
    assert candidates["own_items",] >= 1
    assert max(candidates.values()) <= 2 * 12  # the shop has a dozen items


def test_the_model_is_named_with_its_age(client: TestClient) -> None:
    samples = scraped(client)
    assert of(samples, "model_info") == {("20150507T120000Z-000000000000",): 1}
    assert of(samples, "model_age_seconds")[()] == pytest.approx(299.999)
    assert of(samples, "model_stale") == {(): 0}
    assert of(samples, "reload_failures_total") == {(): 0}


def test_without_a_model_its_samples_are_not_there_and_the_failure_is_counted() -> None:
    clock = FixedClock(NOW)
    serving = Serving(FakeModelStore(), FakeForgotten(), clock, JUST_BOUGHT)
    with TestClient(create_app(serving, clock, lambda: "an id")) as client:
        client.get("/recommend/ada")
        samples = scraped(client)
    assert of(samples, "model_info") == of(samples, "model_age_seconds") == of(samples, "answers_total") == {}
    assert of(samples, "model_stale") == {(): 1}
    assert of(samples, "reload_failures_total") == {(): 1}
    assert of(samples, "http_requests_total") == {("GET", "/recommend/{user_id}", "5xx"): 1}


def test_the_process_tells_what_it_uses(client: TestClient) -> None:
    names = {name for name, _ in scraped(client)}
    assert {"process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"} <= names


def test_nothing_a_client_sends_becomes_a_label(client: TestClient) -> None:
    client.get("/recommend/secret?category=secret", headers={"X-Request-ID": "secret"})
    client.get("/secret")
    assert "secret" not in client.get("/metrics").text


def test_services_in_one_process_count_for_themselves(client: TestClient) -> None:
    client.get("/livez")
    with TestClient(shop_app()) as other:
        assert of(scraped(other), "http_requests_total") == {}
