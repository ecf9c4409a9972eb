"""Whoever asks, and however: the answer is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes.clock import FixedClock
from fastapi.testclient import TestClient
from integration.conftest import TrainedShop, run

from recommender.application.recommend import GivenEvent, Recommend, Request
from recommender.domain.evaluation import Method, judge
from recommender.domain.events import DAY, MINUTE, EventType
from recommender.domain.index import Index
from recommender.domain.metrics import LONGEST, METRICS, list_metrics
from recommender.domain.model import Model
from recommender.domain.replay import Replay
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import INTERACTION
from recommender.entrypoints.http.app import create_app
from recommender.entrypoints.wire import parse_request, recommended
from recommender.settings import PREFIX

SHOPPERS = 200
Body = dict[str, Any]


@pytest.fixture(scope="module")
def recommend(trained_shop: TrainedShop) -> Recommend:
    serving = trained_shop.container().serving()
    serving.follow()
    return serving.served.recommend


@pytest.fixture(scope="module")
def client(trained_shop: TrainedShop, recommend: Recommend) -> Iterator[TestClient]:
    """A server at the moment that a file of requests is answered at."""
    clock, numbers = FixedClock(recommend.model.index.end), count()
    app = create_app(trained_shop.container().serving(), clock, lambda: str(next(numbers)))
    with TestClient(app) as client:
        yield client


@pytest.fixture(scope="module")
def bodies(recommend: Recommend) -> list[Body]:
    """Requests of known and unknown shoppers and guests, with and without events and wishes."""
    return Asking(recommend.model.index).bodies(SHOPPERS)


@dataclass
class Asking:
    """Makes up requests."""

    index: Index
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def bodies(self, number: int) -> list[Body]:
        return [self.shopper(each) | self.events(each) | self.wishes(each) for each in range(number)]

    def shopper(self, number: int) -> Body:
        known = self.index.users.id(int(self.rng.integers(len(self.index.users))))
        return [{"user_id": known}, {"user_id": known}, {"user_id": f"new-{number}"}, {}][number % 4]

    def events(self, number: int) -> Body:
        def event(each: int) -> Body:
            found: Body = {"item_id": self.item(), "type": ["view", "addtocart", "transaction"][each % 3]}
            at = self.index.end + int(self.rng.integers(-30, 5)) * MINUTE
            return found | ({"timestamp": at} if self.rng.random() < 0.5 else {})

        return {"events": [event(each) for each in range(number % 6)]} if number % 3 else {}

    def wishes(self, number: int) -> Body:
        tree = self.index.tree.ids
        wishes: Body = {
            "n": 1 + number % 30,
            "at": self.index.end + number * DAY // 10,
            "category": tree.id(int(self.rng.integers(len(tree)))),
            "exclude": [self.item() for _ in range(number % 4)],
            "exclude_seen": bool(number % 2),
            "exclude_bought": bool(number % 3),
            "goal": "interaction",
            "max_per_category": 1 + number % 4,
            "explain": number % 2 == 0,
        }
        return {name: value for name, value in wishes.items() if self.rng.random() < 0.4}

    def item(self) -> str:
        if self.rng.random() < 0.1:
            return "no such item"
        return self.index.items.id(int(self.rng.integers(len(self.index.items))))


@pytest.fixture(scope="module")
def answers(recommend: Recommend, bodies: list[Body]) -> list[list[dict[str, object]]]:
    """What the use case answers."""
    end = recommend.model.index.end
    return [recommended(recommend(parse_request(body), end)) for body in bodies]


def test_the_requests_are_worth_asking(answers: list[list[dict[str, object]]]) -> None:
    assert len({json.dumps(each) for each in answers}) > SHOPPERS * 0.8
    reasons = {item["reason"] for answer in answers for item in answer}
    assert {"seen_before", "in_cart", "popular_in_category", "popular"} <= reasons


def test_a_server_answers_as_the_use_case_does(
    client: TestClient, bodies: list[Body], answers: list[list[dict[str, object]]]
) -> None:
    for body, answer in zip(bodies, answers, strict=True):
        assert client.post("/recommend", json=body).json()["recommendations"] == answer, body


def test_get_answers_as_post_does(
    client: TestClient, bodies: list[Body], answers: list[list[dict[str, object]]]
) -> None:
    asked = [each for each in zip(bodies, answers, strict=True) if "user_id" in each[0]]
    assert len(asked) > SHOPPERS / 2
    for body, answer in asked:
        parameters = {name: value for name, value in body.items() if name != "user_id"}
        parameters["events"] = [json.dumps(event) for event in body.get("events", [])]
        found = client.get(f"/recommend/{body['user_id']}", params=parameters)
        assert found.json()["recommendations"] == answer, body


def test_a_file_of_requests_is_answered_as_the_use_case_does(
    monkeypatch: pytest.MonkeyPatch,
    trained_shop: TrainedShop,
    tmp_path: Path,
    bodies: list[Body],
    answers: list[list[dict[str, object]]],
) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", trained_shop.storage.as_uri())
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    source.write_text("".join(json.dumps({"id": n} | body) + "\n" for n, body in enumerate(bodies * 4)))
    run("recommend", "--input", str(source), "--output", str(target))
    assert [json.loads(line) for line in target.read_text().splitlines()] == [
        {"id": n, "recommendations": answer} for n, answer in enumerate(answers * 4)
    ]


def test_the_command_line_answers_as_the_use_case_does(
    monkeypatch: pytest.MonkeyPatch, trained_shop: TrainedShop, recommend: Recommend
) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", trained_shop.storage.as_uri())
    index = recommend.model.index
    for user_id in [*index.users.ids(range(0, len(index.users), 500)), "nobody"]:
        said = run("recommend", user_id, "-n", "20", "--max-per-category", "2", "--json")
        request = Request(user_id=user_id, n=20, max_per_category=2)
        assert json.loads(said) == recommended(recommend(request, index.end))


@dataclass(frozen=True)
class Past:
    """The trained shop's log as evaluation cuts it."""

    index: Index
    method: Method
    replay: Replay
    users: list[str]


