"""The model, and the one path from a shopper's history to an answer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.errors import InvalidRequest
from recommender.domain.features import feature_names, features
from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.ranking import LogisticRanker, Ranker, top_n
from recommender.domain.retrieval import Candidates, Query
from recommender.domain.rules import Rules, allowed, at_most_per_category, most_together
from recommender.domain.search import ENOUGH, Search
from recommender.domain.soundness import field
from recommender.domain.trees import BoostedRanker

RANKERS: tuple[type[Ranker], ...] = (LogisticRanker, BoostedRanker)
"""The kinds of ranker that a stored model may hold."""


@dataclass(frozen=True, eq=False)
class Model:
    """What is published and served: the index, and a ranker for each goal; the first goal is the default."""

    index: Index
    goals: tuple[str, ...]
    rankers: tuple[Ranker, ...]

    def check(self) -> None:
        """Raise ValueError, naming the field, for a model that could not answer: its parts do not agree."""
        if not self.goals or len(self.goals) != len(self.rankers):
            raise ValueError(f"it has {len(self.rankers)} rankers for {len(self.goals)} goals")
        with field("index"):
            self.index.check()
        computed = feature_names(self.index)
        for number, (goal, ranker) in enumerate(zip(self.goals, self.rankers, strict=True)):
            if ranker.features != computed:
                odd = sorted(set(ranker.features) ^ set(computed)) or "in another order"
                raise ValueError(f"the ranker of {goal!r} has other features than this program: {odd}")
            with field(f"rankers.{number}.{ranker.NAME}"):
                ranker.check()

    def ranker(self, goal: str | None = None) -> Ranker:
        """The ranker of a goal; raises InvalidRequest for a goal this model was not trained for."""
        if goal is None:
            return self.rankers[0]
        if goal not in self.goals:
            raise InvalidRequest("goal", f"this model knows {', '.join(self.goals)}; not {goal!r}")
        return self.rankers[self.goals.index(goal)]


@dataclass(frozen=True, eq=False)
class Scored:
    """Candidates that were scored together, and the features by which: float64 (candidates, columns)."""

    candidates: Candidates
    table: Floats


@dataclass(frozen=True, eq=False)
class Ranking:
    """A list in rows, best first: item int32, score float64, reason int8; all (k,).

    Of an answer to a shopper the score is a probability.
    """

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
        if not len(self):
            return other
        return Ranking(
            np.concatenate([self.item, other.item]),
            np.concatenate([self.score, other.score]),
            np.concatenate([self.reason, other.reason]),
        )


_NOTHING = Ranking(np.empty(0, np.int32), np.empty(0), np.empty(0, np.int8))


def recommend(index: Index, ranker: Ranker, query: Query, rules: Rules, n: int) -> Ranking:
    """The n best items for a shopper at a moment: retrieve, apply the rules, score, rank."""
    return recommend_and_keep(index, ranker, query, rules, n)[0]


def recommend_and_keep(
    index: Index, ranker: Ranker, query: Query, rules: Rules, n: int
) -> tuple[Ranking, list[Scored]]:
    """The same, and what was scored for it, once each.

    Where the first candidates do not fill the list, those of longer searches come behind them, even if they
    score higher: so a shorter list is the beginning of a longer one, and a limit per category that takes
    nothing away changes nothing. That limit is the only rule that depends on the scores.
    """
    search = Search.of(index, query)
    listed, known = _NOTHING, _NOTHING.item
    scored: list[Scored] = []
    for candidates in search.longer(rules, ENOUGH):
        others = candidates.only(~np.isin(candidates.item, known)) if len(known) else candidates
        scored.append(Scored(others, features(search, others)))
        listed = listed.then(_ranked(ranker, scored[-1]))
        if rules.most_per_category:
            listed = listed.only(at_most_per_category(index.category[listed.item], rules.most_per_category))
        if len(listed) >= n or (rules.most_per_category and len(listed) == _longest(search, rules)):
            break
        known = candidates.item
    return listed.only(slice(n)), scored


def _ranked(ranker: Ranker, scored: Scored) -> Ranking:
    """Some candidates, best first."""
    candidates, score = scored.candidates, ranker.probabilities(scored.table)
    order = top_n(score, candidates.item, len(score))
    return Ranking(candidates.item[order], score[order], candidates.reason[order])


def _longest(search: Search, rules: Rules) -> int:
    """How many items of the whole shop fit into one list.

    To count them takes milliseconds; else, wherever they are fewer than n, the whole shop would be scored.
    """
    index = search.index
    item = np.arange(len(index.items), dtype=np.int32)
    shown = item[allowed(index, search.query, item, rules)]
    return most_together(index.category[shown], rules.most_per_category)
