"""Pairs of items that shoppers looked at within a few steps: what co-visitation and item vectors count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.influence import influence
from recommender.domain.popularity import Floats
from recommender.domain.sessions import by_shopper, session_numbers
from recommender.domain.soundness import require_offsets, require_rows, require_shape
from recommender.domain.spans import first_of_each


@dataclass(frozen=True, eq=False)
class Pairs:
    """A sparse (size, size) matrix: each pair once, in order of (one, other).

    one, other: int32 (k,), rows below `size`. weight: float64 (k,).
    """

    one: Rows
    other: Rows
    weight: Floats
    size: int

    @classmethod
    def summed(cls, one: Rows, other: Rows, weight: Floats, size: int) -> Self:
        """Add up the weights of equal pairs."""
        wide = max(size, 1)
        key, place = np.unique(one.astype(np.int64) * wide + other, return_inverse=True)
        total = np.bincount(place, weight, minlength=len(key)).astype(np.float64, copy=False)
        return cls((key // wide).astype(np.int32), (key % wide).astype(np.int32), total, size)

    @classmethod
    def of_steps(cls, log: InteractionLog, longest: int, decay: float, weight: Floats) -> Self:
        """All pairs of different items up to `longest` events apart in a session: (earlier, later).

        A pair counts the weight of its later event (events,), times `decay` for each step beyond the first,
        times the shopper's influence.
        """
        order = by_shopper(log)
        item, session = log.item[order], session_numbers(log.user[order], log.timestamp[order])
        counts = (weight * influence(log))[order]
        pairs = cls.summed(item[:0], item[:0], counts[:0], len(log.items))
        for step in range(1, longest + 1):
            earlier = np.flatnonzero((session[step:] == session[:-step]) & (item[step:] != item[:-step]))
            later = earlier + step
            # Added up step by step, so that memory holds the distinct pairs and one step's.
            pairs = cls.summed(
                np.concatenate([pairs.one, item[earlier]]),
                np.concatenate([pairs.other, item[later]]),
                np.concatenate([pairs.weight, counts[later] * decay ** (step - 1)]),
                pairs.size,
            )
        return pairs

    def totals(self) -> tuple[Floats, Floats]:
        """The weight of all pairs that begin, and that end, with each row; float64 (size,)."""
        return (
            np.bincount(self.one, self.weight, self.size).astype(np.float64, copy=False),
            np.bincount(self.other, self.weight, self.size).astype(np.float64, copy=False),
        )

    def both_ways(self) -> Pairs:
        """The sum of the matrix and its transpose."""
        return Pairs.summed(
            np.concatenate([self.one, self.other]),
            np.concatenate([self.other, self.one]),
            np.concatenate([self.weight, self.weight]),
            self.size,
        )

    def where(self, kept: NDArray[np.bool_], weight: Floats) -> Pairs:
        """Some of the pairs, with other weights (k,)."""
        return Pairs(self.one[kept], self.other[kept], weight[kept], self.size)


def require_partners(first: NDArray[np.int64], item: Rows, items: int) -> None:
    """Raise ValueError unless `first` cuts the partners `item` into a list for each of so many items."""
    require_shape("item", item, None)
    require_offsets("first", first, items, len(item))
    require_rows("item", item, items)


def best_of_each(
    group: NDArray[np.integer], score: NDArray[np.floating], groups: int, most: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets (groups + 1,) and positions of the `most` best scores of each group, best first; int64.

    Ties are in order of position.
    """
    order = np.lexsort((-score, group))
    sizes = np.bincount(group, minlength=groups)
    offsets, first = first_of_each(sizes, most)
    return offsets, order[first]
