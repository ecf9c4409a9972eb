"""Explanations in ids and words, for answers of which they are wanted."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.application.wording import in_words
from recommender.domain import explanation as domain
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.retrieval import Query

MOST_FEATURES = 5


@dataclass(frozen=True)
class FoundBy:
    """A source that listed the item, at which rank from 1 on, and by which of the shopper's items, if any."""

    source: str
    rank: int
    because_of: str | None


@dataclass(frozen=True)
class Feature:
    """The value of a feature, and what it adds to the log-odds of the score."""

    feature: str
    value: float
    contribution: float


@dataclass(frozen=True)
class Explanation:
    """Why an item is on a list.

    features: those that mattered most, of either sign. Their contributions, other_features and average add up
    to the log-odds of the score; average is that of the candidates with which the list is compared.
    """

    words: str
    sources: tuple[FoundBy, ...]
    features: tuple[Feature, ...]
    other_features: float
    average: float


def in_ids_and_words(index: Index, query: Query, item: int, found: domain.Explanation) -> Explanation:
    """An explanation of the domain for the world outside."""
    sources = tuple(
        FoundBy(
            each.source, each.rank, None if each.because_of == ABSENT else index.items.id(each.because_of)
        )
        for each in found.found
    )
    features = tuple(
        Feature(found.features[place], float(found.value[place]), float(found.contribution[place]))
        for place in found.most(MOST_FEATURES)
    )
    others = float(found.contribution.sum()) - sum(each.contribution for each in features)
    return Explanation(in_words(index, query, item, found), sources, features, others, found.average)
