"""A day of the log: the batches that it has at one moment, while others append and compact."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recommender.adapters.blobs import BlobMissing, BlobStore
from recommender.adapters.journal import decoded_lines, is_journal_key
from recommender.adapters.parquet.batches import TEXT, batch_keys, decoded
from recommender.adapters.parquet.columns import coded, first_occurrences
from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import EventBatch
from recommender.domain.live import LiveEvent

SCHEMA = pa.schema(
    {
        "event_id": pa.string(),
        "timestamp": pa.int64(),
        "type": pa.int8(),
        "user_id": TEXT,
        "item_id": TEXT,
        "transaction_id": TEXT,
        "more": pa.string(),
    }
)
"""more: whatever else was said of an event, as the text of a JSON object."""

ADDED = ("more",)
"""Columns, the last ones, that files from before live events lack."""

NEVER = np.iinfo(np.int64).min
"""Before every event."""

LISTINGS = 20
"""A day is listed again when a batch has been merged away; each time that takes another compaction."""

Forgetting = Mapping[str, int]
"""Visitor -> ms up to which, itself included, events are forgotten."""


@dataclass(frozen=True)
class Day:
    """batches: key -> blob, in order of arrival, as they were at one moment."""

    batches: Mapping[str, bytes]

    @classmethod
    def load(cls, blobs: BlobStore, folder: str, keys: Sequence[str]) -> Self:
        """Read the batches that were listed, or those that are there instead by now."""
        held: dict[str, bytes] = {}
        for _ in range(LISTINGS):
            if _read(blobs, keys, held):
                return cls({key: held[key] for key in keys})
            keys = batch_keys(blobs, folder)
        raise StorageUnavailable(folder, "its batches go away faster than they can be read")

    def events(self, columns: Collection[str], forgotten: Forgetting) -> pa.Table:
        """The events that are not forgotten, each id once: of several the first that was appended."""
        judged = {"user_id", "timestamp"} if forgotten else set()
        told_by = {"event_id"} if self._may_repeat() else set()
        rows = self._rows({*columns, *judged, *told_by})
        if judged:
            rows = rows.filter(pa.array(~are_forgotten(rows, forgotten)))
        if told_by:
            rows = rows.filter(pa.array(first_occurrences(rows["event_id"]))).unify_dictionaries()
        return rows.select(list(columns))

    def count_forgotten(self, forgotten: Forgetting) -> int:
        """How many events are stored that should not be."""
        rows = self._rows({"event_id", "user_id", "timestamp"})
        return len(pc.unique(rows.filter(pa.array(are_forgotten(rows, forgotten)))["event_id"]))

    def _rows(self, columns: Collection[str]) -> pa.Table:
        """Everything that is stored, batch after batch."""
        wanted = [name for name in SCHEMA.names if name in columns]
        read = (_columns(key, data, wanted) for key, data in self.batches.items())
        return pa.concat_tables([SCHEMA.empty_table().select(wanted), *read])

    def _may_repeat(self) -> bool:
        """An import looks before it stores; who writes live events does not."""
        return len(self.batches) > 1 or any(map(is_journal_key, self.batches))


def _columns(key: str, data: bytes, wanted: Sequence[str]) -> pa.Table:
    if is_journal_key(key):
        return live_columns(decoded_lines(key, data)).select(wanted)
    return decoded(key, data, SCHEMA, wanted, ADDED)


def live_columns(events: Sequence[LiveEvent]) -> pa.Table:
    """Live events as rows of a day."""
    columns = {
        "event_id": [event.event_id for event in events],
        "timestamp": [event.timestamp for event in events],
        "type": [event.type for event in events],
        "user_id": [event.visitor for event in events],
        "item_id": [event.item_id for event in events],
        "transaction_id": [event.more.get("transaction_id", "") for event in events],
        "more": [_more(event) for event in events],
    }
    return pa.table(
        {name: pa.array(values, SCHEMA.field(name).type) for name, values in columns.items()}, schema=SCHEMA
    )


def _more(event: LiveEvent) -> str | None:
    """What has no column of its own, the session of a shopper with an id included."""
    rest = {name: value for name, value in event.more.items() if name != "transaction_id"}
    if event.user_id is not None and event.session_id is not None:
        rest["session_id"] = event.session_id
    return json.dumps(rest) if rest else None


def _read(blobs: BlobStore, keys: Sequence[str], held: dict[str, bytes]) -> bool:
    """Read what is not held yet; False if a blob is no longer there.

    What is held is not read again, so that a reader is done before a compaction that takes many away.
    """
    try:
        held.update((key, blobs.read(key)) for key in keys if key not in held)
    except BlobMissing:
        return False
    return True


def are_forgotten(rows: pa.Table, forgotten: Forgetting) -> NDArray[np.bool_]:
    """Which rows are events of forgotten visitors; bool (n,)."""
    users, user = coded(rows["user_id"])
    place = pc.index_in(users, value_set=pa.array(forgotten, pa.string())).fill_null(-1).to_numpy()
    until = np.array([*forgotten.values(), NEVER], np.int64)  # at -1: who is not forgotten
    forgotten_yet: NDArray[np.bool_] = rows["timestamp"].to_numpy() <= until[place[user]]
    return forgotten_yet


def come_forgotten(batch: EventBatch, forgotten: Forgetting) -> NDArray[np.bool_]:
    """The same of events that are not stored yet."""
    if not forgotten:
        return np.zeros(len(batch), bool)
    until = np.fromiter((forgotten.get(each, NEVER) for each in batch.user_id), np.int64, len(batch))
    return batch.timestamp <= until
