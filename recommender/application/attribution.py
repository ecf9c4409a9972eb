"""Which model version an answer came from: its name says so, and nobody has to remember it.

A recommendation_id is `<model version>.<what makes it unique>`. An event that brings one back is attributed
to that version, whichever server gave the answer and however often it was restarted since.
"""

from __future__ import annotations

import re

_NAMED = re.compile(r"(\d{8}T\d{6}Z-[0-9a-f]{12})\.[0-9A-Za-z-]+")


def recommendation_id(version: str, unique: str) -> str:
    """The name of an answer by this model version."""
    return f"{version}.{unique}"


def version_of(name: str) -> str | None:
    """The model version that an answer of this name is by; None for a name that is none of ours."""
    named = _NAMED.fullmatch(name)
    return named[1] if named else None
