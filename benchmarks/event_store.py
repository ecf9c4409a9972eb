"""How long it takes to read the log back from the event store, against parsing the file it came from.

    python -m benchmarks.event_store EVENTS_CSV [ROUNDS]

Both in one process, in turns, on the same events: the file is imported into a store of its own first.
"""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from recommender.adapters.clock import SystemClock
from recommender.adapters.forgotten import BlobForgotten
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetEventStore
from recommender.adapters.tables import RetailRocketFiles


def main() -> int:
    """Print the medians and their ratio."""
    file, rounds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5  # noqa: PLR2004 - optional
    files = RetailRocketFiles(SystemClock().now())
    with TemporaryDirectory() as folder:
        blobs = LocalBlobStore(Path(folder))
        store = ParquetEventStore(blobs, BlobForgotten(blobs))
        events = sum(
            store.append(block.batch) for block in RetailRocketFiles(files.now, 1 << 30).events(file)
        )
        parsing, reading = [], []
        for _ in range(rounds):
            parsing.append(seconds(lambda: sum(len(block.batch) for block in files.events(file))))
            reading.append(seconds(lambda: len(store.read())))
    parse, read = float(np.median(parsing)), float(np.median(reading))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{events:,} events: parsed in {parse:.2f} s, read back in {read:.2f} s")
    print(f"reading is {parse / read:.1f} times as fast as parsing")
    print(f"(median of {rounds}; peak memory of the process, import included: {peak:,} MB)")
    return 0


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
