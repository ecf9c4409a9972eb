"""Lists about items: what is similar, bought together, popular or trending, from ids to ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recommender.application.recommend import Recommendation, in_ids
from recommender.application.wishes import DEFAULT_N, category_row, require_length
from recommender.domain import item_lists
from recommender.domain.errors import InvalidRequest, UnknownItem
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.item_lists import Wish
from recommender.domain.model import Ranking
from recommender.domain.popularity import Window
from recommender.domain.retrieval.trending import TRENDS
from recommender.domain.rules import Rules

LARGEST_BASKET = HISTORY_LENGTH


@dataclass(frozen=True)
class ListRequest:
    """What is wanted of a list.

    category: show only its subtree. max_per_category: so many items of one category; any number if None.
    """

    n: int = DEFAULT_N
    exclude: tuple[str, ...] = ()
    category: str | None = None
    max_per_category: int | None = None


@dataclass(frozen=True)
class ItemList:
    """The list, best first. ignored_items: ids that were asked about and that the shop does not have."""

    recommendations: tuple[Recommendation, ...]
    ignored_items: tuple[str, ...] = ()


@dataclass(frozen=True)
class ItemLists:
    """Reads lists from one model's index; nothing depends on a shopper or on the time of day.

    What a score means is said in recommender.domain.item_lists. Every list raises InvalidRequest for an n or
    a max_per_category outside 1..100, and for a category that the model does not know.
    """

    index: Index

    def similar(self, item_id: str, request: ListRequest) -> ItemList:
        """Items like this one; raises UnknownItem for one that the shop does not have."""
        wish = self._wish(request)
        return self._in_ids(item_lists.similar(self.index, self._row(item_id), wish))

    def bought_with(self, item_id: str, request: ListRequest) -> ItemList:
        """Items that go with this one; raises UnknownItem for one that the shop does not have."""
        wish = self._wish(request)
        basket = np.array([self._row(item_id)], np.int32)
        return self._in_ids(item_lists.bought_together(self.index, basket, wish))

    def bought_together(self, basket: Sequence[str], request: ListRequest) -> ItemList:
        """Items that go with a basket of 1 to LARGEST_BASKET items; one that is there twice counts once.

        Unknown items are left aside; to a basket in which none is known the answer is an empty list.
        """
        if not 1 <= len(basket) <= LARGEST_BASKET:
            raise InvalidRequest("items", f"expected 1 to {LARGEST_BASKET} items, not {len(basket)}")
        distinct = list(dict.fromkeys(basket))
        rows = self.index.items.rows(distinct)
        ranking = item_lists.bought_together(self.index, rows[rows != ABSENT], self._wish(request))
        unknown = tuple(item for item, row in zip(distinct, rows, strict=True) if row == ABSENT)
        return ItemList(in_ids(self.index, ranking), unknown)

    def popular(self, window: Window, request: ListRequest) -> ItemList:
        """The most popular items."""
        return self._in_ids(item_lists.popular(self.index, window, self._wish(request)))

    def trending(self, window: Window, request: ListRequest) -> ItemList:
        """The items of which there is more than usual; raises InvalidRequest for a window not in TRENDS."""
        if window not in TRENDS:
            raise InvalidRequest("window", f"expected one of {', '.join(each.wire for each in TRENDS)}")
        return self._in_ids(item_lists.trending(self.index, window, self._wish(request)))

    def _wish(self, request: ListRequest) -> Wish:
        require_length("n", request.n)
        require_length("max_per_category", request.max_per_category)
        exclude = self.index.items.rows(request.exclude)
        rules = Rules(exclude, most_per_category=request.max_per_category or 0)
        return Wish(request.n, category_row(self.index, request.category), rules)

    def _row(self, item_id: str) -> int:
        row = self.index.items.row(item_id)
        if row == ABSENT:
            raise UnknownItem(item_id)
        return row

    def _in_ids(self, ranking: Ranking) -> ItemList:
        return ItemList(in_ids(self.index, ranking))
