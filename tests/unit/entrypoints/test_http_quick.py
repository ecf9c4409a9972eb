"""The short way and FastAPI's own give the same answer to whatever is asked."""

from __future__ import annotations

import json
from typing import Annotated, Any
from urllib.parse import quote, urlencode

import pytest
from fastapi import APIRouter, FastAPI, Path, Query
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.responses import JSONResponse

from recommender.entrypoints.http.problems import answer_with_problems
from recommender.entrypoints.http.quick import QuickRoute
from recommender.entrypoints.wire import Id, RecommendationQuery

VIEW = json.dumps({"item_id": "hose", "type": "view", "timestamp": 1_430_000_000_000})
VALUES = {
    "n": ["5", "05", "+5", "5.0", " 5", "0", "101", "", "five", "\u0665"],
    "at": ["2015-05-07T12:00:00Z", "1430000000000", "1430000000", "now", ""],
    "consent": ["true", "1", "no", "off", "2", ""],
    "exclude_seen": ["false", "yes", "TRUE", "t"],
    "category": ["1", "", "Zoë", "x" * 65],
    "exclude": ["a", "", "b c", "x" * 64],
    "events": [VIEW, "hose", "[]", ""],
    "session_id": ["s-81", "\x1f"],
    "goal": ["purchase", ""],
    "explain": ["1", "maybe"],
    "colour": ["red"],
    "N": ["5"],
}
ONE = st.sampled_from([(name, value) for name, values in VALUES.items() for value in values])


def echoing(route_class: type[Any]) -> TestClient:
    """An application that answers with what it understood."""
    app, router = FastAPI(), APIRouter(route_class=route_class)

    @router.get("/recommend/{user_id}")
    async def recommend_to(
        user_id: Annotated[Id, Path()], query: Annotated[RecommendationQuery, Query()]
    ) -> JSONResponse:
        return JSONResponse({"user_id": user_id, **query.model_dump(mode="json")})

    answer_with_problems(app)
    app.router.routes += router.routes  # as create_app does
    return TestClient(app)


SHORT, USUAL = echoing(QuickRoute), echoing(QuickRoute.__bases__[0])


def assert_same(path: str) -> int:
    short, usual = SHORT.get(path), USUAL.get(path)
    assert (short.status_code, short.json()) == (usual.status_code, usual.json())
    return short.status_code


@given(st.sampled_from(["ada", "15", "Zoë", "a b", "x" * 65]), st.lists(ONE, max_size=4))
def test_both_ways_give_the_same_answer(user_id: str, parameters: list[tuple[str, str]]) -> None:
    assert_same(f"/recommend/{quote(user_id)}?{urlencode(parameters)}")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 200),
        ("n=5&n=6", 200),
        ("exclude=a&exclude=b&exclude=a", 200),
        (f"events={quote(VIEW)}&events={quote(VIEW)}", 200),
        ("n", 422),
        ("n=5&colour=red", 422),
        ("&&", 200),
        ("n=%35", 200),
    ],
)
def test_repeated_and_odd_parameters_are_understood_alike(query: str, status: int) -> None:
    assert assert_same(f"/recommend/ada?{query}") == status
