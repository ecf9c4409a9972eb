"""The application: routes, problems and limits put together from what is passed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext

from fastapi import FastAPI

from recommender import __version__
from recommender.application.live import Live
from recommender.application.ports import Clock
from recommender.application.serving import Serving
from recommender.entrypoints.http.body_limit import BodyLimit
from recommender.entrypoints.http.events import event_routes
from recommender.entrypoints.http.following import RELOAD_SECONDS, following
from recommender.entrypoints.http.health import health_routes
from recommender.entrypoints.http.item_lists import item_list_routes
from recommender.entrypoints.http.problems import answer_with_problems
from recommender.entrypoints.http.recommendations import recommendation_routes
from recommender.entrypoints.http.shoppers import shopper_routes

_DESCRIPTION = """Recommendations for an online shop, learnt from its click log.

Ids are opaque strings of 1 to 64 characters. Times are integer milliseconds since 1970 UTC or RFC 3339 with
an offset. Every error is a problem document (RFC 9457, `application/problem+json`); unknown fields and
parameters are refused."""

_TAGS = [
    {"name": "recommendations", "description": "What a shopper should see next, and why."},
    {"name": "item lists", "description": "What goes with an item or a basket, and what is popular."},
    {"name": "events", "description": "What shoppers do."},
    {"name": "shoppers", "description": "What is known of a shopper."},
    {"name": "service", "description": "How the service is."},
]


def create_app(
    serving: Serving,
    clock: Clock,
    new_id: Callable[[], str],
    reload_seconds: float = RELOAD_SECONDS,
    live: Live | None = None,
) -> FastAPI:
    """The ASGI application. `new_id` names answers and events, each differently.

    live: what takes events; without it there is no /events, and answers know what the model knows.
    The model is loaded when the server starts; if there is none, the server starts all the same. Every so
    many seconds it looks whether another version has become current.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with following(serving, reload_seconds), live.running(serving) if live else nullcontext():
            yield

    app = FastAPI(
        title="recommender",
        version=__version__,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
    )
    app.add_middleware(BodyLimit)
    answer_with_problems(app)
    recall = live.recall if live else None
    for routes in (
        recommendation_routes(serving, clock, new_id, recall),
        item_list_routes(serving, new_id),
        shopper_routes(serving, recall),
        health_routes(serving, clock, recall),
    ):
        app.include_router(routes)
    if live:
        app.include_router(event_routes(live.record, clock, new_id))
    return app
