"""Popular items of the shopper's most recent category, backing off to its parents and then the shop."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot, require_parents
from recommender.domain.events import InteractionLog
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.popularity import HALF_LIVES, Floats, Window, decayed_popularity
from recommender.domain.retrieval.charts import Charts
from recommender.domain.retrieval.source import Query, Reason, Shortlist, because
from recommender.domain.soundness import field, require_shape


@dataclass(frozen=True, eq=False)
class PopularInCategory:
    """Every category's items, and those of the shop, by how popular they are.

    parent: int32 (categories,). charts: a score for each Window; candidates are those of the week.
    """

    NAME: ClassVar[str] = "popular_in_category"
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[int] = 25

    parent: Rows
    charts: Charts

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Order the available items of every category by time-decayed popularity."""
        popularity = [decayed_popularity(log, half_life) for half_life in HALF_LIVES]
        return cls(catalogue.tree.parent, Charts.of(np.column_stack(popularity), catalogue))

    def check(self, items: int, categories: int) -> None:
        """Categories have parents, and charts."""
        require_shape("parent", self.parent, categories)
        require_parents("parent", self.parent)
        with field("charts"):
            self.charts.check(items, categories, len(Window))

    def ask(self, query: Query) -> _Walk:
        """The category's list, continued by each parent's and the shop's; with `within`, that list alone."""
        if query.within != ABSENT:
            return _Walk(self.charts, [query.within])
        lists, category = [], query.recent_category
        while category != ABSENT:
            lists.append(category)
            category = int(self.parent[category])
        return _Walk(self.charts, [*lists, ABSENT])


@dataclass(frozen=True, eq=False)
class _Walk:
    """Findings: categories (ABSENT: the shop), read one after another until the list is long enough."""

    charts: Charts
    lists: list[int]

    def shortlist(self, limit: int) -> Shortlist:
        """Each item once, with the reason of the first list that has it."""
        item: dict[int, None] = {}  # in order, each once; for so few a dict is quicker than sorting
        in_category = 0
        for category in self.lists:
            best = self.charts.best(Window.WEEK, category, limit)
            item |= dict.fromkeys(best.tolist())
            in_category = in_category if category == ABSENT else len(item)
            if len(best) >= limit:
                break
        listed = np.array(list(item)[:limit], np.int32)
        reason = because(Reason.POPULAR_IN_CATEGORY, len(listed))
        reason[in_category:] = Reason.POPULAR
        return Shortlist(listed, reason)

    def columns(self, item: Rows) -> Floats:
        """None: how popular an item is, is known of every item."""
        return np.empty((len(item), 0))
