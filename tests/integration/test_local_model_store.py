"""The model store on a disk: mapped files, processes and threads at the same time."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from unit.contracts.model_store import MODEL, ModelStoreContract, answers, publish
from worlds import NOW

from recommender.adapters.local.blobs import LocalBlobStore
from recommender.adapters.models.store import BlobModelStore
from recommender.domain.errors import CorruptModel
from recommender.domain.events import DAY

RIVALS = 8


@pytest.fixture
def store(tmp_path: Path) -> BlobModelStore:
    return BlobModelStore(LocalBlobStore(tmp_path))


class TestLocalModelStore(ModelStoreContract):
    @pytest.fixture
    def store(self, store: BlobModelStore) -> BlobModelStore:
        return store


def test_arrays_are_mapped_from_the_files_and_cannot_be_written_to(store: BlobModelStore) -> None:
    index = store.load(publish(store)).index
    for array in (index.items.blob, index.histories.timestamp, index.statistics.table):
        assert type(array) is np.ndarray
        assert isinstance(array.base, np.memmap)
        assert not array.flags.writeable


def test_a_loaded_model_answers_after_its_files_are_gone(store: BlobModelStore, tmp_path: Path) -> None:
    version = publish(store)
    loaded = store.load(version)
    for file in (tmp_path / "models" / version).iterdir():
        file.unlink()
    assert answers(loaded) == answers(MODEL)


def test_one_changed_byte_on_the_disk_is_found(store: BlobModelStore, tmp_path: Path) -> None:
    version = publish(store)
    file = tmp_path / "models" / version / "index.statistics.table.npy"
    data = bytearray(file.read_bytes())
    data[200] ^= 1
    file.write_bytes(data)
    with pytest.raises(CorruptModel, match=r"index\.statistics\.table\.npy has the sha256"):
        store.load(version)


def at_once(act: Callable[[int], object]) -> list[object]:
    """The results of act(0), act(1), ..., all called at the same time."""
    start = Barrier(RIVALS)

    def begin(number: int) -> object:
        start.wait()
        return act(number)

    with ThreadPoolExecutor(RIVALS) as pool:
        return list(pool.map(begin, range(RIVALS)))


def test_publishers_of_the_same_model_publish_one_complete_version(store: BlobModelStore) -> None:
    versions = set(at_once(lambda _: publish(store)))
    assert versions == set(store.versions())
    (version,) = store.versions()
    assert answers(store.load(version)) == answers(MODEL)


def test_publishers_of_different_moments_do_not_disturb_each_other(store: BlobModelStore) -> None:
    versions = at_once(lambda number: publish(store, NOW + number * DAY))
    assert store.versions() == versions
    for version in store.versions():
        assert store.load(version).goals == MODEL.goals


@pytest.mark.parametrize("has_a_current_version", [True, False])
def test_of_several_promotions_at_once_one_wins(
    store: BlobModelStore, *, has_a_current_version: bool
) -> None:
    before, *others = [publish(store, NOW + number * DAY) for number in range(RIVALS + 1)]
    if has_a_current_version:
        store.promote(before, None)
    won = at_once(lambda number: store.promote(others[number], before if has_a_current_version else None))
    assert sorted(map(bool, won)) == [False] * (RIVALS - 1) + [True]
    assert store.current() == others[won.index(True)]


LOADING = """
import sys
from pathlib import Path
from recommender.adapters.local.blobs import LocalBlobStore
from recommender.adapters.models.store import BlobModelStore
from recommender.application.recommend import Recommend, Request

model = BlobModelStore(LocalBlobStore(Path(sys.argv[1]))).load(sys.argv[2])
assert Recommend(model)(Request(user_id="ada"), now=0).user_known
print(*sorted({"pandas", "pyarrow", "sklearn", "scipy", "joblib"} & sys.modules.keys()))
"""


def test_loading_and_answering_imports_no_library_of_training(store: BlobModelStore, tmp_path: Path) -> None:
    version = publish(store)
    done = subprocess.run(  # noqa: S603 - this interpreter, and no input from outside
        [sys.executable, "-c", LOADING, str(tmp_path), version], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("", "", 0)
