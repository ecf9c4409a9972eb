"""An import that is killed at any moment and repeated loses and doubles nothing.

RECOMMENDER_KILLS says how often a process is killed: few by default, `make kills` asks for more.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from unit.domain.test_domain_shops import assert_same

from recommender.adapters.forgotten import BlobForgotten
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetCatalogue, ParquetEventStore
from recommender.adapters.sample import SampleShop, write_sample

KILLS = int(os.environ.get("RECOMMENDER_KILLS", "20"))
KILLS_PER_STORE = 5


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_sample(SampleShop(visitors=20_000, items=1_000, days=60, end=date(2015, 9, 18)), folder)
    return folder


def importing(files: Path, store: Path) -> subprocess.Popen[bytes]:
    """An import in a process of its own."""
    command = [sys.executable, "-m", "recommender.entrypoints.cli.main", "ingest"]
    command += ["--events", str(files / "events.csv"), "--category-tree", str(files / "category_tree.csv")]
    command += ["--item-properties", str(files / "item_properties.csv")]
    environment = os.environ | {"RECOMMENDER_STORAGE_URL": store.as_uri()}
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603 - our own command


def interrupt(files: Path, store: Path, moment: float, longest: float) -> float:
    """Kill one import at a moment (0 to 1) of the `longest` s that it may take; the length now believed in.

    An import that has already ended cannot be interrupted: then it takes less than was believed, and another
    is killed sooner. Nothing here depends on how busy the machine is.
    """
    while True:
        process = importing(files, store)
        time.sleep(moment * longest)
        process.kill()
        if process.wait() != 0:
            return longest
        longest *= 0.8


def test_a_killed_and_repeated_import_is_an_undisturbed_one(files: Path, tmp_path: Path) -> None:
    undisturbed = tmp_path / "undisturbed"
    began = time.monotonic()
    assert importing(files, undisturbed).wait() == 0
    whole = time.monotonic() - began
    chance = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    for number in range(-(-KILLS // KILLS_PER_STORE)):
        store = tmp_path / f"killed-{number}"
        longest = whole
        for _ in range(min(KILLS_PER_STORE, KILLS - number * KILLS_PER_STORE)):
            longest = interrupt(files, store, chance.uniform(0.2, 1.0), longest)
        assert importing(files, store).wait() == 0
        same_content(store, undisturbed)


def same_content(one: Path, other: Path) -> None:
    """What is read from both stores is the same, to the last id."""
    blobs = LocalBlobStore(one), LocalBlobStore(other)
    assert_same(*(ParquetEventStore(each, BlobForgotten(each)).read() for each in blobs))
    assert_same(*(ParquetCatalogue(each).history() for each in blobs))
    log = ParquetEventStore(blobs[0], BlobForgotten(blobs[0])).read()
    assert np.all(np.diff(log.timestamp) >= 0)
