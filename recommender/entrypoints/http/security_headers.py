"""Headers that browsers heed. HSTS is left to whoever ends TLS."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_DEFAULTS = [
    (b"cache-control", b"no-store"),  # answers are about a person, or about a moment
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),  # nothing here is a page
]


class SecurityHeaders:
    """ASGI middleware; what a route says itself about caching or its content stands."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = message.get("headers", ())
                said = {name for name, _ in headers}
                message["headers"] = [
                    *headers,
                    *_ALWAYS,
                    *(each for each in _DEFAULTS if each[0] not in said),
                ]
            await send(message)

        await self._app(scope, receive, sending)
