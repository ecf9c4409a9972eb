"""GET /users/{user_id}."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from recommender.application.keys import ApiKeys, Scope
from recommender.application.recall import Recall
from recommender.application.serving import Serving
from recommender.application.shopper import Shopper
from recommender.domain.errors import InvalidRequest, NoModelPublished
from recommender.domain.events import EVENT_TYPES
from recommender.entrypoints.http.authorization import refusals, requiring
from recommender.entrypoints.http.parameters import HistoryParameters
from recommender.entrypoints.http.paths import USER_ID
from recommender.entrypoints.http.problems import documented, refusal
from recommender.entrypoints.wire import Id


class EventCounts(BaseModel):
    """How often a shopper did what, over the whole log."""

    view: int
    addtocart: int
    transaction: int


class HistoryEvent(BaseModel):
    """One event of a history."""

    item_id: str
    type: str = Field(json_schema_extra={"enum": list(EVENT_TYPES)})
    timestamp: int = Field(description="Milliseconds since 1970 UTC.")


class ShopperAnswer(BaseModel):
    """What is known of a shopper: by the model in use, and since."""

    user_id: str
    user_known: bool
    counts: EventCounts
    history: list[HistoryEvent] = Field(description="The latest events, newest first.")


_ANSWER = {
    "user_id": "257597",
    "user_known": True,
    "counts": {"view": 1, "addtocart": 0, "transaction": 0},
    "history": [{"item_id": "355908", "type": "view", "timestamp": 1433221332117}],
}
_RESPONSES = {
    200: {"content": {"application/json": {"example": _ANSWER}}},
    **documented(
        refusal(InvalidRequest("limit", "expected less than or equal to 100")), refusal(NoModelPublished())
    ),
}


def shopper_routes(serving: Serving, keys: ApiKeys, recall: Recall | None) -> APIRouter:
    """Routes about single shoppers: with keys, for those who may read."""
    router = APIRouter(
        tags=["shoppers"], dependencies=requiring(keys, Scope.READ), responses={**refusals(keys)}
    )

    @router.get(
        f"/users/{USER_ID}",
        response_model=ShopperAnswer,
        responses=_RESPONSES,
        summary="What is known of a shopper",
    )
    async def describe(
        user_id: Annotated[Id, Path(examples=["257597"])],
        query: Annotated[HistoryParameters, Query()],
    ) -> JSONResponse:
        """Counts and latest events of one shopper; of an unknown one there are none, which is no error."""
        served = serving.served
        recent = await recall(user_id, None, served.forgotten) if recall else ()
        return JSONResponse(_document(user_id, served.describe(user_id, query.limit, recent)))

    return router


def _document(user_id: str, shopper: Shopper) -> dict[str, object]:
    return {
        "user_id": user_id,
        "user_known": shopper.known,
        "counts": {kind.wire: count for kind, count in shopper.counts.items()},
        "history": [
            {"item_id": each.item_id, "type": each.type.wire, "timestamp": each.timestamp}
            for each in shopper.history
        ],
    }
