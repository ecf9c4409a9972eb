"""Refuses bodies that are larger than any honest request."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.entrypoints.http.problems import ProblemResponse, problem

LARGEST_BODY = 64 * 1024
"""In bytes: 500 events with ids of usual length are about 50 kB."""

LARGEST_BODIES = {"/events": 512 * 1024}
"""Where events may say more of themselves than ids."""


class BodyLimit:
    """ASGI middleware: 413 for a body announced as too large, and for one that turns out to be."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting its body."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        largest = LARGEST_BODIES.get(scope["path"], LARGEST_BODY)
        if _announced(scope) > largest:
            await too_large(largest)(scope, receive, send)
        else:
            await self._app(scope, _counting(receive, largest), send)


def too_large(largest: int = LARGEST_BODY) -> ProblemResponse:
    """The answer to a body over the limit."""
    return problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _told(largest))


def _told(largest: int) -> str:
    return f"The body may have at most {largest} bytes."


def _announced(scope: Scope) -> int:
    """The content-length, 0 where there is none or it is no number."""
    announced = dict(scope["headers"]).get(b"content-length", b"")
    return int(announced) if announced.isdigit() else 0


def _counting(receive: Receive, largest: int) -> Receive:
    received = 0

    async def counted() -> Message:
        nonlocal received
        message = await receive()
        received += len(message.get("body", b""))
        if received > largest:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _told(largest))
        return message

    return counted
