"""GET /similar, GET and POST /bought-together, GET /popular and /trending."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from recommender.application.attribution import recommendation_id
from recommender.application.item_lists import ItemList, ItemLists
from recommender.application.serving import Serving
from recommender.domain.errors import InvalidRequest, NoModelPublished, UnknownItem
from recommender.domain.popularity import Window
from recommender.domain.retrieval import Reason
from recommender.entrypoints.http.body_limit import too_large
from recommender.entrypoints.http.examples import NAMED
from recommender.entrypoints.http.metrics import AttributionMetrics
from recommender.entrypoints.http.parameters import (
    BasketBody,
    ListParameters,
    NoParameters,
    PopularParameters,
    TrendingParameters,
)
from recommender.entrypoints.http.paths import ITEM_ID
from recommender.entrypoints.http.problems import documented, refusal
from recommender.entrypoints.wire import Id, recommended


class ListedItem(BaseModel):
    """One item of a list."""

    item_id: str
    score: float = Field(ge=0, description="What it means depends on the list; the best comes first.")
    reason: str = Field(json_schema_extra={"enum": [reason.wire for reason in Reason]})


class ItemListAnswer(BaseModel):
    """A list about items, best first."""

    recommendations: list[ListedItem]
    model_version: str
    recommendation_id: str = Field(description="A new one for every answer.")


class BasketAnswer(ItemListAnswer):
    """A list about a basket, best first."""

    ignored_items: list[str] = Field(
        [], description="Items of the basket that the shop does not have; not there if there are none."
    )


Compute = Callable[[ItemLists], ItemList]

_ITEM = Path(examples=["355908"])
_REFUSED = documented(
    refusal(InvalidRequest("n", "expected less than or equal to 100")), refusal(NoModelPublished())
)
_UNKNOWN = documented(refusal(UnknownItem("teapot")))


def _example(score: float, reason: Reason) -> dict[int | str, dict[str, object]]:
    """The answers of a route, that to a good request by an example."""
    answer = {
        "recommendations": [{"item_id": "248676", "score": score, "reason": reason.wire}],
        **NAMED,
    }
    return {200: {"content": {"application/json": {"example": answer}}}, **_REFUSED}


def item_list_routes(
    serving: Serving, new_id: Callable[[], str], attribution: AttributionMetrics
) -> APIRouter:
    """Routes that answer from the index of the model in use, on the event loop as recommendations do."""
    router = APIRouter(tags=["item lists"])

    def answered(compute: Compute) -> JSONResponse:
        served = serving.served
        found = compute(served.lists)
        attribution.shown(served.version, len(found.recommendations))
        return JSONResponse(_document(found, served.version, recommendation_id(served.version, new_id())))

    @router.get(
        f"/similar/{ITEM_ID}",
        response_model=ItemListAnswer,
        responses=_example(0.84, Reason.SIMILAR_ITEM) | _UNKNOWN,
        summary="Items like this one",
    )
    async def similar(
        item_id: Annotated[Id, _ITEM], query: Annotated[ListParameters, Query()]
    ) -> JSONResponse:
        """Items that are looked at next to this one, or among the same others.

        `score`: 1 for an item that is the first by both, less the further down it is; 0 for what fills the
        list up, popular items of the same category.
        """
        return answered(lambda lists: lists.similar(item_id, query.request()))

    @router.get(
        f"/bought-together/{ITEM_ID}",
        response_model=ItemListAnswer,
        responses=_example(0.12, Reason.BOUGHT_TOGETHER) | _UNKNOWN,
        summary="What goes with an item",
    )
    async def bought_with(
        item_id: Annotated[Id, _ITEM], query: Annotated[ListParameters, Query()]
    ) -> JSONResponse:
        """Items that shoppers had in hand within minutes of this one; only what is known to be.

        `score`: below 1, how many shoppers had both, relative to how many had each.
        """
        return answered(lambda lists: lists.bought_with(item_id, query.request()))

    @router.post(
        "/bought-together",
        response_model=BasketAnswer,
        responses=_example(0.12, Reason.BOUGHT_TOGETHER) | documented(too_large()),
        summary="What goes with a basket",
    )
    async def bought_together(
        body: Annotated[BasketBody, Body(openapi_examples=_BASKETS)], _: Annotated[NoParameters, Query()]
    ) -> JSONResponse:
        """The same for several items: the mean over them. Items the shop does not have are ignored."""
        return answered(lambda lists: lists.bought_together(body.items, body.request()))

    @router.get(
        "/popular",
        response_model=ItemListAnswer,
        responses=_example(318.5, Reason.POPULAR),
        summary="What is popular in the shop or in a category",
    )
    async def popular(query: Annotated[PopularParameters, Query()]) -> JSONResponse:
        """Items by their events until the end of the model's log.

        `score`: their number, a cart counting 3 and a purchase 5, older events less as `window` says.
        """
        return answered(lambda lists: lists.popular(Window[query.window.upper()], query.request()))

    @router.get(
        "/trending",
        response_model=ItemListAnswer,
        responses=_example(7.2, Reason.TRENDING),
        summary="What the shop or a category has begun to look at",
    )
    async def trending(query: Annotated[TrendingParameters, Query()]) -> JSONResponse:
        """Items of which there is more than usual; only those, so that the list may be short.

        `score`: by how many standard deviations there is more.
        """
        return answered(lambda lists: lists.trending(Window[query.window.upper()], query.request()))

    return router


_BASKETS = {
    "basket": {"summary": "Two items", "value": {"items": ["355908", 248676], "n": 3}},
    "filtered": {
        "summary": "Of one category, and not everything",
        "value": {"items": ["355908"], "category": "1173", "exclude": ["32239"], "max_per_category": 2},
    },
}


def _document(found: ItemList, version: str, name: str) -> dict[str, object]:
    document: dict[str, object] = {
        "recommendations": recommended(found),
        "model_version": version,
        "recommendation_id": name,
    }
    if found.ignored_items:
        document["ignored_items"] = found.ignored_items
    return document
