"""GET /docs: the API to try out in a browser."""

from __future__ import annotations

import base64
import re
from hashlib import sha256

from fastapi import APIRouter
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse

_CDN = "https://cdn.jsdelivr.net"
_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


def document_routes(title: str) -> APIRouter:
    """The page, which loads Swagger UI from a CDN and runs its own script, and may do nothing else."""
    router = APIRouter(include_in_schema=False)
    # Relative, so that it is found behind a proxy that adds a prefix, too.
    html = get_swagger_ui_html(openapi_url="openapi.json", title=title, swagger_favicon_url="data:,")
    page = bytes(html.body)
    headers = {"Content-Security-Policy": _policy(page), "Cache-Control": "public, max-age=300"}

    @router.get("/docs")
    async def docs() -> HTMLResponse:
        return HTMLResponse(page, headers=headers)

    return router


def _policy(page: bytes) -> str:
    """What the page needs: the CDN, its own script by its hash, inline styles of Swagger UI, and this API."""
    hashes = (base64.b64encode(sha256(script).digest()).decode() for script in _SCRIPT.findall(page))
    return "; ".join(
        [
            "default-src 'none'",
            " ".join(["script-src", _CDN, *(f"'sha256-{each}'" for each in hashes)]),
            f"style-src {_CDN} 'unsafe-inline'",
            "img-src 'self' data:",
            "connect-src 'self'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )
