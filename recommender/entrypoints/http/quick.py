"""A short way to the answer for GET /recommend/{user_id}.

FastAPI goes through every parameter of every request anew, with much around it. Here pydantic reads all of
them at once. Whatever it does not accept goes the long way, and gets its refusal there.
"""

from __future__ import annotations

from typing import get_origin

from fastapi import Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.datastructures import QueryParams
from starlette.types import Receive, Scope, Send

from recommender.entrypoints.wire import Id, RecommendationQuery

_LISTS = frozenset(
    name for name, field in RecommendationQuery.model_fields.items() if get_origin(field.annotation) is list
)
_ID: TypeAdapter[str] = TypeAdapter(Id)


class QuickRoute(APIRoute):
    """A route whose GET takes a `user_id` in the path and a RecommendationQuery; others are as usual.

    What its endpoint raises is answered by the application, as it would be on the long way.
    """

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let FastAPI do so."""
        if scope["method"] != "GET" or self.methods != {"GET"}:
            await super().handle(scope, receive, send)
            return
        try:
            user_id = _ID.validate_python(scope["path_params"]["user_id"])
            query = parsed(QueryParams(scope["query_string"]))
        except ValidationError:
            await super().handle(scope, receive, send)
            return
        response: Response = await self.endpoint(user_id, query)
        await response(scope, receive, send)


def parsed(given: QueryParams) -> RecommendationQuery:
    """The parameters; raises pydantic's ValidationError."""
    return RecommendationQuery.model_validate(
        {name: given.getlist(name) if name in _LISTS else given[name] for name in given}
    )
