"""What can be clicked on one day, ready for drawing."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.catalogue import Catalogue
from recommender.adapters.sample.popularity import Popularity
from recommender.adapters.sample.settings import DAY_MS, SampleShop
from recommender.adapters.sample.tree import CategoryTree

# Visits run past midnight; an item that leaves in these hours is not shown to them.
MARGIN_MS = DAY_MS // 4


@dataclass(frozen=True)
class Shelf:
    """One day's items in the order of their leaves, so that a leaf, an aisle and the shop are all ranges.

    listed   (items,)       bool      on sale all day
    leaf     (items,)       int64     leaf of each item on this day
    order    (items,)       int64     items in the order of their leaves
    summed   (items + 1,)   float64   weights summed up along `order`; unlisted items weigh nothing
    bounds   (leaves + 1,)  int64     where each leaf starts in `order`
    aisle    (leaves, 2)    int64     the range of leaves each leaf stands among
    """

    listed: NDArray[np.bool_]
    leaf: NDArray[np.int64]
    order: NDArray[np.int64]
    summed: NDArray[np.float64]
    bounds: NDArray[np.int64]
    aisle: NDArray[np.int64]

    @property
    def leaves(self) -> int:
        """How many leaves there are."""
        return len(self.bounds) - 1

    def draw(self, first: NDArray[np.int64], after: NDArray[np.int64], rng: Generator) -> NDArray[np.int64]:
        """One listed item for each range of leaves, by weight; from the whole shop where a range is empty."""
        low = self.summed[self.bounds[first]]
        high = self.summed[self.bounds[after]]
        empty = high <= low
        low = np.where(empty, 0.0, low)
        high = np.where(empty, self.summed[-1], high)
        # Rounding may lift a draw to `high` itself, which is the next range's.
        target = np.minimum(low + rng.random(len(low)) * (high - low), np.nextafter(high, low))
        return self.order[np.searchsorted(self.summed, target, side="right") - 1]

    def draw_anywhere(self, size: int, rng: Generator) -> NDArray[np.int64]:
        """Listed items of the whole shop, by weight, (size,)."""
        first = np.zeros(size, dtype=np.int64)
        return self.draw(first, first + self.leaves, rng)


def set_out(
    shop: SampleShop, catalogue: Catalogue, popularity: Popularity, tree: CategoryTree, day: int
) -> Shelf:
    """The shelf of a day."""
    start = shop.day_ms(day)
    listed = catalogue.on_sale_through(start, start + DAY_MS + MARGIN_MS)
    leaf = catalogue.leaf_at(start)
    order = np.argsort(leaf, kind="stable")
    weight = np.where(listed, popularity.on(day), 0.0)
    summed = np.concatenate([[0.0], np.cumsum(weight[order])])
    bounds = np.searchsorted(leaf[order], np.arange(tree.leaves + 1))
    return Shelf(listed, leaf, order, summed, bounds, tree.aisle)
