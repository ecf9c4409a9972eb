"""What the whole shop looks at and buys: for guests, and for shoppers who buy across categories."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats, best_first, decayed_popularity
from recommender.domain.retrieval.source import Query, Reason, Shortlist

LONGEST = 50
"""Beyond these, an item that is only popular is hardly ever the answer."""


@dataclass(frozen=True, eq=False)
class PopularInShop:
    """The same list for everybody: available items by time-decayed popularity.

    item: int32 (k,), best first. popularity: float64 (k,), log(1 + decayed weighted events).
    """

    NAME: ClassVar[str] = "popular"

    item: Rows
    popularity: Floats

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Keep the most popular items; in a shop of few, some that nobody has looked at yet."""
        popularity = np.log1p(decayed_popularity(log))
        ranked = best_first(popularity)
        best = ranked[catalogue.available[ranked]][:LONGEST].astype(np.int32)
        return cls(best, popularity[best])

    def shortlist(self, query: Query, limit: int) -> Shortlist:  # noqa: ARG002 - everybody gets the same
        """The list, whoever asks."""
        item = self.item[:limit]
        return Shortlist(item, self.popularity[:limit], np.full(len(item), Reason.POPULAR, np.int8))
