"""Names every request, says in one line how it went, and counts it."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.entrypoints.http import notes
from recommender.entrypoints.http.metrics import RequestMetrics
from recommender.entrypoints.http.request_ids import HEADER, request_id_of
from recommender.entrypoints.logs import request_id

UNMATCHED = "unmatched"
"""The route of a request that came to none: an unknown path, or one that was refused before."""

CLOSED = 499
"""Logged as the status where the client was gone before an answer began."""

_LONGEST_PATH = 256
_A_FAULT = 500

_log = logging.getLogger("recommender.access")


@dataclass
class _Sent:
    """What went out so far; size in bytes, without headers."""

    status: int = CLOSED
    size: int = 0


class AccessLog:
    """ASGI middleware, the outermost: what the others refuse is named, logged and counted, too."""

    def __init__(self, app: ASGIApp, metrics: RequestMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and its name with the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        name = request_id_of(scope)
        request_id.set(name)  # a request is a task of its own, or the last one on its connection is over
        noted, sent = notes.begin(), _Sent()
        try:
            await self._app(scope, receive, _noting(send, (HEADER, name.encode()), sent))
        finally:
            self._tell(scope, sent, time.perf_counter() - began, noted)

    def _tell(self, scope: Scope, sent: _Sent, seconds: float, noted: dict[str, object]) -> None:
        route: str = getattr(scope.get("route"), "path_format", UNMATCHED)
        self._metrics.answered(route, scope["method"], sent.status, seconds)
        level = logging.WARNING if sent.status >= _A_FAULT else logging.INFO
        if not _log.isEnabledFor(level):
            return
        path = _path(scope)
        fields = {
            "method": scope["method"],
            "route": route,
            "path": path,
            "status": sent.status,
            "duration_ms": round(seconds * 1000, 2),
            "bytes": sent.size,
            **noted,
        }
        # logger.log() would walk the stack for a caller that nobody asks for.
        _log.handle(_log.makeRecord(_log.name, level, "", 0, "request", (), None, extra={"fields": fields}))


def _noting(send: Send, header: tuple[bytes, bytes], sent: _Sent) -> Send:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            sent.status = message["status"]
            message["headers"] = [*message.get("headers", ()), header]
        else:
            sent.size += len(message.get("body", b""))
        await send(message)

    return noting


def _path(scope: Scope) -> str:
    """The path as it was sent, percent-encoded; without the query, which is no business of a log."""
    path: str = (scope.get("raw_path") or scope["path"].encode()).decode("latin-1").partition("?")[0]
    return path if len(path) <= _LONGEST_PATH else f"{path[:_LONGEST_PATH]}…"
