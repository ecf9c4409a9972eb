"""GET and POST /recommend."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import JSONResponse

from recommender.application.attribution import recommendation_id
from recommender.application.ports import Clock
from recommender.application.recall import Recall
from recommender.application.recommend import Answer, Request
from recommender.application.serving import Serving
from recommender.domain.errors import InvalidRequest, NoModelPublished
from recommender.entrypoints.http.body_limit import too_large
from recommender.entrypoints.http.examples import NAMED
from recommender.entrypoints.http.metrics import Metrics, is_fallback
from recommender.entrypoints.http.notes import note
from recommender.entrypoints.http.parameters import NoParameters
from recommender.entrypoints.http.paths import USER_ID
from recommender.entrypoints.http.problems import documented, refusal
from recommender.entrypoints.http.quick import QuickRoute
from recommender.entrypoints.http.shedding import Queue
from recommender.entrypoints.wire import (
    Id,
    RecommendationAnswer,
    RecommendationBody,
    RecommendationQuery,
    recommended,
)

_ANSWER = {
    "user_id": "257597",
    "user_known": True,
    "recommendations": [
        {"item_id": "355908", "score": 0.0421, "reason": "in_cart"},
        {"item_id": "248676", "score": 0.0137, "reason": "popular_in_category"},
    ],
    **NAMED,
}
_REFUSED = refusal(InvalidRequest("n", "expected less than or equal to 100"))
_RESPONSES = {200: {"content": {"application/json": {"example": _ANSWER}}}, **documented(_REFUSED)}
_BODIES = {
    "shopper": {"summary": "A shopper the model knows", "value": {"user_id": "257597", "n": 2}},
    "guest": {
        "summary": "A guest, by what they do now",
        "value": {
            "session_id": "s-81",
            "events": [
                {"item_id": "355908", "type": "view", "timestamp": "2015-09-18T02:58:00Z"},
                {"item_id": 355908, "type": "add_to_cart"},
            ],
            "exclude_seen": True,
            "max_per_category": 2,
            "explain": True,
        },
    },
}


def recommendation_routes(
    serving: Serving,
    clock: Clock,
    new_id: Callable[[], str],
    metrics: Metrics,
    recall: Recall | None,
    queue: Queue,
) -> APIRouter:
    """Routes that answer from the model in use, and from what is recalled of the shopper.

    The handlers compute on the event loop: an answer takes less time than handing it to a thread would.
    They return finished responses, so that an answer is documented but not validated again.
    """
    router = APIRouter(tags=["recommendations"], route_class=QuickRoute)

    async def answered(request: Request) -> JSONResponse:
        served = serving.served
        if recall is not None and request.consent:
            with queue.waiting():
                recent = await recall(request.user_id, request.session_id, served.forgotten)
            request = replace(request, recent=recent)
        answer = served.recommend(request, clock.now())
        name = recommendation_id(served.version, new_id())
        document = _document(request, answer, served.version, name)
        metrics.answers.answered(request, answer)
        metrics.attribution.shown(served.version, len(answer.recommendations))
        note(
            model_version=served.version,
            n=len(answer.recommendations),
            fallback=is_fallback(request, answer),
            recommendation_id=name,
        )
        return JSONResponse(document)

    @router.get(
        f"/recommend/{USER_ID}",
        response_model=RecommendationAnswer,
        responses=_RESPONSES | documented(refusal(NoModelPublished())),
        summary="Recommend to a shopper",
    )
    async def recommend_to(
        user_id: Annotated[Id, Path(examples=["257597"])],
        query: Annotated[RecommendationQuery, Query()],
    ) -> JSONResponse:
        """The items a shopper is most likely to want, best first. An unknown shopper is no error."""
        return await answered(query.request_of(user_id))

    @router.post(
        "/recommend",
        response_model=RecommendationAnswer,
        responses=_RESPONSES | documented(too_large(), refusal(NoModelPublished())),
        summary="Recommend to a shopper or a guest, by what they do now",
    )
    async def recommend(
        body: Annotated[RecommendationBody, Body(openapi_examples=_BODIES)],
        _: Annotated[NoParameters, Query()],
    ) -> JSONResponse:
        """The same with a body, and with the events that the model has not seen yet."""
        return await answered(body.request())

    return router


def _document(request: Request, answer: Answer, version: str, name: str) -> dict[str, object]:
    document: dict[str, object] = {
        "user_id": request.user_id,
        "user_known": answer.user_known,
        "recommendations": recommended(answer),
        "model_version": version,
        "recommendation_id": name,
    }
    if answer.ignored_items:
        document["ignored_items"] = answer.ignored_items
    return document
