"""Charts: the items of every category and of the shop, best first, by scores that are everybody's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.popularity import Floats, best_first
from recommender.domain.soundness import require_finite, require_offsets, require_rows, require_shape
from recommender.domain.spans import offsets


@dataclass(frozen=True, eq=False)
class Charts:
    """For each score and category the available items of its subtree, and last those of the shop, best first.

    The lists are complete, so that a longer answer never runs out before the catalogue does; those of one
    score hold each item once per level of the tree.

    score: float64 (items, scores).
    offsets: int64 (scores * (categories + 1) + 1,) into item: int32 (entries,), score by score.
    """

    score: Floats
    offsets: NDArray[np.int64]
    item: Rows

    @classmethod
    def of(cls, score: Floats, catalogue: CatalogueSnapshot, above: float = -np.inf) -> Self:
        """Order the available items whose score is greater than `above`; ties in order of row."""
        whole_shop = len(catalogue.tree)
        sizes, items = [np.empty(0, np.int64)], [np.empty(0, np.int32)]
        for column in score.T:
            ranked = best_first(column)
            ranked = ranked[catalogue.available[ranked] & (column[ranked] > above)]
            of_shop = np.full(len(ranked), whole_shop, np.int32)
            lists = np.column_stack([catalogue.tree.levels[catalogue.category[ranked]], of_shop])
            member, level = np.nonzero(lists != ABSENT)
            of_list = lists[member, level]
            sizes.append(np.bincount(of_list, minlength=whole_shop + 1))
            items.append(ranked[member[np.argsort(of_list, kind="stable")]].astype(np.int32))
        return cls(score, offsets(np.concatenate(sizes)), np.concatenate(items))

    def check(self, items: int, categories: int, scores: int) -> None:
        """Raise ValueError, naming the field, unless every category has its lists, and the shop its own."""
        require_shape("score", self.score, items, scores)
        require_finite("score", self.score)
        require_shape("item", self.item, None)
        require_offsets("offsets", self.offsets, scores * (categories + 1), len(self.item))
        require_rows("item", self.item, items)

    def best(self, score: int, category: int, limit: int) -> Rows:
        """The first `limit` items of a category by one score; of the whole shop for ABSENT."""
        lists = (len(self.offsets) - 1) // self.score.shape[1]
        number = lists * score + category % lists  # ABSENT is -1: the last list, as is the shop's
        start, stop = self.offsets[number], self.offsets[number + 1]
        return self.item[start : min(stop, start + limit)]
