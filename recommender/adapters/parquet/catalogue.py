"""The catalogue: item properties as Parquet (`catalogue/properties/<batch>.parquet`), the tree as JSON."""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.adapters.blobs import BlobStore
from recommender.adapters.parquet.batches import (
    TEXT,
    batch_keys,
    decoded,
    encoded,
    fingerprint,
    holds,
    next_key,
)
from recommender.adapters.parquet.columns import coded
from recommender.domain.catalogue import CatalogueHistory, CategoryTree, PropertyBatch
from recommender.domain.errors import CorruptData

FOLDER = "catalogue/properties"
TREE = "catalogue/tree.json"
SCHEMA = pa.schema({"timestamp": pa.int64(), "item_id": TEXT, "property": pa.int8(), "value": TEXT})

Column = NDArray[np.integer]


class ParquetCatalogue:
    """Catalogue on any blob store; a recorded batch is one blob.

    A batch that comes again as a whole is recognised by its name. Else a row is stored unless it repeats the
    last word on its (time, item, property): A, B, A at one time stays A, B, A, so that the last A wins.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def record(self, batch: PropertyBatch) -> int:
        """Store the rows that say something; new are those that nobody has said before, each counted once."""
        keys = batch_keys(self._blobs, FOLDER)
        mark = fingerprint(*(getattr(batch, name).tolist() for name in SCHEMA.names))
        if holds(keys, mark) or not len(batch):
            return 0
        part = pa.table({name: getattr(batch, name) for name in SCHEMA.names}, schema=SCHEMA)
        new, telling = _judged(pa.concat_tables([*self._batches(keys), part]), len(part))
        # Stored even without a row: this batch must be recognised when others have changed the last words.
        created = self._blobs.create(next_key(FOLDER, keys, mark), encoded(part.filter(pa.array(telling))))
        return int(new.sum()) if created else 0

    def plant(self, parents: Mapping[str, str | None]) -> None:
        """Write the tree; of several writers at once the last one wins."""
        CategoryTree.of(parents)
        data = json.dumps(dict(parents), sort_keys=True).encode()
        planted = None
        while planted is None:
            current = self._blobs.tagged(TREE)
            planted = self._blobs.swap(TREE, data, None if current is None else current[1])

    def history(self) -> CatalogueHistory:
        """Read every batch in order of recording."""
        rows = pa.concat_tables([SCHEMA.empty_table(), *self._batches(batch_keys(self._blobs, FOLDER))])
        batch = PropertyBatch(
            rows["timestamp"].to_numpy(),
            _strings(rows["item_id"]),
            rows["property"].to_numpy(),
            _strings(rows["value"]),
        )
        return CatalogueHistory.of(batch, self._tree())

    def _batches(self, keys: Sequence[str]) -> list[pa.Table]:
        return [decoded(key, self._blobs.read(key), SCHEMA, SCHEMA.names) for key in keys]

    def _tree(self) -> CategoryTree:
        stored = self._blobs.tagged(TREE)
        try:
            return CategoryTree.of({} if stored is None else json.loads(stored[0]))
        except ValueError as error:
            raise CorruptData(TREE, str(error)) from error


def _judged(rows: pa.Table, last: int) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Of the last rows: which are new, and which do not repeat the last word before them; bool (last,)."""
    item, value = coded(rows["item_id"])[1], coded(rows["value"])[1]
    mentioned = np.zeros(item.max() + 1, bool)
    mentioned[item[-last:]] = True
    related = mentioned[item]  # what is said of other items says nothing about these rows
    time, kind = rows["timestamp"].to_numpy(), rows["property"].to_numpy()
    item, value, time, kind = (column[related] for column in (item, value, time, kind))
    new = ~_follows_equal((time, item, kind, value), value)
    telling = ~_follows_equal((time, item, kind), value)
    return new[-last:], telling[-last:]


def _follows_equal(place: tuple[Column, ...], value: Column) -> NDArray[np.bool_]:
    """Whether the row before at the same place, if there is one, has the same value; bool (n,)."""
    order = np.lexsort(place)  # stable: rows of one place stay in order of recording
    same = [column[order[1:]] == column[order[:-1]] for column in (*place, value)]
    follows = np.zeros(len(order), bool)
    follows[order[1:]] = np.logical_and.reduce(same)
    return follows


def _strings(column: pa.ChunkedArray) -> NDArray[np.object_]:
    """The column as str objects, one for each distinct value."""
    dictionary, codes = coded(column)
    distinct = np.array(dictionary.to_pylist(), np.object_)
    return distinct[codes]
