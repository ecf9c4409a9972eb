"""What nobody expected: logged with its traceback, answered without."""

from __future__ import annotations

import logging
from http import HTTPStatus

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.entrypoints.http.problems import problem

_log = logging.getLogger(__name__)


class Faults:
    """ASGI middleware: a fault of the program becomes a 500, inside those that log and add headers.

    Starlette has a handler for that outside of all middleware, where the answer would get no headers.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; where an answer has begun, its connection is cut off."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:
            if begun:
                raise  # the server logs it
            _log.exception("A fault of this program.")
            detail = "A fault of this service; it has been logged."
            await problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)(scope, receive, send)
