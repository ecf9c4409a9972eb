from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from fakes.clock import FixedClock
from fakes.events import FakeEventStore, rows_of
from fakes.forgotten import FakeForgotten
from fakes.live import FakeJournal, ForgetfulMemory, live_on
from fakes.models import FakeModelStore
from fastapi.testclient import TestClient
from worlds import NOW, SHOP_CARD, ago, shop_model

from recommender.adapters.memory import ProcessMemory
from recommender.application.ports import ShopperMemory
from recommender.application.serving import Serving
from recommender.domain.events import MINUTE, EventType
from recommender.domain.ids import guest
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.http.body_limit import LARGEST_BODIES
from recommender.entrypoints.wire import MOST_EVENTS

MODEL = shop_model()


class World:
    """A server that takes events: its log, its journal, and a client."""

    def __init__(self, memory: ShopperMemory | None = None) -> None:
        models, numbers = FakeModelStore(), count()
        models.promote(models.publish(MODEL, SHOP_CARD, {}, NOW), None)
        self.clock = FixedClock(NOW)
        self.log, self.forgotten = FakeEventStore(), FakeForgotten()
        self.journal = FakeJournal(self.log)
        live = live_on(self.journal, memory or ProcessMemory(self.clock), self.clock)
        self.serving = Serving(models, self.forgotten, self.clock, JUST_BOUGHT)
        self.app = create_app(self.serving, self.clock, lambda: f"id-{next(numbers)}", live=live)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> Iterator[TestClient]:
    with TestClient(world.app) as client:
        yield client


def look(item_id: object = "hose", user_id: object = "zoe", **more: object) -> dict[str, object]:
    return {"type": "view", "user_id": user_id, "item_id": item_id} | more


def shown(client: TestClient, path: str) -> list[tuple[str, str]]:
    return [(each["item_id"], each["reason"]) for each in client.get(path).json()["recommendations"]]


def test_a_click_counts_in_the_next_answer(client: TestClient) -> None:
    before = client.get("/recommend/zoe").json()
    assert not before["user_known"]
    answer = client.post("/events", json=look())
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "unkept": 0, "refused": []})
    after = client.get("/recommend/zoe").json()
    assert after["user_known"]
    assert ("hose", "seen_before") in shown(client, "/recommend/zoe?n=20")
    assert after["recommendations"] != before["recommendations"]


def test_a_click_counts_as_if_it_had_been_sent_along(client: TestClient) -> None:
    cart = {"item_id": "rake", "type": "addtocart", "timestamp": NOW}
    along = {"user_id": "bob", "n": 20, "events": [cart]}
    expected = client.post("/recommend", json=along).json()["recommendations"]
    client.post("/events", json={"type": "add_to_cart", "user_id": "bob", "item_id": "rake"})
    assert client.get("/recommend/bob?n=20").json()["recommendations"] == expected


def test_an_event_that_the_model_knows_already_changes_nothing(client: TestClient) -> None:
    before = client.get("/recommend/bob?n=20").json()["recommendations"]
    known = client.get("/users/bob").json()
    for event in known["history"]:
        client.post("/events", json=event | {"user_id": "bob"})
    assert client.get("/recommend/bob?n=20").json()["recommendations"] == before
    assert client.get("/users/bob").json() == known


def test_what_shoppers_did_just_now_is_in_their_history(client: TestClient) -> None:
    before = client.get("/users/bob").json()
    client.post("/events", json=[look("hose", "bob"), look("nobody sells this", "bob")])
    after = client.get("/users/bob").json()
    assert after["history"] == [{"item_id": "hose", "type": "view", "timestamp": NOW}, *before["history"]]
    assert after["counts"] == before["counts"] | {"view": before["counts"]["view"] + 1}


def test_events_are_kept_as_they_were_sent(client: TestClient, world: World) -> None:
    event = {
        "event_id": "order-1-1",
        "type": "purchase",
        "user_id": 15,
        "session_id": "s",
        "item_id": "rake",
        "timestamp": "2015-05-07T11:59:00Z",
        "quantity": 2,
        "price": 12.5,
        "currency": "EUR",
        "transaction_id": "order-1",
        "recommendation_id": "r",
        "properties": {"colour": ["red", 1, None]},
    }
    assert client.post("/events", json=event).json()["accepted"] == 1
    (((kept,)),) = world.journal.writes
    assert (kept.event_id, kept.timestamp, kept.type) == ("order-1-1", ago(minutes=1), EventType.TRANSACTION)
    assert (kept.user_id, kept.session_id, kept.item_id) == ("15", "s", "rake")
    assert kept.more == {name: event[name] for name in list(event)[6:]}


