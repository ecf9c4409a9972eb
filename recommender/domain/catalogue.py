"""The catalogue: a tree of categories, and items whose category and availability change over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import Times
from recommender.domain.ids import ABSENT, IdTable, Rows
from recommender.domain.soundness import field, require_rows, require_shape


class Property(IntEnum):
    """The item properties that are used; the number is the code in every column."""

    CATEGORY = 0
    AVAILABLE = 1


PROPERTIES = {"categoryid": Property.CATEGORY, "available": Property.AVAILABLE}
"""Their names in RetailRocket's files."""


@dataclass(frozen=True, eq=False)
class PropertyBatch:
    """Property rows in the order of their source; every column has shape (n,).

    timestamp: int64 ms. item_id, value: str objects. property: int8 Property codes.
    """

    timestamp: Times
    item_id: NDArray[np.object_]
    property: NDArray[np.int8]
    value: NDArray[np.object_]

    def __len__(self) -> int:
        return len(self.timestamp)


@dataclass(frozen=True, eq=False)
class CategoryTree:
    """Categories and their parents.

    ids: the categories. parent: int32 (categories,), the parent's row, ABSENT for a root.
    """

    ids: IdTable
    parent: Rows

    @classmethod
    def of(cls, parents: Mapping[str, str | None]) -> Self:
        """Build the tree from category -> parent; a parent that is no key is a root of its own.

        Raises ValueError naming a category that is its own ancestor.
        """
        ids = IdTable.of([*parents, *(each for each in parents.values() if each)])
        parent = np.full(len(ids), ABSENT, np.int32)
        for category, above in parents.items():
            if above:
                parent[ids.row(category)] = ids.row(above)
        if (looped := row_in_a_loop(parent)) is not None:
            raise ValueError(f"category {ids.id(looped)!r} is its own ancestor")
        return cls(ids, parent)

    def __len__(self) -> int:
        return len(self.parent)

    def check(self) -> None:
        """Raise ValueError, naming the field, if this is no tree."""
        with field("ids"):
            self.ids.check()
        require_shape("parent", self.parent, len(self.ids))
        require_parents("parent", self.parent)

    def with_categories(self, others: IdTable) -> CategoryTree:
        """This tree and, as roots of their own, the categories it lacks."""
        ids = self.ids.union(others)
        place = self.ids.rows_in(ids)
        parent = np.full(len(ids), ABSENT, np.int32)
        parent[place] = np.where(self.parent == ABSENT, ABSENT, place[self.parent])
        return CategoryTree(ids, parent)

    def path(self, category: int) -> list[int]:
        """The category and its ancestors, root last; empty for ABSENT."""
        path = []
        while category != ABSENT:
            path.append(category)
            category = int(self.parent[category])
        return path

    @cached_property
    def levels(self) -> Rows:
        """Ancestors by level from the root; int32 (categories + 1, depth), ABSENT below a category.

        The last row, all ABSENT, stands for "no category": indexing with ABSENT finds it.
        """
        paths = [self.path(row)[::-1] for row in range(len(self))]
        levels = np.full((len(self) + 1, max(map(len, paths), default=1)), ABSENT, np.int32)
        for row, path in enumerate(paths):
            levels[row, : len(path)] = path
        return levels


def require_parents(name: str, parent: Rows) -> None:
    """Raise ValueError for a parent that is no category, and for a category that is its own ancestor."""
    require_rows(name, parent, len(parent), ABSENT)
    if (looped := row_in_a_loop(parent)) is not None:
        raise ValueError(f"{name}: the category of row {looped} is its own ancestor")


def row_in_a_loop(parent: Rows) -> int | None:
    """A category, by its row, that is its own ancestor; None in a tree."""
    above = parent.copy()
    for _ in range(len(parent)):
        if not (climbing := above != ABSENT).any():
            return None
        above[climbing] = parent[above[climbing]]
    return int(above.max()) if above.max(initial=ABSENT) != ABSENT else None


@dataclass(frozen=True, eq=False)
class CatalogueSnapshot:
    """The catalogue as it was known at one moment.

    category: int32 (items,), a row of `tree` or ABSENT. available: bool (items,).
    """

    items: IdTable
    category: Rows
    available: NDArray[np.bool_]
    tree: CategoryTree

    def over(self, items: IdTable) -> CatalogueSnapshot:
        """The same knowledge about the items of another table; of an item it lacks, nothing is known."""
        row = self.items.rows_in(items)
        kept = row != ABSENT
        category = np.full(len(items), ABSENT, np.int32)
        available = np.ones(len(items), bool)
        category[row[kept]], available[row[kept]] = self.category[kept], self.available[kept]
        return CatalogueSnapshot(items, category, available, self.tree)


@dataclass(frozen=True, eq=False)
class Changes:
    """When one property of the items changed, and to what; columns of shape (n,) in order of time.

    Equal times keep the order of their source, so that the last row in the file wins.
    """

    item: Rows
    timestamp: Times
    value: Rows

    def at(self, moment: int, items: int, default: int) -> Rows:
        """Value of each item at `moment`: its last row at or before it, else `default`; int32 (items,)."""
        known = int(np.searchsorted(self.timestamp, moment, side="right"))
        values = np.full(items, default, np.int32)
        values[self.item[:known]] = self.value[:known]  # where an item repeats, numpy keeps the last
        return values


@dataclass(frozen=True, eq=False)
class CatalogueHistory:
    """Everything the shop ever said about its items, with the times at which it said so."""

    items: IdTable
    category: Changes
    available: Changes
    tree: CategoryTree

    @classmethod
    def of(cls, batch: PropertyBatch, tree: CategoryTree) -> Self:
        """Order the rows of a batch by time; categories outside the tree become roots of their own."""
        items, row = IdTable.coding(batch.item_id)
        order = np.argsort(batch.timestamp, kind="stable")
        item = row[order]
        timestamp, kind, value = batch.timestamp[order], batch.property[order], batch.value[order]
        in_category = kind == Property.CATEGORY
        named, category = IdTable.coding(value[in_category])
        tree = tree.with_categories(named)
        category = named.rows_in(tree.ids)[category]
        available = (value[~in_category] != "0").astype(np.int32)
        return cls(
            items,
            Changes(item[in_category], timestamp[in_category], category),
            Changes(item[~in_category], timestamp[~in_category], available),
            tree,
        )

    @property
    def first(self) -> Times:
        """When each item was first spoken of; int64 (items,)."""
        first = np.full(len(self.items), np.iinfo(np.int64).max)
        for changes in (self.category, self.available):
            np.minimum.at(first, changes.item, changes.timestamp)
        return first

    def at(self, moment: int) -> CatalogueSnapshot:
        """The catalogue as known at `moment`: items of which nothing had been said by then are not in it."""
        known = np.flatnonzero(self.first <= moment)
        return CatalogueSnapshot(
            self.items.taking(known),
            self.category.at(moment, len(self.items), ABSENT)[known],
            self.available.at(moment, len(self.items), 1)[known].astype(bool),
            self.tree,
        )
