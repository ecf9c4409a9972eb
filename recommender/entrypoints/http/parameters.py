"""Query parameters of routes that have few; an unknown one is refused by name."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from recommender.application.item_lists import LARGEST_BASKET, ListRequest
from recommender.application.shopper import DEFAULT_LIMIT
from recommender.application.wishes import DEFAULT_N, LARGEST_N
from recommender.domain.history import HISTORY_LENGTH
from recommender.entrypoints.wire import MOST_EXCLUDED, Id


class NoParameters(BaseModel):
    """Of a route that takes none."""

    model_config = ConfigDict(extra="forbid")


class HistoryParameters(NoParameters):
    """Of a shopper's history."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=HISTORY_LENGTH, description="So many events at most.")


class ListParameters(NoParameters):
    """Of a list about items."""

    n: int = Field(DEFAULT_N, ge=1, le=LARGEST_N, description="Length of the list.")
    category: Id | None = Field(None, description="Only items of this category and those below it.")
    exclude: list[Id] = Field([], max_length=MOST_EXCLUDED, description="Items that must not be shown.")
    max_per_category: int | None = Field(
        None, ge=1, le=LARGEST_N, description="So many items of one category at most; else any number."
    )

    def request(self) -> ListRequest:
        """The request for the use case."""
        return ListRequest(self.n, tuple(self.exclude), self.category, self.max_per_category)


class PopularParameters(ListParameters):
    """Of what is popular."""

    window: Literal["day", "week", "month", "all"] = Field(
        "week", description="An event counts half after a day, 7 days or 30 days; with all, always the same."
    )


class TrendingParameters(ListParameters):
    """Of what is trending."""

    window: Literal["day", "week"] = Field(
        "day", description="The last day against two weeks, or the last week against eight."
    )


class BasketBody(ListParameters):
    """The body of POST /bought-together."""

    model_config = ConfigDict(strict=True)

    items: list[Id] = Field(min_length=1, max_length=LARGEST_BASKET, description="The items in the basket.")
