"""The model, and the one path from a shopper's history to an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.errors import InvalidRequest
from recommender.domain.features import features
from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.ranking import LogisticRanker, Ranker, top_n
from recommender.domain.retrieval import Candidates, Query, retrieve
from recommender.domain.rules import Rules, allowed

RANKERS: tuple[type[Ranker], ...] = (LogisticRanker,)
"""The kinds of ranker that a stored model may hold."""

CANDIDATES = 100
"""So many are asked of each source; asking for more costs time and hardly finds more."""


@dataclass(frozen=True, eq=False)
class Model:
    """What is published and served: the index, and a ranker for each goal; the first goal is the default."""

    index: Index
    goals: tuple[str, ...]
    rankers: tuple[Ranker, ...]

    def ranker(self, goal: str | None = None) -> Ranker:
        """The ranker of a goal; raises InvalidRequest for a goal this model was not trained for."""
        if goal is None:
            return self.rankers[0]
        if goal not in self.goals:
            raise InvalidRequest("goal", f"this model knows {', '.join(self.goals)}; not {goal!r}")
        return self.rankers[self.goals.index(goal)]


@dataclass(frozen=True, eq=False)
class Ranking:
    """An answer in rows, best first: item int32, score float64 (a probability), reason int8; all (k,)."""

    item: Rows
    score: Floats
    reason: NDArray[np.int8]


def candidates_for(index: Index, query: Query, rules: Rules, n: int) -> Candidates:
    """The candidates that may be shown: at least n wherever the shop has so many.

    If rules leave too few, sources are asked for more, until a longer list adds nothing: PopularInCategory
    lists the whole shop, or the whole of the category asked for. What is too few does not depend on n (up to
    CANDIDATES), so that a shorter list is the beginning of a longer one.
    """
    enough = limit = max(CANDIDATES, n)
    found = retrieve(index.sources, query, limit)
    while True:
        shown = found.only(allowed(index, query, found.item, rules))
        if len(shown) >= enough:
            return shown
        limit *= 4
        more = retrieve(index.sources, query, limit)
        if len(more) == len(found):
            return shown
        found = more


def recommend(index: Index, ranker: Ranker, query: Query, rules: Rules, n: int) -> Ranking:
    """The n best items for a shopper at a moment: retrieve, apply the rules, score, rank.

    The rules do not depend on the scores, so that only what may be shown is scored.
    """
    candidates = candidates_for(index, query, rules, n)
    score = ranker.probabilities(features(index, query, candidates))
    best = top_n(score, candidates.item, n)
    return Ranking(candidates.item[best], score[best], candidates.reason[best])
