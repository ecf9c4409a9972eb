"""Evaluation: replay cases through the serving path and tally how right the answers were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.domain.features import features
from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.metrics import LONGEST, ListMetrics, average_precision, roc_auc
from recommender.domain.model import candidates_for
from recommender.domain.popularity import Floats, ItemStatistics
from recommender.domain.ranking import Ranker, top_n
from recommender.domain.replay import Replay
from recommender.domain.retrieval import Candidates
from recommender.domain.rules import Rules

_POPULARITY = ItemStatistics.COLUMNS.index("log_popularity_long")


@dataclass
class Tally:
    """What has been counted over some cases; tallies of different processes merge.

    all, new: method -> metrics, over all relevant items and over those not yet in the session.
    shown: rows of the items in the served lists. score, popularity, positive: one array per case.
    """

    all: dict[str, ListMetrics] = field(default_factory=dict)
    new: dict[str, ListMetrics] = field(default_factory=dict)
    shown: set[int] = field(default_factory=set)
    score: list[Floats] = field(default_factory=list)
    popularity: list[Floats] = field(default_factory=list)
    positive: list[NDArray[np.bool_]] = field(default_factory=list)

    def add_list(self, method: str, item: Rows, relevant: Rows, session: Rows) -> None:
        """Judge one list of one method."""
        self.all.setdefault(method, ListMetrics()).add(item, relevant)
        self.new.setdefault(method, ListMetrics()).add(item, relevant[~np.isin(relevant, session)])

    def judges(self, ranker: Ranker) -> bool:
        """Whether some case has an answer, and some candidate was scored."""
        return self.all[ranker.NAME].cases > 0 and any(len(each) for each in self.score)

    def merge(self, other: Tally) -> None:
        """Add what another process has counted."""
        for mine, theirs in ((self.all, other.all), (self.new, other.new)):
            for method, metrics in theirs.items():
                mine.setdefault(method, ListMetrics()).merge(metrics)
        self.shown |= other.shown
        self.score += other.score
        self.popularity += other.popularity
        self.positive += other.positive


def judge(index: Index, ranker: Ranker, replay: Replay, cases: NDArray[np.integer]) -> Tally:
    """Replay some cases: the served list, and each source alone and reranked."""
    tally = Tally()
    popularity = index.statistics.table[:, _POPULARITY]
    for case in cases.tolist():
        query = replay.query(index, case)
        relevant = replay.positives(case)
        session = query.history.item[query.session :]
        candidates = candidates_for(index, query, Rules(), LONGEST)
        score = ranker.probabilities(features(index, query, candidates))
        lists = dict(_lists(index, ranker, candidates, score))
        for method, item in lists.items():
            tally.add_list(method, item, relevant, session)
        tally.shown.update(lists[ranker.NAME].tolist())
        tally.score.append(score)
        tally.popularity.append(popularity[candidates.item])
        tally.positive.append(np.isin(candidates.item, relevant))
    return tally


def _lists(index: Index, ranker: Ranker, candidates: Candidates, score: Floats) -> Iterator[tuple[str, Rows]]:
    """The lists to judge of one case: as served, and for each source its own order and the ranker's."""
    yield ranker.NAME, candidates.item[top_n(score, candidates.item, LONGEST)]
    for column, source in enumerate(index.sources):
        found = candidates.rank[:, column] > 0
        item, rank = candidates.item[found], candidates.rank[found, column]
        yield source.NAME, item[top_n(rank, item, LONGEST)]
        yield f"{source.NAME} ranked", item[top_n(score[found], item, LONGEST)]


@dataclass(frozen=True)
class Evaluation:
    """The figures of a tally: counts, method -> metric -> value for lists, and the same for scores."""

    judged: dict[str, float]
    lists: dict[str, dict[str, float]]
    scores: dict[str, dict[str, float]]

    @classmethod
    def of(cls, index: Index, ranker: Ranker, tally: Tally) -> Evaluation:
        """Means over the lists; areas over all (shopper, candidate, moment) rows together."""
        positive = np.concatenate(tally.positive)
        lists = {method: metrics.means() for method, metrics in tally.all.items()}
        for method, metrics in tally.new.items():
            lists[method] |= {f"new {name}": value for name, value in metrics.means().items()}
        lists[ranker.NAME]["coverage@20"] = len(tally.shown) / max(int(index.available.sum()), 1)
        scores = {
            name: _defined(
                {
                    "ROC-AUC": roc_auc(np.concatenate(score), positive),
                    "average precision": average_precision(np.concatenate(score), positive),
                }
            )
            for name, score in ((ranker.NAME, tally.score), ("popularity", tally.popularity))
        }
        if len(positive):
            scores[ranker.NAME]["mean score"] = float(np.concatenate(tally.score).mean())
        judged = {
            "cases": len(tally.positive),
            "cases with an answer": tally.all[ranker.NAME].cases,
            "cases with a new answer": tally.new[ranker.NAME].cases,
            "rows": len(positive),
            "positive rows": int(positive.sum()),
            "base rate": float(positive.sum() / max(len(positive), 1)),
        }
        return cls(judged, lists, scores)


def _defined(figures: dict[str, float]) -> dict[str, float]:
    """Without the figures that do not exist, such as areas where no row is positive."""
    return {name: value for name, value in figures.items() if not np.isnan(value)}
