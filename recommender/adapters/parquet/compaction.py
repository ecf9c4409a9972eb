"""Compaction of a day: its batches become one blob that has each event once, and then they are deleted.

First the merged blob is created, then what it holds is deleted, and never what this run has made: whoever
reads meanwhile finds every event in a blob that is listed, and tells doubles by their ids. The merged blob
has the number of the last batch in it, so that what is appended later comes after it; it is named by its
content, so that repeating an interrupted compaction makes the same blob.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from recommender.adapters.blobs import BlobStore
from recommender.adapters.parquet.batches import TEXT, encoded, fingerprint, merged_key
from recommender.adapters.parquet.day import SCHEMA, Day, Forgetting
from recommender.application.ports import Compaction


def compact_day(
    blobs: BlobStore, folder: str, keys: Sequence[str], forgotten: Forgetting, *, merging: bool
) -> Compaction:
    """Rewrite the day if it has events to be forgotten or, when `merging`, several batches."""
    if not forgotten and (not merging or len(keys) == 1):
        return Compaction()
    day = Day.load(blobs, folder, keys)
    removed = day.count_forgotten(forgotten) if forgotten else 0
    if not removed and (not merging or len(day.batches) == 1):
        return Compaction()
    return _rewritten(blobs, folder, day, forgotten, removed)


def _rewritten(blobs: BlobStore, folder: str, day: Day, forgotten: Forgetting, removed: int) -> Compaction:
    rows = _sorted(day.events(SCHEMA.names, forgotten))
    key = merged_key(folder, list(day.batches), fingerprint(rows["event_id"].to_pylist()))
    data = encoded(rows) if len(rows) else b""
    if data:
        blobs.create(key, data)
    # Towards a reader: they meet once, and neither runs after the other.
    for batch in reversed(list(day.batches)):
        if batch != key:
            blobs.delete(batch)
    sizes = sum(map(len, day.batches.values())), len(data)
    return Compaction(1, len(day.batches), bool(data), *sizes, removed)


def _sorted(rows: pa.Table) -> pa.Table:
    """By time, equal times in their order; with dictionaries anew, which hold no id of a row that is gone."""
    order = np.argsort(rows["timestamp"].to_numpy(), kind="stable")
    taken = rows.take(pa.array(order))
    columns = {
        field.name: taken[field.name].cast(pa.string()).combine_chunks().dictionary_encode()
        if field.type == TEXT
        else taken[field.name]
        for field in SCHEMA
    }
    return pa.table(columns, schema=SCHEMA)
