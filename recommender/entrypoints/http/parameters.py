"""Query parameters of routes that have few; an unknown one is refused by name."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from recommender.application.shopper import DEFAULT_LIMIT
from recommender.domain.history import HISTORY_LENGTH


class NoParameters(BaseModel):
    """Of a route that takes none."""

    model_config = ConfigDict(extra="forbid")


class HistoryParameters(NoParameters):
    """Of a shopper's history."""

    limit: int = Field(DEFAULT_LIMIT, ge=1, le=HISTORY_LENGTH, description="So many events at most.")