@pytest.fixture(scope="module")
def past(trained_shop: TrainedShop) -> Past:
    container = trained_shop.container()
    log, catalogue = container.events().read(), container.catalogue().history()
    targets = (INTERACTION,)
    stretch = newest_stretch(log.start, log.end, targets)
    known, fit = log.until(stretch.start), container.fit()
    index = fit.index(known, catalogue)
    lesson = fit.lesson(known, catalogue, targets, 7, stretch.start)
    replay = Replay.of(index, log, stretch.stop, INTERACTION)
    method = Method.served(index, lesson.taught(container.trainers().ranker).ranker)
    return Past(index, method, replay, index.users.ids(range(len(index.users))))


def test_evaluation_judges_the_list_that_a_shopper_would_have_got(past: Past) -> None:
    """A case of the evaluation, asked as a request: the shopper, what they did since, and the moment."""
    assert past.method.ranker
    recommend = Recommend(Model(past.index, ("interaction",), (past.method.ranker,)))
    hits = 0.0
    for case in range(0, len(past.replay), len(past.replay) // 100):
        found = recommend(request_of(past, case), now=0)
        shown = past.index.items.rows(each.item_id for each in found.recommendations)
        judged = judge(past.index, [past.method], past.replay, np.array([case]))
        (listed,), (figures,) = judged.shown[past.method.name], judged.all[past.method.name]
        assert listed.tolist() == shown.tolist()
        relevant = past.replay.positives(case)
        np.testing.assert_array_equal(figures, list_metrics(shown, relevant))
        hits += len(relevant) and figures[METRICS.index("MRR@20")]
    assert hits > 0


def request_of(past: Past, case: int) -> Request:
    """What a shop would have sent at the moment of a case."""
    replay = past.replay
    at = int(replay.cases[case])
    since = slice(int(replay.first[at]), at + 1)
    events = zip(
        past.index.items.ids(replay.events.item[since]),
        replay.events.type[since].tolist(),
        replay.events.timestamp[since].tolist(),
        strict=True,
    )
    user = int(replay.user[at])
    return Request(
        user_id=past.users[user] if user >= 0 else None,
        events=tuple(GivenEvent(item, EventType(kind), time) for item, kind, time in events),
        n=LONGEST,
        at=int(replay.events.timestamp[at]),
    )
