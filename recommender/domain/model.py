"""The model, and the one path from a shopper's history to an answer."""

from __future__ import annotations

from collections.abc import Iterator
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
from recommender.domain.rules import Rules, allowed, at_most_per_category, most_together
from recommender.domain.trees import BoostedRanker

RANKERS: tuple[type[Ranker], ...] = (LogisticRanker, BoostedRanker)
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

    def __len__(self) -> int:
        return len(self.item)

    def only(self, chosen: NDArray[np.bool_] | slice) -> Ranking:
        """The chosen items, in their order."""
        return Ranking(self.item[chosen], self.score[chosen], self.reason[chosen])

    def then(self, other: Ranking) -> Ranking:
        """These items, and those of another ranking behind them."""
        return Ranking(
            np.concatenate([self.item, other.item]),
            np.concatenate([self.score, other.score]),
            np.concatenate([self.reason, other.reason]),
        )


_NOTHING = Ranking(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int8))


def candidates_for(index: Index, query: Query, rules: Rules, n: int) -> Candidates:
    """The candidates that may be shown: at least n wherever the shop has so many."""
    return next(_searches(index, query, rules, n))


def _searches(index: Index, query: Query, rules: Rules, n: int) -> Iterator[Candidates]:
    """The candidates that may be shown; then, as long as there are more, these and others.

    If rules leave too few, sources are asked for more, until a longer list adds nothing: PopularInCategory
    lists the whole shop, or the whole of the category asked for. What is too few does not depend on n (up to
    CANDIDATES), so that a shorter list is the beginning of a longer one.
    """
    enough = limit = max(CANDIDATES, n)
    found = retrieve(index.sources, query, limit)
    while True:
        shown = found.only(allowed(index, query, found.item, rules))
        if len(shown) >= enough:
            yield shown
        limit *= 4
        more = retrieve(index.sources, query, limit)
        if len(more) == len(found):
            break
        found = more
    if len(shown) < enough:
        yield shown


def recommend(index: Index, ranker: Ranker, query: Query, rules: Rules, n: int) -> Ranking:
    """The n best items for a shopper at a moment: retrieve, apply the rules, score, rank.

    Of the rules only the limit per category depends on the scores; the others come first, so that only what
    may be shown is scored.
    """
    if rules.most_per_category:
        return _limited(index, ranker, query, rules, n)
    return _ranked(index, ranker, query, candidates_for(index, query, rules, n), n)


def _ranked(index: Index, ranker: Ranker, query: Query, candidates: Candidates, n: int) -> Ranking:
    """The n best of some candidates."""
    score = ranker.probabilities(features(index, query, candidates))
    best = top_n(score, candidates.item, n)
    return Ranking(candidates.item[best], score[best], candidates.reason[best])


def _limited(index: Index, ranker: Ranker, query: Query, rules: Rules, n: int) -> Ranking:
    """The list without a limit per category, less what is too many, and filled up from longer searches.

    What these add comes behind, even if it scores higher: so a limit that takes nothing away changes nothing,
    and a shorter list is the beginning of a longer one.
    """
    listed, known = _NOTHING, _NOTHING.item
    for candidates in _searches(index, query, rules, n):
        others = candidates.only(~np.isin(candidates.item, known))
        listed = listed.then(_ranked(index, ranker, query, others, len(others)))
        listed = listed.only(at_most_per_category(index.category[listed.item], rules.most_per_category))
        if len(listed) >= n or len(listed) == _longest(index, query, rules):
            break
        known = candidates.item
    return listed.only(slice(n))


def _longest(index: Index, query: Query, rules: Rules) -> int:
    """How many items of the whole shop fit into one list.

    To count them takes milliseconds; else, wherever they are fewer than n, the whole shop would be scored.
    """
    item = np.arange(len(index.items), dtype=np.int32)
    shown = item[allowed(index, query, item, rules)]
    return most_together(index.category[shown], rules.most_per_category)
