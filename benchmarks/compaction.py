"""How long a day of many small batches takes to read, before and after compaction, and what that needs.

    python -m benchmarks.compaction [BATCHES EVENTS]

EVENTS are those of one batch; the batches are written as another process would have appended them.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recommender.adapters.forgotten import BlobForgotten
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetEventStore
from recommender.domain.events import DAY, EventBatch
from recommender.entrypoints.cli.screen import shown

MIDNIGHT = 16_558 * DAY
ROUNDS = 5


def main() -> int:
    """Print the medians, their ratio, and the memory of the process."""
    batches, events = [int(each) for each in sys.argv[1:]] or (400, 50)
    with TemporaryDirectory() as folder:
        blobs = LocalBlobStore(Path(folder))
        store = ParquetEventStore(blobs, BlobForgotten(blobs))
        for number in range(batches):
            store.append(batch_of(number, events))
        before = median(lambda: len(store.read()))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        began = time.perf_counter()
        done = store.compact(MIDNIGHT + DAY, shown)
        took = time.perf_counter() - began
        more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak
        after = median(lambda: len(store.read()))
    print(f"{batches:,} batches of {events:,} events in one day: read in {before * 1000:,.1f} ms")
    print(f"compacted in {took:.2f} s, {more / 1024:,.0f} MB above the peak of reading it")
    print(f"{done.batches_after} batch, {done.bytes_before:,} bytes before, {done.bytes_after:,} after")
    print(f"read in {after * 1000:,.1f} ms: {before / after:.0f} times as fast")
    return 0


def batch_of(number: int, events: int) -> EventBatch:
    """Events of a minute of the day."""
    chance = np.random.default_rng(number)
    texts = [
        np.array([str(each) for each in chance.integers(0, top, events)], np.object_)
        for top in (2**62, 1_400_000, 235_000)
    ]
    times = MIDNIGHT + number * DAY // 1440 % DAY + np.sort(chance.integers(0, 60_000, events))
    return EventBatch(
        texts[0], times, np.zeros(events, np.int8), texts[1], texts[2], np.full(events, "", np.object_)
    )


def median(work: Callable[[], object]) -> float:
    """How long it takes, in seconds."""
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return float(np.median(took))


if __name__ == "__main__":
    sys.exit(main())
