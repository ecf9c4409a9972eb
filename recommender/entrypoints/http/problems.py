"""Every refusal as application/problem+json (RFC 9457)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from recommender.domain.errors import (
    CorruptData,
    CorruptModel,
    FileRefused,
    InvalidRequest,
    InvalidSettings,
    MemoryUnavailable,
    NoModelPublished,
    NotEnoughData,
    NothingToRollBackTo,
    Overloaded,
    RecommenderError,
    StorageUnavailable,
    UnknownItem,
    UnknownVersion,
    VersionInUse,
)
from recommender.entrypoints.wire import Mistake, mistakes

STATUS: Mapping[type[RecommenderError], HTTPStatus] = {
    InvalidRequest: HTTPStatus.UNPROCESSABLE_ENTITY,
    NoModelPublished: HTTPStatus.SERVICE_UNAVAILABLE,
    CorruptModel: HTTPStatus.SERVICE_UNAVAILABLE,
    CorruptData: HTTPStatus.SERVICE_UNAVAILABLE,
    StorageUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    MemoryUnavailable: HTTPStatus.SERVICE_UNAVAILABLE,
    Overloaded: HTTPStatus.SERVICE_UNAVAILABLE,
    UnknownVersion: HTTPStatus.NOT_FOUND,
    UnknownItem: HTTPStatus.NOT_FOUND,
    # What follows belongs to the command line; reaching a client it would be a fault of this program.
    InvalidSettings: HTTPStatus.INTERNAL_SERVER_ERROR,
    FileRefused: HTTPStatus.INTERNAL_SERVER_ERROR,
    NotEnoughData: HTTPStatus.INTERNAL_SERVER_ERROR,
    VersionInUse: HTTPStatus.INTERNAL_SERVER_ERROR,
    NothingToRollBackTo: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""What each leaf of the tree of errors means to a client."""

RETRY_AFTER = 5
"""Seconds after which a client may hope that what was missing is there."""

MOST_MISTAKES = 20
"""More mistakes than this are not listed."""


class ProblemResponse(JSONResponse):
    """A problem document in ASCII: it repeats what was sent, which need not be valid Unicode."""

    media_type = "application/problem+json"

    def render(self, content: object) -> bytes:
        """The document as bytes."""
        return json.dumps(content).encode()


def problem(
    status: HTTPStatus,
    detail: str,
    errors: Sequence[Mistake] = (),
    headers: Mapping[str, str] | None = None,
) -> ProblemResponse:
    """A problem document; `errors` names the fields at fault."""
    document: dict[str, object] = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
    }
    if errors:
        document["errors"] = [_described(each) for each in errors[:MOST_MISTAKES]]
    return ProblemResponse(document, status, headers)


def invalid(found: Sequence[Mistake]) -> ProblemResponse:
    """The problem of a request that cannot be understood: the first mistake in words, all of them listed."""
    more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
    detail = f"{found[0].field}: {found[0].expected}{more}"
    return problem(HTTPStatus.UNPROCESSABLE_ENTITY, detail, found)


def answer_with_problems(app: FastAPI) -> None:
    """Let the app answer every error with a problem document; faults of the program are left to Faults."""

    @app.exception_handler(RecommenderError)
    async def refused(_: Request, error: RecommenderError) -> ProblemResponse:
        return refusal(error)

    @app.exception_handler(RequestValidationError)
    async def not_understood(_: Request, error: RequestValidationError) -> ProblemResponse:
        if isinstance(error.body, bytes):  # FastAPI parses a body that is said to be JSON, and no other
            return invalid([Mistake("body", "expected JSON, and the header content-type: application/json")])
        return invalid(mistakes(_without_place(each) for each in error.errors()))

    @app.exception_handler(HTTPException)
    async def refused_by_the_framework(_: Request, error: HTTPException) -> ProblemResponse:
        if error.status_code == HTTPStatus.BAD_REQUEST:
            # FastAPI's word for a body its JSON parser gave up on: no UTF-8, nested too deep, endless digits.
            return invalid([Mistake("body", "expected JSON in UTF-8 that a parser can read")])
        return problem(HTTPStatus(error.status_code), error.detail, headers=error.headers)


def refusal(error: RecommenderError) -> ProblemResponse:
    """The answer to an error of the tree; raises it again if no client should have met it."""
    if isinstance(error, InvalidRequest):
        return invalid([Mistake(error.field, error.expected)])
    status = STATUS[type(error)]
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        raise error
    waiting = {"Retry-After": str(RETRY_AFTER)}
    headers = waiting if status == HTTPStatus.SERVICE_UNAVAILABLE else None
    return problem(status, told(error), headers=headers)


def told(error: RecommenderError) -> str:
    """What clients hear of an error: where the storage and the memory are belongs into the log."""
    if isinstance(error, MemoryUnavailable):
        return "The shopper memory cannot be used."
    return "The storage cannot be used." if isinstance(error, StorageUnavailable) else str(error)


def _without_place(error: Mapping[str, Any]) -> Mapping[str, Any]:
    """FastAPI's error with the field's own path: no "query" or "body" before it, no position in a text."""
    return {**error, "loc": () if error["type"] == "json_invalid" else error["loc"][1:]}


def _described(mistake: Mistake) -> dict[str, str]:
    described = {"field": mistake.field, "expected": mistake.expected}
    return described if mistake.given is None else described | {"given": mistake.given}


_MISTAKE_SCHEMA = {
    "type": "object",
    "required": ["field", "expected"],
    "properties": {
        "field": {"type": "string", "description": "Such as n or events[2].item_id; body for the whole."},
        "expected": {"type": "string"},
        "given": {"type": "string", "description": "What was given instead, shortened."},
    },
}
PROBLEM_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "const": "about:blank"},
        "title": {"type": "string", "description": "The name of the status."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong, for whoever has to mend it."},
        "errors": {"type": "array", "maxItems": MOST_MISTAKES, "items": _MISTAKE_SCHEMA},
    },
}


def documented(*answers: ProblemResponse) -> dict[int | str, dict[str, Any]]:
    """Describe problems that a route may answer with, each by an example, for OpenAPI."""
    return {
        answer.status_code: {
            "description": HTTPStatus(answer.status_code).phrase,
            "content": {
                answer.media_type: {"schema": PROBLEM_SCHEMA, "example": json.loads(bytes(answer.body))}
            },
        }
        for answer in answers
    }
