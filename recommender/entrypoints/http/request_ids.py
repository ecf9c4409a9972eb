"""The name of a request: the caller's own if it is fit for a header and a log line, else a new one."""

from __future__ import annotations

import re
from uuid import uuid4

from starlette.types import Scope

HEADER = b"x-request-id"
_SANE = re.compile(rb"[A-Za-z0-9._:/+=@-]{1,128}")


def request_id_of(scope: Scope) -> str:
    """What the request is called; of several names the first counts."""
    for name, value in scope["headers"]:
        if name == HEADER:
            given: bytes = value
            return given.decode("ascii") if _SANE.fullmatch(given) else uuid4().hex
    return uuid4().hex
