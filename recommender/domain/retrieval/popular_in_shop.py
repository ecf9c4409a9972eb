"""What the whole shop looks at and buys: for guests, and for shoppers who buy across categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.popularity import best_first, decayed_popularity
from recommender.domain.retrieval.findings import Listed
from recommender.domain.retrieval.source import Query, Reason, because
from recommender.domain.soundness import require_rows, require_shape

LONGEST = 50
"""Beyond these, an item that is only popular is hardly ever the answer."""


@dataclass(frozen=True, eq=False)
class PopularInShop:
    """The same list for everybody: available items by time-decayed popularity.

    item: int32 (k,), best first.
    """

    NAME: ClassVar[str] = "popular"
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[int] = 5

    item: Rows

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Keep the most popular items; in a shop of few, some that nobody has looked at yet."""
        ranked = best_first(decayed_popularity(log))
        return cls(ranked[catalogue.available[ranked]][:LONGEST].astype(np.int32))

    def check(self, items: int, categories: int) -> None:  # noqa: ARG002 - it knows no categories
        """The list is of items."""
        require_shape("item", self.item, None)
        require_rows("item", self.item, items)

    def ask(self, query: Query) -> Listed:  # noqa: ARG002 - everybody gets the same
        """The list, whoever asks."""
        return Listed(self.item, because(Reason.POPULAR, len(self.item)))
