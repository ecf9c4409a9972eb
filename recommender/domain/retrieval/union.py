"""The candidates of all sources together, with what each source said of each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats
from recommender.domain.retrieval.source import Query, Shortlist, Source


@dataclass(frozen=True, eq=False)
class Candidates:
    """Distinct items in order of row, and a column per source.

    item: int32 (n,). reason: int8 (n,), that of the source which ranks the item highest.
    score, rank: float64 (n, sources): the source's score, and 1 / (1 + its rank); 0 where
    it did not find the item.
    """

    item: Rows
    reason: NDArray[np.int8]
    score: Floats
    rank: Floats

    def __len__(self) -> int:
        return len(self.item)

    def only(self, chosen: NDArray[np.bool_]) -> Candidates:
        """The chosen candidates; what the sources said of them stays as it was."""
        return Candidates(self.item[chosen], self.reason[chosen], self.score[chosen], self.rank[chosen])


def retrieve(sources: Sequence[Source], query: Query, limit: int) -> Candidates:
    """Ask every source for `limit` candidates and unite the answers."""
    return unite([source.shortlist(query, limit) for source in sources])


def unite(shortlists: Sequence[Shortlist]) -> Candidates:
    """Each item once; where sources rank an item equally high, the earlier one gives the reason."""
    item, place = np.unique(np.concatenate([each.item for each in shortlists]), return_inverse=True)
    shape = (len(item), len(shortlists))
    score, rank, reason = np.zeros(shape), np.zeros(shape), np.zeros(shape, np.int8)
    start = 0
    for column, each in enumerate(shortlists):
        rows = place[start : start + len(each.item)]
        score[rows, column] = each.score
        rank[rows, column] = 1 / (1 + np.arange(len(rows)))
        reason[rows, column] = each.reason
        start += len(rows)
    best = rank.argmax(axis=1)
    return Candidates(item.astype(np.int32, copy=False), reason[np.arange(len(item)), best], score, rank)
