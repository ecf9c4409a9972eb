"""Batches as Parquet blobs: `<folder>/<number>-<fingerprint>.parquet`.

The number makes the names sort in order of arrival; the fingerprint says what the batch brought, so that
the same batch is recognised by its name alone when it comes again.
"""

import json
import re
from collections.abc import Sequence
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from recommender.adapters.blobs import BlobStore
from recommender.domain.errors import CorruptData

TEXT = pa.dictionary(pa.int32(), pa.string())
"""Strings that repeat."""

_NAME = re.compile(r".*/(?P<number>\d{6})-(?P<fingerprint>[0-9a-f]{32})\.parquet")


def fingerprint(*columns: Sequence[object]) -> str:
    """A hash of columns of strings and numbers; stored names depend on it, so it must never change."""
    return sha256(json.dumps(columns).encode()).hexdigest()[:32]


def batch_keys(blobs: BlobStore, folder: str) -> list[str]:
    """The batches below a folder; those of one folder in order of arrival."""
    return [key for key in blobs.keys(folder) if _NAME.fullmatch(key)]


def key_for(mark: str, folder: str, keys: Sequence[str]) -> str | None:
    """The key for a batch of fingerprint `mark` after those in `keys`; None if one of them is this batch."""
    names = [name for key in keys if (name := _NAME.fullmatch(key))]
    if any(name["fingerprint"] == mark for name in names):
        return None
    number = max((int(name["number"]) + 1 for name in names), default=0)
    return f"{folder}/{number:06}-{mark}.parquet"


def encoded(table: pa.Table) -> bytes:
    """The table as a Parquet file."""
    repeating = [field.name for field in table.schema if field.type == TEXT]
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=repeating)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def read_batch(blobs: BlobStore, key: str, schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    """Some columns of a batch.

    Raises CorruptData naming the blob if it is no whole Parquet file of this schema.
    """
    data = blobs.read(key)
    try:
        return _decoded(data, schema, columns)
    except (pa.ArrowException, OSError) as error:
        raise CorruptData(key, str(error).partition("\n")[0]) from error


def _decoded(data: bytes, schema: pa.Schema, columns: Sequence[str]) -> pa.Table:
    file = pq.ParquetFile(pa.BufferReader(data))
    if not file.schema_arrow.equals(schema):
        raise pa.ArrowInvalid(f"expected the columns\n{schema}\nbut found\n{file.schema_arrow}")
    return file.read(list(columns), use_threads=False)  # blobs are small: threads cost more than they save
