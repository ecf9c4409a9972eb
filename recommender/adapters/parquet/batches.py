"""Batches as Parquet blobs: `<folder>/<number>-<fingerprint>.parquet`.

The number makes the names sort in order of arrival; the fingerprint says what the batch brought, so that
the same batch is recognised by its name alone when it comes again. `<number>=<fingerprint>.parquet` is what
all batches up to that number were merged into. Live batches (adapters.journal) lie beside them.
"""

import json
import re
from collections.abc import Collection, Sequence
from hashlib import sha256

import pyarrow as pa
import pyarrow.parquet as pq

from recommender.adapters.blobs import BlobStore
from recommender.domain.errors import CorruptData

TEXT = pa.dictionary(pa.int32(), pa.string())
"""Strings that repeat."""

_NAME = re.compile(
    r"(?P<folder>.*)/(?P<number>\d{6})(?P<kind>[-=])((?P<fingerprint>[0-9a-f]{32})\.parquet|[0-9a-f-]{33}=*\.jsonl)"
)


def fingerprint(*columns: Sequence[object]) -> str:
    """A hash of columns of strings and numbers; stored names depend on it, so it must never change."""
    return sha256(json.dumps(columns).encode()).hexdigest()[:32]


def batch_keys(blobs: BlobStore, folder: str) -> list[str]:
    """The batches below a folder; those of one folder in order of arrival, merged ones first.

    A batch beside a merged one of a higher number is part of it, or came at the same time as a part of it.
    """
    names = [name for key in blobs.keys(folder) if (name := _NAME.fullmatch(key))]
    return [
        name[0] for name in sorted(names, key=lambda name: (name["folder"], name["kind"] != "=", name[0]))
    ]


def holds(keys: Sequence[str], mark: str) -> bool:
    """Whether a batch of this fingerprint is among the keys."""
    return any(name["fingerprint"] == mark for name in map(_NAME.fullmatch, keys) if name)


def next_key(folder: str, keys: Sequence[str], mark: str) -> str:
    """The key for a batch that comes after those in `keys`."""
    return f"{folder}/{_last(keys) + 1:06}-{mark}.parquet"


def merged_key(folder: str, keys: Sequence[str], mark: str) -> str:
    """The key for what those in `keys` are merged into: greater than theirs, less than what comes later."""
    return f"{folder}/{_last(keys):06}={mark}.parquet"


def _last(keys: Sequence[str]) -> int:
    return max((int(name["number"]) for name in map(_NAME.fullmatch, keys) if name), default=-1)


def encoded(table: pa.Table) -> bytes:
    """The table as a Parquet file."""
    repeating = [field.name for field in table.schema if field.type == TEXT]
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="zstd", use_dictionary=repeating)
    data: bytes = sink.getvalue().to_pybytes()
    return data


def decoded(
    key: str, data: bytes, schema: pa.Schema, columns: Sequence[str], added: Collection[str] = ()
) -> pa.Table:
    """Some columns of the batch of this key; `added` ones are null in files that were written before them.

    Raises CorruptData naming the key if the data are no whole Parquet file of this schema.
    """
    try:
        return _parsed(data, schema, columns, added)
    except (pa.ArrowException, OSError) as error:
        raise CorruptData(key, str(error).partition("\n")[0]) from error


def _parsed(data: bytes, schema: pa.Schema, columns: Sequence[str], added: Collection[str]) -> pa.Table:
    file = pq.ParquetFile(pa.BufferReader(data))
    before = pa.schema([each for each in schema if each.name not in added])
    if not (file.schema_arrow.equals(schema) or file.schema_arrow.equals(before)):
        raise pa.ArrowInvalid(f"expected the columns\n{schema}\nbut found\n{file.schema_arrow}")
    held = [name for name in columns if name in file.schema_arrow.names]
    table = file.read(held, use_threads=False)  # blobs are small: threads cost more than they save
    for name in columns[len(held) :]:
        table = table.append_column(schema.field(name), pa.nulls(len(table), schema.field(name).type))
    return table
