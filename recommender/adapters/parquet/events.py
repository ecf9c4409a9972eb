"""The shop's log as Parquet, a folder for every day: `events/2015-05-03/<batch>.parquet`."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple
from itertools import groupby

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from recommender.adapters.blobs import BlobStore
from recommender.adapters.parquet.batches import batch_keys, encoded, fingerprint, holds, next_key
from recommender.adapters.parquet.columns import first_occurrences, id_column
from recommender.adapters.parquet.compaction import compact_day
from recommender.adapters.parquet.day import ADDED, SCHEMA, Day, Forgetting, come_forgotten
from recommender.application.ports import Compaction, Forgotten, Progress
from recommender.domain.events import DAY, EventBatch, InteractionLog

FOLDER = "events"
LOG_COLUMNS = ("timestamp", "type", "user_id", "item_id")
NO_LOG = SCHEMA.empty_table().select(LOG_COLUMNS)
ALWAYS = np.iinfo(np.int64)


class ParquetEventStore:
    """EventStore on any blob store; what a batch brings for one UTC day is one blob.

    An event id stands for one event at one time: it is looked for within the event's day. Of several events
    with one id the first appended counts. Nobody needs a lock: two that append the same events at once may
    both store them, a compaction leaves for a moment what it has merged, and reading tells by the ids. A day
    with a single blob is read without its ids.
    """

    def __init__(self, blobs: BlobStore, forgotten: Forgotten) -> None:
        self._blobs = blobs
        self._forgotten = forgotten

    def append(self, batch: EventBatch) -> int:
        """Store what each day lacks, day by day: an interrupted append has stored whole days."""
        forgotten = self._forgotten.all()
        wanted = ~come_forgotten(batch, forgotten)
        day_of = batch.timestamp // DAY
        return sum(
            self._append(_folder(day), batch, np.flatnonzero(wanted & (day_of == day)), forgotten)
            for day in np.unique(day_of[wanted])
        )

    def read(self, start: int | None = None, end: int | None = None) -> InteractionLog:
        """Open the days that the range touches, and build the log from Arrow's columns."""
        forgotten = self._forgotten.all()
        first, last = ALWAYS.min if start is None else start, ALWAYS.max if end is None else end
        days = [each for each in self._days() if first < (each[0] + 1) * DAY and each[0] * DAY < last]

        def between(listed: tuple[int, Sequence[str]]) -> pa.Table:
            day = Day.load(self._blobs, _folder(listed[0]), listed[1])
            return _between(day.events(LOG_COLUMNS, forgotten), first, last)

        with ThreadPoolExecutor() as threads:  # Arrow decodes without holding Python's lock
            log = pa.concat_tables([NO_LOG, *threads.map(between, days)])
        users, user = id_column(log["user_id"])
        items, item = id_column(log["item_id"])
        return InteractionLog(log["timestamp"].to_numpy(), user, item, log["type"].to_numpy(), users, items)

    def compact(self, until: int | None, progress: Progress) -> Compaction:
        """Go through the days, one in memory at a time."""
        forgotten = self._forgotten.all()
        done = [Compaction()]
        days = self._days()
        for day, keys in progress(days, "compacting", len(days)):
            merging = until is not None and (day + 1) * DAY <= until
            done.append(compact_day(self._blobs, _folder(day), keys, forgotten, merging=merging))
        return Compaction(*map(sum, zip(*map(astuple, done), strict=True)))

    def _days(self) -> list[tuple[int, list[str]]]:
        """Every day, counted from 1970, with its batches. Sorted: not every year has four digits."""
        folders = groupby(batch_keys(self._blobs, FOLDER), key=lambda key: key.split("/")[1])
        return sorted((int(np.datetime64(day, "D").astype(np.int64)), list(keys)) for day, keys in folders)

    def _append(self, folder: str, batch: EventBatch, rows: NDArray[np.intp], forgotten: Forgetting) -> int:
        mark = fingerprint(batch.event_id[rows].tolist())
        keys = batch_keys(self._blobs, folder)
        if holds(keys, mark) and not forgotten:  # a batch may have lost events since, and bring others now
            return 0
        day = Day.load(self._blobs, folder, keys)
        part = _lacking(day.events(["event_id"], forgotten), _table(batch, rows))
        key = next_key(folder, list(day.batches), mark)
        return len(part) if len(part) and self._blobs.create(key, encoded(part)) else 0


def _folder(day: int) -> str:
    """The folder of a day, counted from 1970."""
    return f"{FOLDER}/{np.datetime64(int(day), 'D')}"


def _table(batch: EventBatch, rows: NDArray[np.intp]) -> pa.Table:
    columns = {name: getattr(batch, name)[rows] for name in SCHEMA.names if name not in ADDED}
    return pa.table(
        columns | {name: pa.nulls(len(rows), SCHEMA.field(name).type) for name in ADDED}, schema=SCHEMA
    )


def _lacking(held: pa.Table, part: pa.Table) -> pa.Table:
    """The rows of `part` whose ids neither the held ones nor earlier rows have."""
    ids = pa.concat_tables([held, part.select(["event_id"])])["event_id"]
    return part.filter(pa.array(first_occurrences(ids)[len(held) :]))


def _between(events: pa.Table, start: int, end: int) -> pa.Table:
    """The events of [start, end), sorted by time."""
    time = events["timestamp"].to_numpy()
    order = np.argsort(time, kind="stable")
    first, last = np.searchsorted(time[order], [start, end])
    return events.take(pa.array(order[first:last]))
