"""Keys at the door: routers that need one are given `requiring(keys, scope)` as their dependencies.

    APIRouter(dependencies=requiring(keys, Scope.WRITE), responses=refusals(keys))

Without keys there is nothing to check, and OpenAPI speaks of none.
"""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Security
from fastapi.params import Depends as Dependency
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from starlette.exceptions import HTTPException

from recommender.application.keys import ApiKeys, Scope
from recommender.entrypoints.http.problems import documented, problem

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="recommender"'}
_HOW = "send one as `Authorization: Bearer KEY` or as `X-API-Key: KEY`."
_MISSING = f"A key is required: {_HOW}"
_WRONG = f"No such key: {_HOW}"

_bearer = HTTPBearer(scheme_name="Bearer", description="A key of this service.", auto_error=False)
_header = APIKeyHeader(
    name="X-API-Key",
    scheme_name="X-API-Key",
    description="The same.",
    auto_error=False,
)


def requiring(keys: ApiKeys, scope: Scope) -> list[Dependency]:
    """Dependencies that let nobody pass without a key of this scope: 401 without a key, 403 with another."""

    async def authorized(
        bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)],
        header: Annotated[str | None, Security(_header)],
    ) -> None:
        presented = bearer.credentials if bearer else header
        if presented is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, _MISSING, _CHALLENGE)
        scopes = keys.scopes(presented)
        if scopes is None:
            raise HTTPException(HTTPStatus.UNAUTHORIZED, _WRONG, _CHALLENGE)
        if scope not in scopes:
            raise HTTPException(HTTPStatus.FORBIDDEN, _lacking(scope))

    return [Depends(authorized)] if keys else []


def refusals(keys: ApiKeys) -> Mapping[int | str, dict[str, Any]]:
    """What such routes may answer then, for OpenAPI."""
    if not keys:
        return {}
    return documented(
        problem(HTTPStatus.UNAUTHORIZED, _MISSING), problem(HTTPStatus.FORBIDDEN, _lacking(Scope.READ))
    )


def _lacking(scope: Scope) -> str:
    return f"This key has not the scope `{scope}`."
