"""The candidates of all sources together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats
from recommender.domain.retrieval.source import Shortlist
from recommender.domain.spans import distinct, spans


@dataclass(frozen=True, eq=False)
class Candidates:
    """Distinct items in order of row, and a column per source.

    item: int32 (n,). reason: int8 (n,), that of the source which ranks the item highest.
    rank: float64 (n, sources), 1 / (1 + the source's rank), 0 where it did not list the item.
    """

    item: Rows
    reason: NDArray[np.int8]
    rank: Floats

    def __len__(self) -> int:
        return len(self.item)

    def only(self, chosen: NDArray[np.bool_]) -> Candidates:
        """The chosen candidates; their ranks stay as they were."""
        return Candidates(self.item[chosen], self.reason[chosen], self.rank[chosen])


def unite(shortlists: Sequence[Shortlist]) -> Candidates:
    """Each item once; where sources rank an item equally high, the earlier one gives the reason."""
    item, place = distinct(np.concatenate([each.item for each in shortlists]))
    length = np.array([len(each.item) for each in shortlists])
    at, column = spans(np.zeros_like(length), length)
    shape = (len(item), len(shortlists))
    rank, reason = np.zeros(shape), np.zeros(shape, np.int8)
    rank[place, column] = 1 / (1 + at)
    reason[place, column] = np.concatenate([each.reason for each in shortlists])
    best = rank.argmax(axis=1)
    return Candidates(item, reason[np.arange(len(item)), best], rank)
