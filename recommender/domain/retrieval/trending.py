"""What the shop has begun to look at: more in the last day than the weeks before let expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.popularity import best_first, decayed_popularity
from recommender.domain.retrieval.findings import Listed
from recommender.domain.retrieval.source import Query, Reason
from recommender.domain.soundness import require_rows, require_shape

SHORT, LONG = DAY, 14 * DAY
"""Half-lives of what is counted as now and as usual."""

LONGEST = 50


@dataclass(frozen=True, eq=False)
class Trending:
    """The same list for everybody: available items whose popularity grows, item: int32 (k,), best first."""

    NAME: ClassVar[str] = "trending"
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[int] = 5

    item: Rows

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Order items by how far they are above what is usual, in standard deviations of a Poisson count."""
        now = decayed_popularity(log, SHORT)
        usual = decayed_popularity(log, LONG) * (SHORT / LONG)
        growth = (now - usual) / np.sqrt(usual + 1)
        ranked = best_first(growth)
        ranked = ranked[catalogue.available[ranked] & (growth[ranked] > 0)]
        return cls(ranked[:LONGEST].astype(np.int32))

    def check(self, items: int, categories: int) -> None:  # noqa: ARG002 - it knows no categories
        """The list is of items."""
        require_shape("item", self.item, None)
        require_rows("item", self.item, items)

    def ask(self, query: Query) -> Listed:  # noqa: ARG002 - everybody gets the same
        """The list, whoever asks."""
        return Listed(self.item, np.full(len(self.item), Reason.TRENDING, np.int8))
