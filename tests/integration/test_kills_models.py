"""Publishers that are killed at any moment leave no version half visible, and `current` always loads.

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

from unit.contracts.model_store import MODEL, answers, other_model, publish
from worlds import NOW

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.domain.events import SECOND

KILLS = int(os.environ.get("RECOMMENDER_KILLS", "20"))
KILLS_PER_STORE = 10
LONGEST = 0.4
"""Seconds that a process works before it is killed; to publish takes about a twentieth of it."""

MODELS = MODEL, other_model()


def opened(folder: Path) -> BlobModelStore:
    return BlobModelStore(LocalBlobStore(folder))


def work(folder: Path, first: int) -> None:
    """Publish one version after another, and promote each; say what is done."""
    store = opened(folder)
    for number in count(first):
        version = publish(store, NOW + number * SECOND, MODELS[number % 2])
        print(f"published {version}", flush=True)  # noqa: T201 - the acknowledgement
        assert store.promote(version, store.current())
        print(f"promoted {version}", flush=True)  # noqa: T201 - the acknowledgement


def killed_at_work(folder: Path, first: int, moment: float) -> list[tuple[str, str]]:
    """What a process acknowledges that is killed after so many seconds of its work."""
    command = [sys.executable, __file__, str(folder), str(first)]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(os.path.abspath, sys.path))}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own command
    assert process.stdout is not None
    begun = process.stdout.readline()
    time.sleep(moment)
    process.kill()
    said, _ = process.communicate()
    assert process.returncode < 0
    return [
        (what, version)
        for what, _, version in (each.partition(" ") for each in (begun + said).split("\n")[:-1])
    ]


def test_killed_at_any_moment_every_version_is_whole_and_current_loads(tmp_path: Path) -> None:
    chance = random.Random(KILLS)  # noqa: S311 - moments, not secrets
    for first_kill in range(0, KILLS, KILLS_PER_STORE):
        folder, number, published, promoted = tmp_path / str(first_kill), 0, list[str](), list[str]()
        for _ in range(first_kill, min(first_kill + KILLS_PER_STORE, KILLS)):
            said = killed_at_work(folder, number, chance.uniform(0, LONGEST))
            published += [version for what, version in said if what == "published"]
            promoted += [version for what, version in said if what == "promoted"]
            number = len(published) + 1  # of another second than the one that was interrupted
            assert_whole(opened(folder), published, promoted)
            published = opened(folder).versions()
        assert len(published) > KILLS_PER_STORE // 2


def assert_whole(store: BlobModelStore, published: list[str], promoted: list[str]) -> None:
    """What was acknowledged is there, at most one version more, and each answers."""
    versions = store.versions()
    assert set(published) <= set(versions)
    assert len(versions) <= len(published) + 1
    current = store.current()
    acknowledged = promoted[-1] if promoted else None
    assert current in (acknowledged, versions[-1]), "or what was promoted, and not yet acknowledged"
    for version in {versions[-1], current or versions[-1]}:
        assert answers(store.load(version)) in [answers(each) for each in MODELS]


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
