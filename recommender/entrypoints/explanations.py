"""The JSON of explanations."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from recommender.application.explain import Explanation

EXPLANATION: JsonDict = {
    "words": "You put it in the cart 5 minutes ago; people look at it within a few steps of 248676.",
    "sources": [
        {"source": "own_items", "rank": 1},
        {"source": "co_visitation", "rank": 4, "because_of": "248676"},
    ],
    "features": [
        {"feature": "own_carts", "value": 0.6931, "contribution": 2.31},
        {"feature": "own_log_days_since", "value": 0.0035, "contribution": 1.17},
        {"feature": "log_popularity_recent", "value": 0.41, "contribution": -0.12},
    ],
    "other_features": 0.24,
    "average": -6.72,
}
"""An example."""


class SourceOfItem(BaseModel):
    """A source that found the item."""

    source: str
    rank: int = Field(ge=1, description="Its place in the list of the source.")
    because_of: str | None = Field(
        None,
        description="Which of the shopper's latest items alone leads to it most; not there if none does.",
    )


class FeatureOfItem(BaseModel):
    """A feature that mattered."""

    feature: str
    value: float
    contribution: float = Field(description="What it adds to the log-odds of the score, or takes off.")


class ExplanationOfItem(BaseModel):
    """Why an item is on a list: contributions, other_features and average add up to the score's log-odds."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXPLANATION]})

    words: str
    sources: list[SourceOfItem] = Field(description="Best rank first.")
    features: list[FeatureOfItem] = Field(description="The five that mattered most, of either sign.")
    other_features: float = Field(description="The contributions of all others together.")
    average: float = Field(description="The mean log-odds of the candidates that the list is compared with.")


def explained(explanation: Explanation) -> dict[str, object]:
    """An explanation, as its JSON has it."""
    return {
        "words": explanation.words,
        "sources": [
            {name: value for name, value in vars(each).items() if value is not None}
            for each in explanation.sources
        ],
        "features": [vars(each) for each in explanation.features],
        "other_features": explanation.other_features,
        "average": explanation.average,
    }
