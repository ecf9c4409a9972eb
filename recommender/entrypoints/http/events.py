"""POST /events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from recommender.application.keys import ApiKeys, Scope
from recommender.application.ports import Clock
from recommender.application.record import Record
from recommender.domain.errors import InvalidRequest, Overloaded
from recommender.entrypoints.event_wire import Events, SortedOut, sorted_out
from recommender.entrypoints.http.authorization import refusals, requiring
from recommender.entrypoints.http.body_limit import LARGEST_BODIES, too_large
from recommender.entrypoints.http.metrics import Metrics
from recommender.entrypoints.http.parameters import NoParameters
from recommender.entrypoints.http.problems import documented, invalid, refusal
from recommender.entrypoints.wire import Mistake


class RefusedEvent(BaseModel):
    """An event that was not kept, and the first thing that is wrong with it."""

    index: int = Field(ge=0, description="Its place in what was sent, from 0.")
    field: str
    expected: str
    given: str | None = None


class EventsAnswer(BaseModel):
    """What became of the events."""

    accepted: int = Field(ge=0, description="So many are in the log, those sent before included.")
    unkept: int = Field(ge=0, description="So many were understood, and not kept, for want of consent.")
    refused: list[RefusedEvent]


_ANSWER = {
    "accepted": 1,
    "unkept": 0,
    "refused": [{"index": 1, "field": "item_id", "expected": "required"}],
}
_BODIES = {
    "one": {"summary": "One event", "value": {"type": "view", "user_id": "257597", "item_id": "355908"}},
    "several": {
        "summary": "Several, of which one cannot be understood",
        "value": [
            {
                "event_id": "order-81-1",
                "type": "purchase",
                "user_id": "257597",
                "session_id": "s-81",
                "item_id": "355908",
                "timestamp": "2015-05-03T02:58:00Z",
                "quantity": 2,
                "price": 12.5,
                "currency": "EUR",
                "transaction_id": "order-81",
            },
            {"type": "view", "session_id": "s-81"},
        ],
    },
}
_RESPONSES = {
    200: {"content": {"application/json": {"example": _ANSWER}}},
    **documented(
        too_large(LARGEST_BODIES["/events"]),
        refusal(InvalidRequest("[0].item_id", "required")),
        refusal(Overloaded("More events arrive than can be stored; send them again later.")),
    ),
}


def event_routes(
    record: Record, clock: Clock, new_id: Callable[[], str], keys: ApiKeys, metrics: Metrics
) -> APIRouter:
    """Routes that take what shoppers do: with keys, from those who may write."""
    router = APIRouter(
        tags=["events"], dependencies=requiring(keys, Scope.WRITE), responses={**refusals(keys)}
    )

    @router.post(
        "/events",
        response_model=EventsAnswer,
        responses=_RESPONSES,
        summary="Say what shoppers did",
    )
    async def take(
        events: Annotated[Events, Body(openapi_examples=_BODIES)], _: Annotated[NoParameters, Query()]
    ) -> JSONResponse:
        """Keep one event, or up to 500.

        The answer comes when they are stored durably, and from then on they count in recommendations. An
        event that cannot be understood does not keep the others out: it is named. If none can be understood,
        that is 422. After 503 nobody knows: send them again, with the event_ids that you gave them.
        """
        found = sorted_out(events, clock.now(), new_id)
        if len(found.refused) == len(events):
            metrics.events.taken(found, clock.now())
            return invalid(_located(found))
        await record(found.kept, found.fresh)
        metrics.events.taken(found, clock.now())
        for event in found.kept:
            metrics.attribution.happened(event)
        return JSONResponse(_document(found))

    return router


def _located(found: SortedOut) -> list[Mistake]:
    """All mistakes, each with the place of its event, unless there is but one."""
    if len(found.refused) == 1:
        return found.refused[0]
    return [
        Mistake(f"[{at}].{each.field}", each.expected, each.given)
        for at, wrong in found.refused.items()
        for each in wrong
    ]


def _document(found: SortedOut) -> dict[str, object]:
    return {
        "accepted": len(found.kept),
        "unkept": found.unkept,
        "refused": [
            RefusedEvent(
                index=at, field=wrong[0].field, expected=wrong[0].expected, given=wrong[0].given
            ).model_dump(exclude_none=True)
            for at, wrong in found.refused.items()
        ],
    }
