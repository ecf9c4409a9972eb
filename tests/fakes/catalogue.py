"""A catalogue in memory, and property rows that are easy to write down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from recommender.domain.catalogue import CatalogueHistory, CategoryTree, Property, PropertyBatch
from recommender.domain.errors import StorageUnavailable
from recommender.domain.ids import ABSENT


class Said(NamedTuple):
    """A row of a batch: what the shop said of an item."""

    timestamp: int
    item_id: str
    value: str
    property: Property = Property.CATEGORY


def batch_of(*rows: Said) -> PropertyBatch:
    """The rows as columns, in their order."""
    return PropertyBatch(
        np.array([each.timestamp for each in rows], np.int64),
        np.array([each.item_id for each in rows], np.object_),
        np.array([each.property for each in rows], np.int8),
        np.array([each.value for each in rows], np.object_),
    )


def known_at(history: CatalogueHistory, moment: int) -> dict[str, tuple[str | None, bool]]:
    """Item -> its category and whether it is available, as known at a moment."""
    snapshot = history.at(moment)
    return {
        snapshot.items.id(row): (None if category == ABSENT else snapshot.tree.ids.id(category), available)
        for row, (category, available) in enumerate(
            zip(snapshot.category.tolist(), snapshot.available.tolist(), strict=True)
        )
    }


def parents_of(tree: CategoryTree) -> dict[str, str | None]:
    """Category -> parent, None for a root."""
    return {
        tree.ids.id(row): None if parent == ABSENT else tree.ids.id(parent)
        for row, parent in enumerate(tree.parent.tolist())
    }


class FakeCatalogue:
    """Catalogue as a list of every row ever recorded.

    unreachable: set it, and every method raises StorageUnavailable.
    """

    def __init__(self) -> None:
        self.unreachable = False
        self._batches: list[list[Said]] = []
        self._parents: dict[str, str | None] = {}

    def record(self, batch: PropertyBatch) -> int:
        self._reach()
        columns = batch.timestamp, batch.item_id, batch.value, batch.property
        rows = [
            Said(int(time), item, value, Property(kind))
            for time, item, value, kind in zip(*columns, strict=True)
        ]
        if rows in self._batches:
            return 0
        new = len(set(rows) - set(self._rows()))
        self._batches.append(rows)
        return new

    def plant(self, parents: Mapping[str, str | None]) -> None:
        self._reach()
        CategoryTree.of(parents)
        self._parents = dict(parents)

    def history(self) -> CatalogueHistory:
        self._reach()
        return CatalogueHistory.of(batch_of(*self._rows()), CategoryTree.of(self._parents))

    def _rows(self) -> list[Said]:
        return [row for batch in self._batches for row in batch]

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("an unreachable memory")
