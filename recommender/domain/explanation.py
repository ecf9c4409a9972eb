"""Why an item is on a shopper's list: which sources found it, by what, and what its features did.

Everything is worked out from what the answer was made of; nothing is if nobody asks for it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import EventType
from recommender.domain.history import History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.model import Ranking, Scored
from recommender.domain.popularity import Floats
from recommender.domain.ranking import Ranker
from recommender.domain.retrieval import Query, Source
from recommender.domain.trees import BLOCK

COMPARED = BLOCK
"""A list is compared with itself and with other candidates, so many rows in all."""

LATEST_ITEMS = 8
"""Of so many of the shopper's items it is found out which one leads to an item."""

LEAST = 1e-6
"""Less than this is nothing but rounding."""


@dataclass(frozen=True)
class Found:
    """A source that listed the item, at which rank from 1 on.

    because_of: the row of the shopper's item which alone leads to it most, ABSENT if none does.
    """

    source: str
    rank: int
    because_of: int


@dataclass(frozen=True, eq=False)
class Explanation:
    """One item's. found: best rank first. value, contribution: float64 (features,).

    average and all contributions add up to the log-odds of the item's score; average is that of the
    candidates which the list is compared with.
    """

    found: tuple[Found, ...]
    features: tuple[str, ...]
    value: Floats
    contribution: Floats
    average: float

    def of(self, feature: str) -> float:
        """The value of a feature; 0 if there is none of this name."""
        return float(self.value[self.features.index(feature)]) if feature in self.features else 0.0

    def most(self, number: int) -> list[int]:
        """Places of the features with the largest contributions of either sign, none with no contribution."""
        order = np.argsort(-np.abs(self.contribution), kind="stable")[:number]
        return [place for place in order.tolist() if self.contribution[place]]


def explained(
    index: Index, ranker: Ranker, query: Query, ranking: Ranking, scored: Sequence[Scored]
) -> list[Explanation]:
    """Explain each item of a ranking of at most COMPARED, made of what was scored for it."""
    if not len(ranking):
        return []
    item = np.concatenate([each.candidates.item for each in scored])
    table = np.concatenate([each.table for each in scored])
    rank = np.concatenate([each.candidates.rank for each in scored])
    order = item.argsort()
    place = order[item.searchsorted(ranking.item, sorter=order)]
    contributions = ranker.contributions(table[_compared(len(item), place)], len(place))
    because_of = np.column_stack(
        [_because_of(source, index, query, ranking.item) for source in index.sources]
    )
    return [
        Explanation(
            _found(index.sources, rank[at], because_of[number]),
            ranker.features,
            table[at],
            contributions.of[number],
            contributions.average,
        )
        for number, at in enumerate(place.tolist())
    ]


def popular_in(index: Index, query: Query, item: int) -> int:
    """The category by which PopularInCategory lists an item, ABSENT if by none but the shop."""
    asked = index.tree.path(query.recent_category if query.within == ABSENT else query.within)
    own = index.tree.path(int(index.category[item]))
    return next((category for category in asked if category in own), ABSENT)


def _compared(size: int, place: NDArray[np.int64]) -> NDArray[np.int64]:
    """The places of a list, and others, drawn evenly, as long as there is room."""
    others = np.setdiff1d(np.arange(size), place)
    room = max(min(COMPARED - len(place), len(others)), 0)
    drawn = np.linspace(0, len(others) - 1, room).astype(np.int64) if room else np.empty(0, np.int64)
    return np.concatenate([place, others[drawn]])


def _found(sources: Sequence[Source], reciprocal: Floats, because_of: Rows) -> tuple[Found, ...]:
    listed = np.flatnonzero(reciprocal)
    listed = listed[np.argsort(-reciprocal[listed], kind="stable")]
    return tuple(
        Found(sources[number].NAME, round(1 / reciprocal[number]), int(because_of[number]))
        for number in listed.tolist()
    )


def _because_of(source: Source, index: Index, query: Query, item: Rows) -> Rows:
    """For each item the one among the shopper's latest of which the source says most, asked by it alone."""
    asking = query.distinct[:LATEST_ITEMS]
    if not source.COLUMNS or not len(asking):
        return np.full(len(item), ABSENT, np.int32)
    votes = np.array([source.ask(_only(index, query, each)).columns(item)[:, 0] for each in asking.tolist()])
    votes[asking[:, None] == item] = 0
    because_of: Rows = np.where(votes.max(axis=0) > LEAST, asking[votes.argmax(axis=0)], ABSENT)
    return because_of


def _only(index: Index, query: Query, item: int) -> Query:
    """The query of somebody who has just looked at one item and at nothing else."""
    look = History(np.array([item], np.int32), np.array([query.moment]), np.array([EventType.VIEW], np.int8))
    return index.query(look, query.moment)
