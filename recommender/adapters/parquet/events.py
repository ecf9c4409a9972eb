"""The shop's log as Parquet, a folder for every day: `events/2015-05-03/<batch>.parquet`."""

from concurrent.futures import ThreadPoolExecutor
from itertools import groupby

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.adapters.blobs import BlobStore
from recommender.adapters.parquet.batches import TEXT, batch_keys, encoded, fingerprint, key_for, read_batch
from recommender.adapters.parquet.columns import first_of_each, id_column
from recommender.domain.events import DAY, EventBatch, InteractionLog

FOLDER = "events"
SCHEMA = pa.schema(
    {
        "event_id": pa.string(),
        "timestamp": pa.int64(),
        "type": pa.int8(),
        "user_id": TEXT,
        "item_id": TEXT,
        "transaction_id": TEXT,
    }
)
LOG_COLUMNS = ("timestamp", "type", "user_id", "item_id")
NO_LOG = SCHEMA.empty_table().select(LOG_COLUMNS)
ALWAYS = np.iinfo(np.int64)


class ParquetEventStore:
    """EventStore on any blob store; what a batch brings for one UTC day is one blob.

    An event id stands for one event at one time: it is looked for within the event's day. Of several events
    with one id the first appended counts. Writers need no lock: two that append the same events at once may
    both store them, and reading tells by the ids. A day with a single blob is read without its ids.
    """

    def __init__(self, blobs: BlobStore) -> None:
        self._blobs = blobs

    def append(self, batch: EventBatch) -> int:
        """Store what each day lacks, day by day: an interrupted append has stored whole days."""
        day_of = batch.timestamp // DAY
        return sum(
            self._append(_folder(day), batch, np.flatnonzero(day_of == day)) for day in np.unique(day_of)
        )

    def read(self, start: int | None = None, end: int | None = None) -> InteractionLog:
        """Open the days that the range touches, and build the log from Arrow's columns."""
        first, last = ALWAYS.min if start is None else start, ALWAYS.max if end is None else end
        days = [keys for day, keys in self._days() if first < (day + 1) * DAY and day * DAY < last]
        with ThreadPoolExecutor() as threads:  # Arrow decodes without holding Python's lock
            read = list(threads.map(lambda keys: self._day(keys, first, last), days))
        log = pa.concat_tables([NO_LOG, *read])
        users, user = id_column(log["user_id"])
        items, item = id_column(log["item_id"])
        return InteractionLog(log["timestamp"].to_numpy(), user, item, log["type"].to_numpy(), users, items)

    def _days(self) -> list[tuple[int, list[str]]]:
        """Every day, counted from 1970, with its batches. Sorted: not every year has four digits."""
        folders = groupby(batch_keys(self._blobs, FOLDER), key=lambda key: key.split("/")[1])
        return sorted((int(np.datetime64(day, "D").astype(np.int64)), list(keys)) for day, keys in folders)

    def _append(self, folder: str, batch: EventBatch, rows: NDArray[np.intp]) -> int:
        keys = batch_keys(self._blobs, folder)
        key = key_for(fingerprint(batch.event_id[rows].tolist()), folder, keys)
        if key is None:
            return 0
        part = self._lacking(keys, _table(batch, rows))
        return len(part) if len(part) and self._blobs.create(key, encoded(part)) else 0

    def _lacking(self, keys: list[str], part: pa.Table) -> pa.Table:
        """The rows of `part` whose ids neither the blobs nor earlier rows have."""
        held = [read_batch(self._blobs, key, SCHEMA, ["event_id"]) for key in keys]
        ids = pa.concat_tables([*held, part.select(["event_id"])])["event_id"]
        return part.filter(pa.array(first_of_each(ids)[len(ids) - len(part) :]))

    def _day(self, keys: list[str], start: int, end: int) -> pa.Table:
        """The day's events of [start, end), each once, sorted by time."""
        columns = LOG_COLUMNS if len(keys) == 1 else ("event_id", *LOG_COLUMNS)
        day = pa.concat_tables([read_batch(self._blobs, key, SCHEMA, columns) for key in keys])
        if len(keys) > 1:
            day = day.filter(pa.array(first_of_each(day["event_id"]))).unify_dictionaries()
        time = day["timestamp"].to_numpy()
        order = np.argsort(time, kind="stable")
        first, last = np.searchsorted(time[order], [start, end])
        return day.select(LOG_COLUMNS).take(pa.array(order[first:last]))


def _folder(day: int) -> str:
    """The folder of a day, counted from 1970."""
    return f"{FOLDER}/{np.datetime64(int(day), 'D')}"


def _table(batch: EventBatch, rows: NDArray[np.intp]) -> pa.Table:
    return pa.table({name: getattr(batch, name)[rows] for name in SCHEMA.names}, schema=SCHEMA)
