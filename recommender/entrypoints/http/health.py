"""GET /health for people, /livez and /readyz for whoever starts and stops the process."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from recommender import __version__
from recommender.application.moments import rfc_3339
from recommender.application.ports import Clock
from recommender.application.recall import Recall
from recommender.application.serving import Failure, Served, Serving
from recommender.domain.errors import NoModelPublished, RecommenderError
from recommender.domain.events import SECOND
from recommender.entrypoints.http.problems import documented, refusal, told


class ModelHealth(BaseModel):
    """The version that is served; times are RFC 3339 in UTC."""

    version: str
    goals: list[str] = Field(description="The first is the default.")
    start: datetime = Field(description="When the log it learnt from begins.")
    end: datetime = Field(description="When that log ends.")
    loaded_at: datetime
    age_seconds: int = Field(description="From the end of the log until now.")
    users: int
    items: int
    categories: int


class ReloadHealth(BaseModel):
    """Why the version that is current in the store is not the one that is served."""

    failed_at: datetime = Field(description="When it was last tried.")
    version: str | None = Field(description="null if the store could not even name it.")
    error: str


class HealthAnswer(BaseModel):
    """How the service is."""

    status: str = Field(
        description="stale: what is served is not what is current in the store, or nobody knows.",
        json_schema_extra={"enum": ["ok", "stale", "no model"]},
    )
    version: str = Field(description="Of this program.")
    model: ModelHealth | None = Field(None, description="Not there while there is no model.")
    reload: ReloadHealth | None = Field(None, description="Not there while all is well.")
    memory: str | None = Field(
        None, description="That what shoppers did just now is not known; not there while it is."
    )
    error: str | None = Field(None, description="Why there is no model.")


class StatusAnswer(BaseModel):
    """That all is well."""

    status: str = Field(examples=["ok"])


def health_routes(serving: Serving, clock: Clock, recall: Recall | None) -> APIRouter:
    """Routes about the service itself."""
    router = APIRouter(tags=["service"])

    @router.get("/health", response_model=HealthAnswer, response_model_exclude_unset=True)
    async def health() -> JSONResponse:
        """How the service is, for people; always 200 while the process runs."""
        try:
            model = _described(serving.served, clock.now())
        except RecommenderError as error:
            return JSONResponse({"status": "no model", "version": __version__, "error": told(error)})
        answer = {"status": "ok", "version": __version__, "model": model}
        if failure := serving.failure:
            answer |= {"status": "stale", "reload": _failed(failure)}
        if recall and recall.failure:
            answer |= {"status": "stale", "memory": told(recall.failure)}
        return JSONResponse(answer)

    @router.get("/livez", response_model=StatusAnswer)
    async def livez() -> JSONResponse:
        """Whether the process runs."""
        return JSONResponse({"status": "ok"})

    @router.get("/readyz", response_model=StatusAnswer, responses=documented(refusal(NoModelPublished())))
    async def readyz() -> JSONResponse:
        """Whether a model is loaded; also while its store is away."""
        _ = serving.served
        return JSONResponse({"status": "ok"})

    return router


def _described(served: Served, now: int) -> dict[str, object]:
    index = served.model.index
    return {
        "version": served.version,
        "goals": served.model.goals,
        "start": rfc_3339(index.start),
        "end": rfc_3339(index.end),
        "loaded_at": rfc_3339(served.loaded_at),
        "age_seconds": (now - index.end) // SECOND,
        "users": len(index.users),
        "items": len(index.items),
        "categories": len(index.tree),
    }


def _failed(failure: Failure) -> dict[str, object]:
    return {
        "failed_at": rfc_3339(failure.at),
        "version": failure.version,
        "error": told(failure.error),
    }
