"""From Arrow's columns to the domain's, without a Python object per row."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recommender.domain.ids import IdTable, Rows

WORD = 8
"""Bytes of the longest id that fits into one number."""


def coded(column: pa.ChunkedArray) -> tuple[pa.Array, Rows]:
    """The dictionary of a column of repeating strings, and the position of every value in it; int32 (n,)."""
    if not len(column):
        return pa.array([], pa.string()), np.empty(0, np.int32)
    unified = column.unify_dictionaries()
    return unified.chunk(0).dictionary, np.concatenate([each.indices.to_numpy() for each in unified.chunks])


def id_column(column: pa.ChunkedArray) -> tuple[IdTable, Rows]:
    """The table of the ids that occur in a column, and the row of every value; int32 (n,)."""
    dictionary, codes = coded(column)
    occurs = np.zeros(len(dictionary), bool)
    occurs[codes] = True
    used = np.flatnonzero(occurs)
    order = used[_sorting(dictionary.take(pa.array(used)))]
    row = np.zeros(len(dictionary), np.int32)
    row[order] = np.arange(len(order), dtype=np.int32)
    return _id_table(dictionary.take(pa.array(order))), row[codes]


def _sorting(ids: pa.Array) -> NDArray[np.int64]:
    """Positions that sort distinct ids by their bytes: UTF-8 keeps the order of the code points."""
    lengths = pc.binary_length(ids).to_numpy()
    if lengths.max(initial=0) > WORD:
        by_bytes: NDArray[np.int64] = pc.array_sort_indices(ids).to_numpy().astype(np.int64)
        return by_bytes
    # As numbers, which are sorted four times as fast: no id holds a NUL, so that padding keeps the order.
    padded = np.zeros((len(ids), WORD), np.uint8)
    padded[np.arange(WORD) < lengths[:, None]] = _id_table(ids).blob
    return np.argsort(padded.view(">u8").ravel().astype(np.uint64))


def _id_table(ids: pa.Array) -> IdTable:
    """The table on Arrow's own buffers: both are UTF-8 one after another, with offsets."""
    if not len(ids):
        return IdTable.of(())
    _, offsets, blob = ids.buffers()
    ends = np.frombuffer(offsets, np.int32)[ids.offset : ids.offset + len(ids) + 1].astype(np.int64)
    return IdTable(np.frombuffer(blob, np.uint8)[ends[0] : ends[-1]], ends - ends[0])


def first_occurrences(column: pa.ChunkedArray) -> NDArray[np.bool_]:
    """Whether a value has not been in the column before; bool (n,)."""
    distinct = column.combine_chunks().dictionary_encode().indices.to_numpy()
    first = np.zeros(len(distinct), bool)
    first[np.unique(distinct, return_index=True)[1]] = True
    return first
