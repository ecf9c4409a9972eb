"""The application: routes, problems and limits put together from what is passed in."""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass, field

from fastapi import FastAPI
from starlette.middleware import Middleware

from recommender import __version__
from recommender.application.keys import ApiKeys
from recommender.application.live import Live
from recommender.application.ports import Clock
from recommender.application.serving import Serving
from recommender.entrypoints.http.access_log import AccessLog
from recommender.entrypoints.http.attribution import attribution_routes
from recommender.entrypoints.http.body_limit import BodyLimit
from recommender.entrypoints.http.cross_origin import cross_origin
from recommender.entrypoints.http.documents import document_routes
from recommender.entrypoints.http.events import event_routes
from recommender.entrypoints.http.exposition import metrics_routes
from recommender.entrypoints.http.faults import Faults
from recommender.entrypoints.http.following import RELOAD_SECONDS, following
from recommender.entrypoints.http.health import health_routes
from recommender.entrypoints.http.item_lists import item_list_routes
from recommender.entrypoints.http.metrics import Metrics
from recommender.entrypoints.http.problems import answer_with_problems
from recommender.entrypoints.http.recommendations import recommendation_routes
from recommender.entrypoints.http.security_headers import SecurityHeaders
from recommender.entrypoints.http.shedding import Queue, Shedding, beating
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


@dataclass(frozen=True)
class Edge:
    """What the application is told of its surroundings; by default it stands alone and open.

    origins: of pages whose scripts may call, ("*",) for all. longest_wait: in seconds, see shedding.py.
    """

    keys: ApiKeys = field(default_factory=ApiKeys)
    origins: tuple[str, ...] = ()
    longest_wait: float = math.inf
    metrics_folder: str | None = None


def create_app(
    serving: Serving,
    clock: Clock,
    new_id: Callable[[], str],
    reload_seconds: float = RELOAD_SECONDS,
    edge: Edge = Edge(),
    live: Live | None = None,
) -> FastAPI:
    """The ASGI application. `new_id` names answers and events, each differently.

    live: what takes events; without it there is no /events, and answers know what the model knows.
    The model is loaded when the server starts; if there is none, the server starts all the same. Every so
    many seconds it looks whether another version has become current.
    """
    metrics, queue = Metrics(edge.metrics_folder), Queue(edge.longest_wait, time.monotonic)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        # What is entered here is left when the last request has been answered, in reverse order.
        async with (
            following(serving, reload_seconds, metrics.reload_failures),
            live.running(serving) if live else nullcontext(),
        ):
            with beating(queue):
                yield

    app = FastAPI(
        title="recommender",
        version=__version__,
        description=_DESCRIPTION,
        openapi_tags=_TAGS,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        middleware=_middleware(edge, metrics, queue),
    )
    answer_with_problems(app)
    recall = live.recall if live else None
    for routes in (
        recommendation_routes(serving, clock, new_id, metrics, recall, queue),
        item_list_routes(serving, new_id, metrics.attribution),
        shopper_routes(serving, edge.keys, recall),
        health_routes(serving, clock, recall),
        metrics_routes(metrics, serving, clock),
        attribution_routes(metrics, edge.keys),
        document_routes(app.title),
    ):
        # include_router() would match each request twice; its prefixes, lifespans and overrides are not used.
        app.router.routes += routes.routes
    if live:
        app.router.routes += event_routes(live.record, clock, new_id, edge.keys, metrics).routes
    return app


def _middleware(edge: Edge, metrics: Metrics, queue: Queue) -> list[Middleware]:
    """From the outside in; all of it plain ASGI, as every request passes through.

    1. AccessLog names, logs and counts whatever follows, refusals too.
    2. SecurityHeaders and CORS add headers to all of it: a page can read a refusal only with those of CORS.
    3. Shedding refuses before anything costs time.
    4. Faults answers what nobody caught, so that the three above see an answer.
    5. BodyLimit counts what is read of a body.

    Inside are the routes, which check keys: only they know who needs one.
    """
    return [
        Middleware(AccessLog, metrics.requests),
        Middleware(SecurityHeaders),
        *([cross_origin(edge.origins)] if edge.origins else []),
        Middleware(Shedding, queue, metrics.requests.shed),
        Middleware(Faults),
        Middleware(BodyLimit),
    ]
