"""GET /attribution: what came of what was shown, for each model version."""

from __future__ import annotations

from collections import defaultdict
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse
from prometheus_client import CollectorRegistry
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool

from recommender.application.keys import ApiKeys, Scope
from recommender.domain.events import EventType
from recommender.entrypoints.http.authorization import refusals, requiring
from recommender.entrypoints.http.metrics import ATTRIBUTED, SHOWN, Metrics
from recommender.entrypoints.http.parameters import NoParameters


class VersionAttribution(BaseModel):
    """One model version."""

    model_version: str
    items_shown: int = Field(ge=0, description="Items on the lists that were answered.")
    view: int = Field(ge=0, description="Looks that were sent with the recommendation_id of such a list.")
    addtocart: int = Field(ge=0)
    transaction: int = Field(ge=0)
    click_through: float | None = Field(
        description="Looks per item shown; null if nothing was shown since the server started."
    )
    conversion: float | None = Field(description="Purchases per look; null without a look.")


class AttributionAnswer(BaseModel):
    """What this server, with all of its workers, has counted since it started."""

    versions: list[VersionAttribution] = Field(description="By name, the oldest first.")


_EXAMPLE = {
    "versions": [
        {
            "model_version": "20150918T030000Z-5f1d0c2a77e1",
            "items_shown": 5000,
            "view": 210,
            "addtocart": 31,
            "transaction": 12,
            "click_through": 0.042,
            "conversion": 0.0571,
        }
    ]
}


def attribution_routes(metrics: Metrics, keys: ApiKeys) -> APIRouter:
    """Routes about what came of recommendations: with keys, for those who may read."""
    router = APIRouter(
        tags=["service"], dependencies=requiring(keys, Scope.READ), responses={**refusals(keys)}
    )
    counted = metrics.together()

    @router.get(
        "/attribution",
        response_model=AttributionAnswer,
        responses={200: {"content": {"application/json": {"example": _EXAMPLE}}}},
        summary="Click-through and conversion of each model version",
    )
    async def attribution(_: Annotated[NoParameters, Query()]) -> JSONResponse:
        """What was done with a `recommendation_id`, by the model version that the answer came from.

        Counted since the server started, by all of its workers; several servers are added up by Prometheus,
        which finds the same under `/metrics`.
        """
        return JSONResponse({"versions": await run_in_threadpool(_versions, counted)})

    return router


def _versions(counted: CollectorRegistry) -> list[dict[str, object]]:
    shown: dict[str, int] = defaultdict(int)
    events: dict[tuple[str, str], int] = defaultdict(int)
    for sample in (sample for family in counted.collect() for sample in family.samples):
        if sample.name == f"{SHOWN}_total":
            shown[sample.labels["model_version"]] += int(sample.value)
        elif sample.name == f"{ATTRIBUTED}_total":
            events[sample.labels["model_version"], sample.labels["type"]] += int(sample.value)
    return [
        _described(version, shown[version], events) for version in sorted({*shown, *(v for v, _ in events)})
    ]


def _described(version: str, shown: int, events: dict[tuple[str, str], int]) -> dict[str, object]:
    counts = {kind: events[version, kind.wire] for kind in EventType}
    looks = counts[EventType.VIEW]
    return {
        "model_version": version,
        "items_shown": shown,
        **{kind.wire: count for kind, count in counts.items()},
        "click_through": looks / shown if shown else None,
        "conversion": counts[EventType.TRANSACTION] / looks if looks else None,
    }
