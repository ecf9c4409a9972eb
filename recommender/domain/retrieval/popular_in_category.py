"""Popular items of the shopper's most recent category, backing off to its parents and then the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import InteractionLog
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.popularity import Floats, best_first, decayed_popularity
from recommender.domain.retrieval.source import Query, Reason, Shortlist


@dataclass(frozen=True, eq=False)
class PopularInCategory:
    """For every category the available items of its subtree, and last those of the shop, best first.

    The lists are complete, so that a longer answer never runs out before the catalogue does; together
    they hold each item once per level of the tree.

    popularity: float64 (items,), log(1 + decayed weighted events).
    parent: int32 (categories,). offsets: int64 (categories + 2,) into item: int32 (entries,).
    """

    NAME: ClassVar[str] = "popular_in_category"

    popularity: Floats
    parent: Rows
    offsets: NDArray[np.int64]
    item: Rows

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Order the available items of every category by time-decayed popularity."""
        popularity = np.log1p(decayed_popularity(log))
        ranked = best_first(popularity)
        ranked = ranked[catalogue.available[ranked]]
        whole_shop = len(catalogue.tree)
        lists = np.column_stack(
            [catalogue.tree.levels[catalogue.category[ranked]], np.full(len(ranked), whole_shop, np.int32)]
        )
        member, entry = np.nonzero(lists != ABSENT)
        of_list = lists[member, entry]
        sizes = np.bincount(of_list, minlength=whole_shop + 1)
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        in_lists = ranked[member[np.argsort(of_list, kind="stable")]].astype(np.int32)
        return cls(popularity, catalogue.tree.parent, offsets, in_lists)

    def shortlist(self, query: Query, limit: int) -> Shortlist:
        """The category's list, continued by each parent's and the shop's; with `within`, that list alone."""
        walk = self._walk(query, limit)
        lists = [self._best(each, limit) for each in walk]
        joined = np.concatenate(lists)
        _, first = np.unique(joined, return_index=True)
        first = np.sort(first)[:limit]
        of_shop = np.repeat(np.array(walk) == self._shop, [len(each) for each in lists])[first]
        reason = np.where(of_shop, Reason.POPULAR, Reason.POPULAR_IN_CATEGORY).astype(np.int8)
        item = joined[first]
        return Shortlist(item, self.popularity[item], reason)

    @property
    def _shop(self) -> int:
        """The number of the list that holds the whole shop."""
        return len(self.parent)

    def _walk(self, query: Query, limit: int) -> list[int]:
        """The lists to read: a category, its ancestors, the shop; up to the first that is long enough."""
        if query.within != ABSENT:
            return [query.within]
        walk = []
        category = query.recent_category
        while category != ABSENT:
            walk.append(category)
            if self.offsets[category + 1] - self.offsets[category] >= limit:
                return walk
            category = int(self.parent[category])
        return [*walk, self._shop]

    def _best(self, number: int, limit: int) -> Rows:
        """The first `limit` items of one list."""
        start, stop = self.offsets[number], self.offsets[number + 1]
        return self.item[start : min(stop, start + limit)]