def test_what_is_left_out_is_filled_in(client: TestClient, world: World) -> None:
    client.post("/events", json=[look(), look()])
    ((one, other),) = world.journal.writes
    assert one.timestamp == other.timestamp == NOW
    assert one.event_id != other.event_id


def test_an_event_that_is_sent_again_counts_once(client: TestClient, world: World) -> None:
    for _ in range(3):
        assert client.post("/events", json=look(event_id="1")).json()["accepted"] == 1
    world.clock.advance(10 * MINUTE)
    client.post("/events", json=look(event_id="1"))
    assert len(world.log.read()) == 1
    assert client.get("/users/zoe").json()["counts"]["view"] == 1


def test_a_guest_is_known_by_their_session(client: TestClient, world: World) -> None:
    client.post("/events", json={"type": "view", "session_id": "s", "item_id": "hose"})
    assert [row[1] for row in rows_of(world.log.read())] == [guest("s")]
    for body in ({"session_id": "s"}, {"session_id": "s", "user_id": "zoe"}):
        answer = client.post("/recommend", json=body | {"n": 20}).json()
        assert answer["user_known"]
        assert "seen_before" in {each["reason"] for each in answer["recommendations"]}
    assert not client.get("/recommend/s").json()["user_known"]
    assert not client.post("/recommend", json={"session_id": "another"}).json()["user_known"]


def test_without_consent_nothing_is_kept_and_nothing_is_looked_up(client: TestClient, world: World) -> None:
    answer = client.post("/events", json=[look(consent=False), look("rake")]).json()
    assert answer == {"accepted": 1, "unkept": 1, "refused": []}
    assert [row[3] for row in rows_of(world.log.read())] == ["rake"]
    guests = client.post("/recommend", json={"events": [{"item_id": "hose", "type": "view"}]}).json()
    body = {"user_id": "zoe", "session_id": "s", "consent": False}
    asked = client.post("/recommend", json=body | {"events": [{"item_id": "hose", "type": "view"}]}).json()
    assert asked["recommendations"] == guests["recommendations"]
    assert not asked["user_known"]
    known = client.get("/recommend/bob?consent=false").json()
    assert known["recommendations"] == client.post("/recommend", json={}).json()["recommendations"]
    assert (known["user_id"], known["user_known"]) == ("bob", False)


def test_an_event_that_cannot_be_understood_does_not_keep_the_others_out(
    client: TestClient, world: World
) -> None:
    sent: list[Any] = [look("rake"), look(type="look"), 3, look("hose"), {"type": "view"}, look(price="free")]
    answer = client.post("/events", json=sent)
    assert answer.status_code == 200
    assert answer.json()["accepted"] == 2
    assert [(each["index"], each["field"]) for each in answer.json()["refused"]] == [
        (1, "type"),
        (2, "body"),
        (4, "item_id"),
        (5, "price"),
    ]
    assert [row[3] for row in rows_of(world.log.read())] == ["rake", "hose"]


BAD_LIVE_EVENTS: list[tuple[object, str, str]] = [
    ({}, "type", "required"),
    (look(type="look"), "type", "expected one of view, addtocart"),
    (look(type=0), "type", "expected one of view, addtocart"),
    (look(item_id=""), "item_id", "expected an id"),
    (look(item_id=1.5), "item_id", "expected a string or an integer"),
    (look(item_id="a\x1fb"), "item_id", "no control characters"),
    (look(user_id="x" * 65), "user_id", "1 to 64 characters"),
    (look(session_id=True), "session_id", "expected a string or an integer"),
    (look(event_id=""), "event_id", "expected an id"),
    (look(timestamp=1_430_000_000), "timestamp", "seconds?"),
    (look(timestamp="yesterday"), "timestamp", "RFC 3339"),
    (look(timestamp=NOW + 6 * MINUTE), "timestamp", "expected a time that has come"),
    (look(quantity=0), "quantity", "greater than or equal to 1"),
    (look(quantity="2"), "quantity", "valid integer"),
    (look(price=-1), "price", "greater than or equal to 0"),
    (look(currency="euro"), "currency", "match pattern"),
    (look(transaction_id=""), "transaction_id", "expected an id"),
    (look(recommendation_id="x" * 65), "recommendation_id", "1 to 64 characters"),
    (look(properties=[1]), "properties", "valid dictionary"),
    (look(properties={str(n): n for n in range(21)}), "properties", "at most 20 items"),
    (look(consent="no"), "consent", "valid boolean"),
    (look(colour="red"), "colour", "there is no such field"),
    ({"type": "view", "item_id": "hose"}, "body", "expected a user_id or a session_id"),
]


