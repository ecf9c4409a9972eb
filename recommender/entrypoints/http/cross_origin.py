"""Which pages may call from a browser (CORS). By default none."""

from __future__ import annotations

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

_DAY = 86_400


def cross_origin(origins: tuple[str, ...]) -> Middleware:
    """Starlette's middleware for these origins; no cookies, as nothing here heeds any."""
    return Middleware(
        CORSMiddleware,
        allow_origins=origins,
        allow_methods=("GET", "POST"),
        allow_headers=("Authorization", "Content-Type", "X-API-Key", "X-Request-ID"),
        expose_headers=("Retry-After", "X-Request-ID"),
        max_age=_DAY,
    )
