"""A writer and a compactor that are killed at any moment lose and double nothing that was acknowledged.

RECOMMENDER_KILLS says how often a process is killed: few by default, `make kills` asks for more.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from itertools import count
from pathlib import Path

from fakes.events import MIDNIGHT, Event, FakeEventStore, batch_of, rows_of, users
from fakes.forgotten import FakeForgotten
from fakes.progress import FakeProgress

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetEventStore
from recommender.application.ports import Compaction
from recommender.domain.events import DAY, EventBatch

KILLS = int(os.environ.get("RECOMMENDER_KILLS", "20"))
KILLS_PER_STORE = 10
LONGEST = 0.3
"""Seconds that a process works before it is killed."""

CLOSED = MIDNIGHT + 9 * DAY


def batch(number: int) -> EventBatch:
    """Two events on one day and one on the next; those of a day have the same time in all batches."""
    days = enumerate((0, 0, 1))
    return batch_of(*(Event(f"{number} {event}", MIDNIGHT + day * DAY, str(number)) for event, day in days))


def opened(folder: Path) -> ParquetEventStore:
    return ParquetEventStore(LocalBlobStore(folder), FakeForgotten())


def work(what: str, folder: Path, first: int) -> None:
    """Append one batch after another, or compact again and again; print a line whenever one is done."""
    store = opened(folder)
    for number in count(first):
        if what == "append":
            store.append(batch(number))
        else:
            store.compact(CLOSED, FakeProgress())
        print(number, flush=True)  # noqa: T201 - the acknowledgement


def working(what: str, folder: Path, first: int) -> subprocess.Popen[str]:
    """A process that works; it has begun."""
    command = [sys.executable, __file__, what, str(folder), str(first)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stdout is not None
    assert process.stdout.readline() == f"{first}\n"
    return process


def killed(process: subprocess.Popen[str], moment: float) -> int:
    """Kill the process after a moment of its work (s); how many lines it has printed since it began."""
    time.sleep(moment)
    process.kill()
    said, _ = process.communicate()
    assert process.returncode < 0
    return said.count("\n")


def test_nothing_acknowledged_is_lost_or_doubled_whoever_is_killed(tmp_path: Path) -> None:
    chance = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    for first_kill in range(0, KILLS, KILLS_PER_STORE):
        folder = tmp_path / str(first_kill)
        acknowledged = 0
        for _ in range(first_kill, min(first_kill + KILLS_PER_STORE, KILLS), 2):
            compactor = working("compact", folder, 0)
            writer = working("append", folder, acknowledged)
            doomed = [(writer, chance.uniform(0, LONGEST)), (compactor, chance.uniform(0, LONGEST))]
            chance.shuffle(doomed)
            lines = {process: killed(process, moment) for process, moment in doomed}
            acknowledged += 1 + lines[writer]
            assert_whole(users(opened(folder)), acknowledged)
        assert_as_undisturbed(folder, acknowledged + 1)


def assert_whole(found: list[str], acknowledged: int) -> None:
    """All batches are there in their order, and of the one that was interrupted no day or whole days."""
    second = [str(number) for number in range(acknowledged)]
    first = [number for number in second for _ in range(2)]
    last = str(acknowledged)
    assert found in (
        [*first, *second],
        [*first, last, last, *second],
        [*first, last, last, *second, last],
    )


def assert_as_undisturbed(folder: Path, batches: int) -> None:
    """Repeated, everything is as if nobody had been killed."""
    store, undisturbed = opened(folder), FakeEventStore()
    for number in range(batches):
        store.append(batch(number))
        undisturbed.append(batch(number))
    store.compact(CLOSED, FakeProgress())
    assert rows_of(store.read()) == rows_of(undisturbed.read())
    assert len(LocalBlobStore(folder).keys("events")) == 2
    assert store.compact(CLOSED, FakeProgress()) == Compaction()


if __name__ == "__main__":
    work(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
