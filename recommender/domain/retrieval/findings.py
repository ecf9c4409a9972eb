"""The two common kinds of findings: votes for items, and a list that is there already."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats
from recommender.domain.ranking import top_n
from recommender.domain.retrieval.source import Reason, Shortlist, because

VOTE = 100.0

TINY = float(np.finfo(np.float64).tiny)
"""Keeps a share of nothing from being undefined."""


def score(votes: NDArray[np.number]) -> Floats:
    """log(1 + VOTE x votes), in which a linear ranker finds more than in the votes themselves."""
    scores: Floats = np.log1p(VOTE * votes)
    return scores


def share(votes: NDArray[np.number]) -> Floats:
    """What part of all votes each item has; zeros if nobody voted."""
    part: Floats = votes / max(votes.sum(), TINY)
    return part


@dataclass(frozen=True, eq=False)
class Listed:
    """A list, best first, with nothing to say of an item but its rank: item int32, reason int8, (k,)."""

    item: Rows
    reason: NDArray[np.int8]

    def shortlist(self, limit: int) -> Shortlist:
        """The beginning of the list."""
        return Shortlist(self.item[:limit], self.reason[:limit])

    def columns(self, item: Rows) -> Floats:
        """None."""
        return np.empty((len(item), 0))


@dataclass(frozen=True, eq=False)
class Votes:
    """Items with votes: item int32 (k,), ascending; table float64 (k, columns), they rank by the first.

    reason: int8 (k,), or the same for all.
    """

    item: Rows
    table: Floats
    reason: NDArray[np.int8] | Reason

    def shortlist(self, limit: int) -> Shortlist:
        """The items with the most votes, ties by row."""
        best = top_n(self.table[:, 0], self.item, limit)
        if isinstance(self.reason, np.ndarray):
            return Shortlist(self.item[best], self.reason[best])
        return Shortlist(self.item[best], because(self.reason, len(best)))

    def columns(self, item: Rows) -> Floats:
        """The rows of the table, and zeros for an item without a vote."""
        if not len(self.item):
            return np.zeros((len(item), self.table.shape[1]))
        place = np.minimum(self.item.searchsorted(item), len(self.item) - 1)
        said: Floats = self.table.take(place, axis=0)
        said[self.item.take(place) != item] = 0
        return said
