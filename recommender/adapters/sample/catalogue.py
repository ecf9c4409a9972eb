"""The items: where they stand, when they are on sale, what belongs together."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.settings import SampleShop
from recommender.adapters.sample.tree import CategoryTree

NEVER = 2**62

BORN_SHARE = 0.15
GONE_SHARE = 0.08
PAUSED_SHARE = 0.03
MOVED_SHARE = 0.03

# Sizes of leaves fall with their rank like Zipf's law, a little flatter.
LEAF_SKEW = 0.7
STANDING_SPREAD = 1.5
RATE_SPREAD = 0.7
ID_SPREAD = 2


@dataclass(frozen=True)
class Catalogue:
    """All items as rows; a moment that does not come is `NEVER`.

    ids         (items,)    int64     the numbers in the file
    leaf        (items,)    int64     leaf category at first
    next_leaf   (items,)    int64     leaf category from moved_ms on
    moved_ms    (items,)    int64     when the category changes
    born_ms     (items,)    int64     first moment on sale
    gone_ms     (items,)    int64     first moment after the last sale
    paused_ms   (items,)    int64     start of a time out of stock
    back_ms     (items,)    int64     end of that time
    standing    (items,)    float64   log of the popularity the item keeps
    rate        (items,)    float64   readiness to be put into a cart, mean 1
    companions  (items, 6)  int64     what is looked at beside it, closest first
    """

    ids: NDArray[np.int64]
    leaf: NDArray[np.int64]
    next_leaf: NDArray[np.int64]
    moved_ms: NDArray[np.int64]
    born_ms: NDArray[np.int64]
    gone_ms: NDArray[np.int64]
    paused_ms: NDArray[np.int64]
    back_ms: NDArray[np.int64]
    standing: NDArray[np.float64]
    rate: NDArray[np.float64]
    companions: NDArray[np.int64]

    def on_sale(self, item: NDArray[np.int64], time: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether each item can be seen and bought at its moment."""
        paused = (self.paused_ms[item] <= time) & (time < self.back_ms[item])
        return (self.born_ms[item] <= time) & (time < self.gone_ms[item]) & ~paused

    def on_sale_through(self, start: int, end: int) -> NDArray[np.bool_]:
        """Which items are on sale from `start` to `end` without a break, (items,)."""
        paused = (self.paused_ms < end) & (self.back_ms > start)
        return (self.born_ms <= start) & (self.gone_ms >= end) & ~paused

    def leaf_at(self, time: int) -> NDArray[np.int64]:
        """The leaf category of every item at a moment, (items,)."""
        return np.where(self.moved_ms <= time, self.next_leaf, self.leaf)


def stock_catalogue(shop: SampleShop, tree: CategoryTree, rng: Generator) -> Catalogue:
    """The items of a shop, from their ids to their companions."""
    leaf, next_leaf = _leaves(shop.items, tree.leaves, rng)
    born, gone = _lives(shop, rng)
    paused, back = _pauses(shop, (born == shop.start_ms) & (gone == NEVER), rng)
    standing = rng.normal(0.0, STANDING_SPREAD, shop.items)
    return Catalogue(
        ids=rng.choice(shop.items * ID_SPREAD, size=shop.items, replace=False).astype(np.int64),
        leaf=leaf,
        next_leaf=next_leaf,
        moved_ms=_moves(shop, born, gone, rng),
        born_ms=born,
        gone_ms=gone,
        paused_ms=paused,
        back_ms=back,
        standing=standing,
        rate=rng.lognormal(-(RATE_SPREAD**2) / 2, RATE_SPREAD, shop.items),
        companions=_companions(leaf, standing, rng),
    )


def _leaves(items: int, leaves: int, rng: Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The first leaf of every item and another one for later, both drawn by the sizes of the leaves."""
    size = rng.permutation(1.0 / np.arange(1, leaves + 1) ** LEAF_SKEW)
    first = rng.choice(leaves, size=items, p=size / size.sum()).astype(np.int64)
    later = rng.choice(leaves, size=items, p=size / size.sum()).astype(np.int64)
    return first, np.where(later == first, (first + 1) % leaves, later)


def _lives(shop: SampleShop, rng: Generator) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    born = np.full(shop.items, shop.start_ms, dtype=np.int64)
    new = _some(shop.items, BORN_SHARE, rng)
    born[new] = rng.integers(shop.start_ms, shop.end_ms, len(new))
    gone = np.full(shop.items, NEVER, dtype=np.int64)
    ending = _some(shop.items, GONE_SHARE, rng)
    gone[ending] = rng.integers(born[ending] + 1, shop.end_ms + 1)
    return born, gone


def _pauses(
    shop: SampleShop, steady: NDArray[np.bool_], rng: Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Times out of stock, only of items that are there from the first day to the last."""
    paused = np.full(shop.items, NEVER, dtype=np.int64)
    back = np.full(shop.items, NEVER, dtype=np.int64)
    chosen = rng.permutation(np.flatnonzero(steady))[: round(shop.items * PAUSED_SHARE)]
    ends = np.sort(rng.integers(shop.start_ms + 1, shop.end_ms, (len(chosen), 2)), axis=1)
    paused[chosen], back[chosen] = ends[:, 0], ends[:, 1]
    return paused, back


def _moves(
    shop: SampleShop, born: NDArray[np.int64], gone: NDArray[np.int64], rng: Generator
) -> NDArray[np.int64]:
    """Changes of category, in the middle of an item's life so that both categories are lived in."""
    moved = np.full(shop.items, NEVER, dtype=np.int64)
    chosen = _some(shop.items, MOVED_SHARE, rng)
    life = np.minimum(gone[chosen], shop.end_ms) - born[chosen]
    moved[chosen] = born[chosen] + 1 + (rng.uniform(0.2, 0.8, len(chosen)) * life).astype(np.int64)
    return moved


def _companions(leaf: NDArray[np.int64], standing: NDArray[np.float64], rng: Generator) -> NDArray[np.int64]:
    """Neighbours on a walk through the leaves, and one partner anywhere in the shop.

    The walk goes from the less to the more popular with some noise, so that companions are of similar
    standing and the tail stays a tail. At the ends of a leaf it steps into the next one.
    """
    taste = standing + rng.normal(0.0, STANDING_SPREAD, len(leaf))
    walk = np.lexsort((taste, leaf))
    columns = np.empty((len(leaf), 6), dtype=np.int64)
    for column, step in ((0, 1), (1, -1), (3, 2), (4, -2), (5, 3)):
        columns[walk, column] = np.roll(walk, step)
    columns[:, 2] = _partners(len(leaf), rng)
    return columns


def _partners(items: int, rng: Generator) -> NDArray[np.int64]:
    """Pairs; of an odd number one item is left, and stays with itself."""
    queue = rng.permutation(items).astype(np.int64)
    left, right = queue[: items // 2], queue[-(items // 2) :]
    partner = np.arange(items, dtype=np.int64)
    partner[left], partner[right] = right, left
    return partner


def _some(items: int, share: float, rng: Generator) -> NDArray[np.int64]:
    """An exact share of the items: a quota keeps small shops in shape where chance would not."""
    return rng.permutation(items)[: round(items * share)]