@pytest.mark.parametrize(("event", "field", "expected"), BAD_LIVE_EVENTS)
def test_a_mistake_is_named(client: TestClient, event: object, field: str, expected: str) -> None:
    answer = client.post("/events", json=event)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    first = answer.json()["errors"][0]
    assert first["field"] == field
    assert expected in first["expected"]


NO_EVENTS = [
    (b"", "required"),
    (b"[]", "at least 1 item"),
    (b"3", "expected an event, or a list"),
    (b"null", "expected an event, or a list"),
    (b"[", "expected JSON"),
    (json.dumps([look()] * (MOST_EVENTS + 1)).encode(), f"at most {MOST_EVENTS} items"),
]


@pytest.mark.parametrize(("body", "expected"), NO_EVENTS)
def test_a_body_that_is_no_list_of_events_is_refused(
    client: TestClient, world: World, body: bytes, expected: str
) -> None:
    answer = client.post("/events", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert expected in answer.json()["errors"][0]["expected"]
    assert world.journal.writes == []


def test_if_no_event_can_be_understood_every_mistake_has_its_place(client: TestClient) -> None:
    answer = client.post("/events", json=[look(type="look"), {"type": "view", "user_id": "u"}])
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == ["[0].type", "[1].item_id"]


def test_as_many_events_as_are_allowed_are_taken(client: TestClient) -> None:
    answer = client.post("/events", json=[look(str(number)) for number in range(MOST_EVENTS)])
    assert answer.json()["accepted"] == MOST_EVENTS


def test_a_body_may_be_larger_than_that_of_a_question_but_not_endless(client: TestClient) -> None:
    event = look(properties={"text": "x" * 70_000})
    assert client.post("/events", json=event).status_code == 200
    event = look(properties={"text": "x" * LARGEST_BODIES["/events"]})
    assert client.post("/events", json=event).status_code == 413


def test_a_store_that_is_away_is_told_and_the_event_counts_nowhere(client: TestClient, world: World) -> None:
    world.journal.unreachable = True
    answer = client.post("/events", json=look())
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    assert answer.json()["detail"] == "The storage cannot be used."
    assert not client.get("/recommend/zoe").json()["user_known"]


def test_a_shoppers_clock_that_is_a_little_ahead_does_not_hide_the_click(client: TestClient) -> None:
    client.post("/events", json=look(timestamp=NOW + MINUTE))
    assert ("hose", "seen_before") in shown(client, "/recommend/zoe?n=20")
    assert ("hose", "seen_before") not in shown(client, f"/recommend/zoe?n=20&at={NOW - 1}")


def test_late_events_count_in_their_place(client: TestClient) -> None:
    client.post("/events", json=look("hose"))
    client.post("/events", json=look("rake", timestamp=NOW - MINUTE))
    history = client.get("/users/zoe").json()["history"]
    assert [event["item_id"] for event in history] == ["hose", "rake"]


def test_who_is_forgotten_is_forgotten_at_the_next_look(client: TestClient, world: World) -> None:
    client.post("/events", json=look())
    world.forgotten.add({"zoe"}, NOW)
    world.serving.follow()
    assert not client.get("/recommend/zoe").json()["user_known"]


def test_while_the_memory_is_away_the_model_answers_and_health_says_so() -> None:
    world = World(ForgetfulMemory())
    with TestClient(world.app) as client:
        assert client.get("/health").json()["status"] == "ok"
        assert client.post("/events", json=look()).json()["accepted"] == 1
        assert client.get("/recommend/bob").json()["user_known"]
        health = client.get("/health").json()
        assert client.get("/readyz").status_code == 200
    assert health["status"] == "stale"
    assert health["memory"] == "The shopper memory cannot be used."


def test_a_server_that_takes_no_events_has_no_such_path() -> None:
    world = World()
    app = create_app(world.serving, world.clock, lambda: "an id")
    with TestClient(app) as client:
        assert client.post("/events", json=look()).status_code == 404
        assert client.get("/recommend/bob").status_code == 200
    assert "/events" not in app.openapi()["paths"]
