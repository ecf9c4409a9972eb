"""Evaluation: replay cases through the serving path and tally how right each method's answers were."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from recommender.domain.features import features
from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.metrics import LONGEST, METRICS, average_precision, list_metrics, roc_auc
from recommender.domain.popularity import Floats, ItemStatistics
from recommender.domain.ranking import Ranker, top_n
from recommender.domain.replay import Replay
from recommender.domain.retrieval import Candidates
from recommender.domain.rules import Rules
from recommender.domain.search import Search

POPULARITY = "popularity"
"""The scores of items by nothing but how popular they are: what any ranker has to beat."""

_POPULARITY = ItemStatistics.COLUMNS.index("log_popularity_long")


@dataclass(frozen=True, eq=False)
class Method:
    """A way to order candidates: a ranker on some features, or one source's own order.

    columns: int64, the features that the ranker takes. sources: int64, whose candidates it orders.
    orders: whether it orders at all; what is the same for all candidates of a moment cannot.
    """

    name: str
    ranker: Ranker | None
    columns: NDArray[np.int64]
    sources: NDArray[np.int64]
    orders: bool = True

    @classmethod
    def served(cls, index: Index, ranker: Ranker) -> Method:
        """A ranker of all candidates on all its features."""
        return cls(ranker.NAME, ranker, np.arange(len(ranker.features)), np.arange(len(index.sources)))

    @classmethod
    def alone(cls, index: Index, number: int) -> Method:
        """One source's own order."""
        return cls(index.sources[number].NAME, None, np.empty(0, np.int64), np.array([number]))

    def scores(self, candidates: Candidates, table: Floats) -> Floats:
        """Its score of each candidate, -inf for those it does not know."""
        found = (candidates.rank[:, self.sources] > 0).any(axis=1)
        if self.ranker is None:
            score: Floats = candidates.rank[:, self.sources[0]].copy()
        else:
            score = self.ranker.probabilities(table[:, self.columns])
        score[~found] = -np.inf
        return score


@dataclass
class Tally:
    """What has been counted over some cases; tallies of different processes merge.

    Lists hold an array per case, or once it is packed one for all cases.
    shopper: who each case belongs to. rows: how many candidates it has.
    all, new: method -> METRICS over all right items, and over those not yet in the session.
    shown: method -> rows of the items in its list. score: method -> scores of all candidates, for methods
    that score every candidate. positive: which candidates were right.
    """

    shopper: list[int] = field(default_factory=list)
    all: dict[str, list[Floats]] = field(default_factory=dict)
    new: dict[str, list[Floats]] = field(default_factory=dict)
    shown: dict[str, list[Rows]] = field(default_factory=dict)
    score: dict[str, list[Floats]] = field(default_factory=dict)
    positive: list[NDArray[np.bool_]] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)

    def add_list(self, method: str, item: Rows, relevant: Rows, new: Rows) -> None:
        """Judge one list of one method: by what was right, and by what of it was new to the session."""
        self.all.setdefault(method, []).append(list_metrics(item, relevant))
        self.new.setdefault(method, []).append(list_metrics(item, new))
        self.shown.setdefault(method, []).append(item)

    def answers(self) -> bool:
        """Whether some case has an answer, and some candidate was scored."""
        return any(_answered(each) for each in self.all.values()) and any(map(len, self.positive))

    def merge(self, other: Tally) -> None:
        """Add what another process has counted."""
        self.shopper += other.shopper
        self.rows += other.rows
        self.positive += other.positive
        for name in ("all", "new", "shown", "score"):
            mine = getattr(self, name)
            for method, values in getattr(other, name).items():
                mine.setdefault(method, []).extend(values)

    def packed(self) -> Tally:
        """The same with few arrays, which take half of the memory; at least one case."""
        return replace(
            self,
            all={method: [np.vstack(each)] for method, each in self.all.items()},
            new={method: [np.vstack(each)] for method, each in self.new.items()},
            shown={method: [np.concatenate(each)] for method, each in self.shown.items()},
            score={method: [np.concatenate(each)] for method, each in self.score.items()},
            positive=[np.concatenate(self.positive)],
        )


