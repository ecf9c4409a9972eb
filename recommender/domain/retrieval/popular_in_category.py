"""Popular items of the shopper's most recent category, backing off to its parents and then the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot, require_parents
from recommender.domain.events import InteractionLog
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.popularity import Floats, best_first, decayed_popularity
from recommender.domain.retrieval.source import Query, Reason, Shortlist
from recommender.domain.soundness import require_offsets, require_rows, require_shape
from recommender.domain.spans import offsets


@dataclass(frozen=True, eq=False)
class PopularInCategory:
    """For every category the available items of its subtree, and last those of the shop, best first.

    The lists are complete, so that a longer answer never runs out before the catalogue does; together
    they hold each item once per level of the tree.

    parent: int32 (categories,). offsets: int64 (categories + 2,) into item: int32 (entries,).
    """

    NAME: ClassVar[str] = "popular_in_category"
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[int] = 25

    parent: Rows
    offsets: NDArray[np.int64]
    item: Rows

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Order the available items of every category by time-decayed popularity."""
        ranked = best_first(decayed_popularity(log))
        ranked = ranked[catalogue.available[ranked]]
        whole_shop = len(catalogue.tree)
        lists = np.column_stack(
            [catalogue.tree.levels[catalogue.category[ranked]], np.full(len(ranked), whole_shop, np.int32)]
        )
        member, entry = np.nonzero(lists != ABSENT)
        of_list = lists[member, entry]
        sizes = np.bincount(of_list, minlength=whole_shop + 1)
        in_lists = ranked[member[np.argsort(of_list, kind="stable")]].astype(np.int32)
        return cls(catalogue.tree.parent, offsets(sizes), in_lists)

    def check(self, items: int, categories: int) -> None:
        """Every category has its list, and the shop one more."""
        require_shape("parent", self.parent, categories)
        require_parents("parent", self.parent)
        require_shape("item", self.item, None)
        require_offsets("offsets", self.offsets, categories + 1, len(self.item))
        require_rows("item", self.item, items)

    def ask(self, query: Query) -> _Walk:
        """The category's list, continued by each parent's and the shop's; with `within`, that list alone."""
        if query.within != ABSENT:
            return _Walk(self, [query.within])
        lists, category = [], query.recent_category
        while category != ABSENT:
            lists.append(category)
            category = int(self.parent[category])
        return _Walk(self, [*lists, self.whole_shop])

    @property
    def whole_shop(self) -> int:
        """The number of the list that holds the whole shop."""
        return len(self.parent)

    def best(self, number: int, limit: int) -> Rows:
        """The first `limit` items of one list."""
        start, stop = self.offsets[number], self.offsets[number + 1]
        return self.item[start : min(stop, start + limit)]


@dataclass(frozen=True, eq=False)
class _Walk:
    """Findings: lists to be read one after another, until they are long enough."""

    source: PopularInCategory
    lists: list[int]

    def shortlist(self, limit: int) -> Shortlist:
        """Each item once, with the reason of the first list that has it."""
        item: dict[int, None] = {}  # in order, each once; for so few a dict is quicker than sorting
        in_category = 0
        for number in self.lists:
            best = self.source.best(number, limit)
            item |= dict.fromkeys(best.tolist())
            in_category = in_category if number == self.source.whole_shop else len(item)
            if len(best) >= limit:
                break
        listed = np.array(list(item)[:limit], np.int32)
        of_shop = np.arange(len(listed)) >= in_category
        return Shortlist(
            listed, np.where(of_shop, Reason.POPULAR, Reason.POPULAR_IN_CATEGORY).astype(np.int8)
        )

    def columns(self, item: Rows) -> Floats:
        """None: how popular an item is, is known of every item."""
        return np.empty((len(item), 0))
