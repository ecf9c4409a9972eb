"""A search: one query put to all sources of an index, and the candidates they found that may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from recommender.domain.ids import Rows
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.retrieval import Candidates, Findings, Query, unite
from recommender.domain.rules import Rules, allowed

ENOUGH = 20
"""With fewer candidates left by the rules, the sources are asked for more than they give at first."""

GROWTH = 4
"""So many times as many are asked for then."""


@dataclass(frozen=True, eq=False)
class Search:
    """What every source of the index found out about the query; each is asked once, however much is read."""

    index: Index
    query: Query
    findings: Sequence[Findings]

    @classmethod
    def of(cls, index: Index, query: Query) -> Self:
        """Ask every source."""
        return cls(index, query, [source.ask(query) for source in index.sources])

    def candidates(self, rules: Rules, n: int) -> Candidates:
        """The candidates that may be shown: at least n wherever the shop has so many."""
        return next(self.longer(rules, n))

    def longer(self, rules: Rules, n: int) -> Iterator[Candidates]:
        """The candidates that may be shown; then, as long as there are more, these and others.

        If rules leave fewer than n and than ENOUGH, sources are asked for more, until none has any:
        PopularInCategory lists the whole shop, or the whole of the category asked for.
        """
        enough, times = max(ENOUGH, n), 1
        found = self._union(times)
        while True:
            shown = found.only(allowed(self.index, self.query, found.item, rules))
            if len(shown) >= enough:
                yield shown
            times *= GROWTH
            more = self._union(times)
            # Lists that grow may add nothing new: what one goes on with, others can have found before.
            if np.count_nonzero(more.rank) == np.count_nonzero(found.rank):
                break
            found = more
        if len(shown) < enough:
            yield shown

    def columns(self, item: Rows) -> list[Floats]:
        """What each source says of the items."""
        return [found.columns(item) for found in self.findings]

    def _union(self, times: int) -> Candidates:
        """So many candidates of every source as it gives at first, or `times` as many."""
        return unite(
            [
                found.shortlist(source.FIRST * times)
                for source, found in zip(self.index.sources, self.findings, strict=True)
            ]
        )