def judge(index: Index, methods: Sequence[Method], replay: Replay, cases: NDArray[np.integer]) -> Tally:
    """Replay some cases, and judge the list that each method makes of the candidates."""
    tally = Tally()
    popularity = index.statistics.table[:, _POPULARITY]
    for case in cases.tolist():
        query = replay.query(index, case)
        relevant = replay.positives(case)
        new = relevant[~np.isin(relevant, query.history.item[query.session :])]
        search = Search.of(index, query)
        candidates = search.candidates(Rules(), LONGEST)
        table = features(search, candidates)
        for method in methods:
            score = method.scores(candidates, table)
            if method.orders:
                best = top_n(score, candidates.item, LONGEST)
                item = candidates.item[best[score[best] > -np.inf]]
                tally.add_list(method.name, item, relevant, new)
            if method.ranker is not None and len(method.sources) == len(index.sources):
                tally.score.setdefault(method.name, []).append(score)
        tally.score.setdefault(POPULARITY, []).append(popularity[candidates.item])
        tally.shopper.append(replay.shopper(case))
        tally.rows.append(len(candidates))
        tally.positive.append(np.isin(candidates.item, relevant))
    return tally


@dataclass(frozen=True)
class Evaluation:
    """The figures of a tally: counts, method -> metric -> value for lists, and the same for scores."""

    judged: dict[str, float]
    lists: dict[str, dict[str, float]]
    scores: dict[str, dict[str, float]]

    @classmethod
    def of(cls, index: Index, tally: Tally) -> Evaluation:
        """Means over the lists; areas over all (shopper, candidate, moment) rows together."""
        positive = np.concatenate(tally.positive)
        scores = {
            method: _score_figures(np.concatenate(each), positive) for method, each in tally.score.items()
        }
        scores.get(POPULARITY, {}).pop("mean score", None)
        first = next(iter(tally.all))
        judged = {
            "cases": len(tally.shopper),
            "cases with an answer": _answered(tally.all[first]),
            "cases with a new answer": _answered(tally.new[first]),
            "rows": len(positive),
            "positive rows": int(positive.sum()),
            "base rate": float(positive.sum() / max(len(positive), 1)),
        }
        percentile = _percentiles(index.statistics.table[:, _POPULARITY])
        on_sale = max(int(index.available.sum()), 1)
        lists = {method: _list_figures(tally, method, percentile, on_sale) for method in tally.all}
        return cls(judged, lists, scores)


def _answered(values: Sequence[Floats]) -> int:
    return int(np.count_nonzero(~np.isnan(np.vstack(values)[:, 0])))


def _percentiles(value: Floats) -> Floats:
    """What share of the values is not greater, ties by place; float64 (n,), above 0 and up to 1."""
    percentile = np.empty(len(value))
    percentile[np.argsort(value, kind="stable")] = (1 + np.arange(len(value))) / len(value)
    return percentile


def _list_figures(tally: Tally, method: str, percentile: Floats, on_sale: int) -> dict[str, float]:
    """Means of the metrics, and how much of the catalogue the lists show, and how popular that is."""
    figures: dict[str, float] = {}
    for prefix, values in (("", tally.all[method]), ("new ", tally.new[method])):
        if _answered(values):
            means = np.nanmean(np.vstack(values), axis=0).tolist()
            figures |= {f"{prefix}{name}": value for name, value in zip(METRICS, means, strict=True)}
    shown = np.concatenate(tally.shown[method])
    figures["coverage@20"] = len(np.unique(shown)) / on_sale
    if len(shown):
        figures["popularity bias@20"] = float(percentile[shown].mean())
    return figures


def _score_figures(score: Floats, positive: NDArray[np.bool_]) -> dict[str, float]:
    figures = {"ROC-AUC": roc_auc(score, positive), "average precision": average_precision(score, positive)}
    # Areas do not exist where no row is positive, or every row is.
    known = {name: value for name, value in figures.items() if not np.isnan(value)}
    return known | ({"mean score": float(score.mean())} if len(score) else {})
