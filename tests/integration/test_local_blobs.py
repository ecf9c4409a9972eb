"""Blobs on a real disk."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakes.blobs import FakeBlobStore
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from unit.contracts.blob_store import BlobStoreContract, replaced_while_listed

from recommender.adapters.blobs import BlobStore
from recommender.adapters.local import LocalBlobStore
from recommender.domain.errors import StorageUnavailable

keys = st.sampled_from(["a", "b/c", "b/d", "b-/c"])
data = st.sampled_from([b"", b"1", b"2"])
steps = st.lists(
    st.tuples(st.just("create"), keys, data)
    | st.tuples(st.just("swap"), keys, data)
    | st.tuples(st.just("swap new"), keys, data)
    | st.tuples(st.just("delete"), keys, st.just(b"")),
    max_size=8,
)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Let the system refuse to write larger files."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def answer(blobs: BlobStore, step: tuple[str, str, bytes]) -> object:
    """What the store answers to a step, without the tags."""
    what, key, content = step
    match what:
        case "create":
            return blobs.create(key, content)
        case "delete":
            blobs.delete(key)
            return None
        case "swap new":
            return blobs.swap(key, content, None) is None
        case _:
            current = blobs.tagged(key)
            return blobs.swap(key, content, "no tag" if current is None else current[1]) is None


class TestLocalBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> BlobStore:
        return LocalBlobStore(tmp_path / "not" / "there yet")

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> BlobStore:
        (tmp_path / "file").touch()
        return LocalBlobStore(tmp_path / "file")


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path / "root")
    blobs.keys("")
    blobs.tagged("a/b")
    blobs.delete("a/b")
    assert list(tmp_path.iterdir()) == []


def test_the_outage_names_the_root_and_its_cause(tmp_path: Path) -> None:
    root = tmp_path / "file"
    root.touch()
    with pytest.raises(StorageUnavailable) as outage:
        LocalBlobStore(root).read("a")
    assert outage.value.where == str(root)
    assert isinstance(outage.value.__cause__, NotADirectoryError)


def test_what_a_killed_writer_leaves_is_not_listed_and_does_not_matter(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    blobs.create("a/b", b"")
    (tmp_path / "a" / ".0123.staged").write_bytes(b"half")
    assert blobs.keys("") == ["a/b"]
    assert blobs.create("a/c", b"whole")
    assert blobs.keys("a") == ["a/b", "a/c"]


def test_of_a_blob_and_what_replaces_it_one_is_listed_also_in_a_folder_that_takes_long(
    tmp_path: Path,
) -> None:
    (tmp_path / "replaced").mkdir()
    for number in range(2_000):  # a system gives some hundred names at a time
        (tmp_path / "replaced" / f"in the way {number}").touch()
    replaced_while_listed(LocalBlobStore(tmp_path), 100)


def test_who_may_only_read_can_list(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    blobs.create("a/b", b"")
    for folder in (tmp_path / "a", tmp_path):
        folder.chmod(0o500)
    assert blobs.keys("") == ["a/b"]
    assert [each.name for each in tmp_path.iterdir()] == ["a"]
    for folder in (tmp_path, tmp_path / "a"):
        folder.chmod(0o700)


def test_foreign_files_are_not_listed(tmp_path: Path) -> None:
    (tmp_path / "read me.txt").touch()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").touch()
    assert LocalBlobStore(tmp_path).keys("") == []


def test_writing_leaves_nothing_but_blobs(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    tag = blobs.swap("a", b"1", None)
    blobs.swap("a", b"2", tag)
    blobs.swap("a", b"3", tag)
    blobs.create("a", b"4")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a"]


def test_a_full_disk_is_an_outage_and_leaves_everything_as_it_was(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    tag = blobs.swap("a", b"before", None)
    with files_of_at_most(1000):
        with pytest.raises(StorageUnavailable):
            blobs.swap("a", b"x" * 2000, tag)
        with pytest.raises(StorageUnavailable):
            blobs.create("b", b"x" * 2000)
    assert blobs.read("a") == b"before"
    assert blobs.keys("") == ["a"]
    assert [path.name for path in tmp_path.glob(".*.staged")] == []


def test_a_key_cannot_take_the_place_of_a_folder_or_lie_below_a_blob(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    blobs.create("a/b", b"")
    for key in ("a", "a/b/c"):
        with pytest.raises(StorageUnavailable):
            blobs.create(key, b"")


def test_two_stores_on_one_folder_are_one_store(tmp_path: Path) -> None:
    one, other = LocalBlobStore(tmp_path), LocalBlobStore(tmp_path)
    tag = one.swap("a", b"1", None)
    assert other.swap("a", b"2", tag) is not None
    assert one.swap("a", b"3", tag) is None


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_disk_and_memory_give_the_same_answers(
    steps: list[tuple[str, str, bytes]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    disk, memory = LocalBlobStore(tmp_path_factory.mktemp("blobs")), FakeBlobStore()
    for step in steps:
        assert answer(disk, step) == answer(memory, step)
        assert disk.keys("") == memory.keys("")
        assert disk.keys("b") == memory.keys("b")
    assert [disk.read(key) for key in disk.keys("")] == [memory.read(key) for key in memory.keys("")]
