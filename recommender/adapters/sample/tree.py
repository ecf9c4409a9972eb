"""The category tree: roots, sections, aisles and the leaves that hold the items."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

ITEMS_PER_LEAF = 40
LEAVES_PER_AISLE = 5
AISLES_PER_SECTION = 3
MOST_ROOTS = 25

# RetailRocket's category ids are numbers with holes; a third of the range is used here.
ID_SPREAD = 3


@dataclass(frozen=True)
class CategoryTree:
    """Categories as rows, leaves first; the leaves below one parent are neighbours.

    ids      (categories,) int64   the numbers in the file
    parent   (categories,) int64   row of the parent, -1 for a root
    aisle    (leaves, 2)   int64   first leaf below the leaf's parent, and the first leaf after them
    """

    ids: NDArray[np.int64]
    parent: NDArray[np.int64]
    aisle: NDArray[np.int64]

    @property
    def leaves(self) -> int:
        """How many categories hold items."""
        return len(self.aisle)


def plant_tree(items: int, rng: Generator) -> CategoryTree:
    """A tree of three to four levels with about one leaf for every 40 items."""
    leaves = max(4, items // ITEMS_PER_LEAF)
    roots = int(np.clip(round(leaves**0.5 / 2), 2, MOST_ROOTS))
    aisle_of_leaf = _cut(leaves, -(-leaves // LEAVES_PER_AISLE), rng)
    section_of_aisle = _cut(
        _groups(aisle_of_leaf), -(-leaves // (LEAVES_PER_AISLE * AISLES_PER_SECTION)), rng
    )
    root_of_section = _cut(_groups(section_of_aisle), roots, rng)
    parent = _stack(aisle_of_leaf, section_of_aisle, root_of_section)
    ids = rng.choice(len(parent) * ID_SPREAD, size=len(parent), replace=False).astype(np.int64)
    edges = np.searchsorted(aisle_of_leaf, np.stack([aisle_of_leaf, aisle_of_leaf + 1], axis=1))
    return CategoryTree(ids, parent, edges.astype(np.int64))


def _cut(members: int, groups: int, rng: Generator) -> NDArray[np.int64]:
    """Neighbours into at most `groups` groups of uneven size, numbered from 0 without holes."""
    return np.unique(np.sort(rng.integers(0, groups, members)), return_inverse=True)[1].astype(np.int64)


def _groups(group: NDArray[np.int64]) -> int:
    return int(group[-1]) + 1


def _stack(
    aisle: NDArray[np.int64], section: NDArray[np.int64], root: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Parents as rows of one table.

    The only aisle of a section hangs from the root: its leaves stand on the third level, not on the fourth.
    """
    sections_from = len(aisle) + len(section)
    roots_from = sections_from + len(root)
    alone = np.bincount(section)[section] == 1
    above_aisle = np.where(alone, roots_from + root[section], sections_from + section)
    top = np.full(_groups(root), -1, dtype=np.int64)
    return np.concatenate([len(aisle) + aisle, above_aisle, roots_from + root, top])
