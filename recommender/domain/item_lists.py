"""Lists that are about items and not about a shopper: similar, bought together, popular, trending.

They are read from what the sources of candidates hold, and the rules hold for them, too.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.domain.events import EventType
from recommender.domain.history import History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.model import Ranking
from recommender.domain.popularity import Window
from recommender.domain.ranking import top_n
from recommender.domain.retrieval import Query, Reason, unite
from recommender.domain.retrieval.bought_together import BoughtTogether
from recommender.domain.retrieval.charts import Charts
from recommender.domain.retrieval.co_visitation import CoVisitation
from recommender.domain.retrieval.item_vectors import ItemVectors
from recommender.domain.retrieval.popular_in_category import PopularInCategory
from recommender.domain.retrieval.trending import Trending, number_of
from recommender.domain.rules import Rules, allowed, at_most_per_category

WEIGHTS = np.array([2.0, 1.0])
"""How much the list of co-visitation counts, and that of the nearest vectors (docs/ideas.md)."""

RANK_OFFSET = 10
"""Added to ranks, so that the first of one list alone is not above what both lists have near the top."""

MOST_RELATED = 100
"""So many items of each list."""

MOST_READ = 10_000
"""A chart is read no further, however much rules take out; it bounds the work of a request."""

GROWTH = 4
"""So many times as much of a list is read if the rules left too little of it."""


@dataclass(frozen=True, eq=False)
class Wish:
    """What is wanted of a list: n items of a category's subtree, of the shop for ABSENT, that rules allow."""

    n: int
    within: int = ABSENT
    rules: Rules = field(default_factory=Rules)


def similar(index: Index, item: int, wish: Wish) -> Ranking:
    """Items that are looked at next to this one, or in the same company: both lists, fused by their ranks.

    score: in (0, 1], 1 for the first of both lists (reciprocal rank fusion, Cormack, Clarke and Buettcher,
    SIGIR 2009). If these are fewer than n, popular items of the item's own categories follow, with 0.
    """
    query = _looking_at(index, np.array([item], np.int32), wish)
    related = _related(index, query)
    walk = index.source(PopularInCategory).ask(query)

    def listed(limit: int) -> Ranking:
        popular = walk.shortlist(limit)
        more = (popular.reason == Reason.POPULAR_IN_CATEGORY) & ~np.isin(popular.item, related.item)
        return related.then(Ranking(popular.item[more], np.zeros(more.sum()), popular.reason[more]))

    return _shown(index, query, wish, listed)


def bought_together(index: Index, basket: Rows, wish: Wish) -> Ranking:
    """Items that others had in hand within minutes of those of a basket, which is given by distinct rows.

    score: in (0, 1), the mean of the similarities to the basket's items.
    """
    query = _looking_at(index, basket, wish)
    partners = index.source(BoughtTogether).partners(basket, np.full(len(basket), 1 / max(len(basket), 1)))
    best = partners.shortlist(len(partners.item))
    ranking = Ranking(best.item, partners.columns(best.item)[:, 0], best.reason)
    return _shown(index, query, wish, lambda _: ranking)


def popular(index: Index, window: Window, wish: Wish) -> Ranking:
    """The popular items of a category's subtree, or of the shop.

    score: the count of an item's events, weighted by EVENT_WEIGHTS and halved with age as the window says.
    """
    reason = Reason.POPULAR if wish.within == ABSENT else Reason.POPULAR_IN_CATEGORY
    return _charted(index, index.source(PopularInCategory).charts, window, reason, wish)


def trending(index: Index, window: Window, wish: Wish) -> Ranking:
    """The items of which there is more than usual; the window is one of TRENDS.

    score: how far the count is above what is usual, in standard deviations; greater than 0.
    """
    return _charted(index, index.source(Trending).charts, number_of(window), Reason.TRENDING, wish)


def _looking_at(index: Index, item: Rows, wish: Wish) -> Query:
    """What would be asked for somebody who has just looked at some items and done nothing else."""
    moment = index.end - 1
    looks = History(item, np.full(len(item), moment), np.full(len(item), EventType.VIEW, np.int8))
    return index.query(looks, moment, wish.within)


def _related(index: Index, query: Query) -> Ranking:
    """The partners and the nearest items of the one that is looked at, by their ranks in both lists."""
    asked = (index.source(CoVisitation), index.source(ItemVectors))
    found = unite([source.ask(query).shortlist(MOST_RELATED) for source in asked])
    # 1 / rank is there already; 0 says that a list does not have the item.
    rank = np.divide(1, found.rank, out=np.full_like(found.rank, np.inf), where=found.rank > 0)
    score = (WEIGHTS / (RANK_OFFSET + rank)).sum(axis=1) * (RANK_OFFSET + 1) / WEIGHTS.sum()
    best = top_n(score, found.item, len(score))
    return Ranking(found.item[best], score[best], found.reason[best])


def _charted(index: Index, charts: Charts, number: int, reason: Reason, wish: Wish) -> Ranking:
    def listed(limit: int) -> Ranking:
        item = charts.best(number, wish.within, limit)
        return Ranking(item, charts.score[item, number], np.full(len(item), reason, np.int8))

    return _shown(index, _looking_at(index, np.empty(0, np.int32), wish), wish, listed)


def _shown(index: Index, query: Query, wish: Wish, listed: Callable[[int], Ranking]) -> Ranking:
    """The first n of a list that may be shown, of which no more is read than it takes."""
    rules = replace(wish.rules, exclude_seen=True)  # what is asked about is no answer
    limit, read = wish.n + len(rules.exclude), -1
    while True:
        ranking = listed(min(limit, MOST_READ))
        shown = ranking.only(allowed(index, query, ranking.item, rules))
        if rules.most_per_category:
            shown = shown.only(at_most_per_category(index.category[shown.item], rules.most_per_category))
        if len(shown) >= wish.n or len(ranking) == read or limit >= MOST_READ:
            return shown.only(slice(wish.n))
        limit, read = limit * GROWTH, len(ranking)
