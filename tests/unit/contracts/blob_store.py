"""The laws of BlobStore."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from recommender.adapters.blobs import BlobMissing, BlobStore
from recommender.domain.errors import StorageUnavailable

WRITERS = 8
NO_KEYS = ("", "/", "a/", "/a", "a//b", ".", "..", "../a", "a/../b", "a/.hidden", "a b", "a\\b", "ä", "a\n")
NO_PREFIXES = tuple(key for key in NO_KEYS if key)

EVERY_METHOD: dict[str, Callable[[BlobStore, str], object]] = {
    "read": lambda blobs, key: blobs.read(key),
    "create": lambda blobs, key: blobs.create(key, b""),
    "tagged": lambda blobs, key: blobs.tagged(key),
    "swap": lambda blobs, key: blobs.swap(key, b"", None),
    "swap a tag": lambda blobs, key: blobs.swap(key, b"", "tag"),
    "keys": lambda blobs, key: blobs.keys(key),
    "delete": lambda blobs, key: blobs.delete(key),
    "local_file": lambda blobs, key: blobs.local_file(key),
}
each_method = pytest.mark.parametrize("method", EVERY_METHOD.values(), ids=EVERY_METHOD)


def at_once(write: Callable[[int], object]) -> list[object]:
    """What `write` returns to several threads that call it at the same time."""
    start = Barrier(WRITERS)

    def begin(writer: int) -> object:
        start.wait()
        return write(writer)

    with ThreadPoolExecutor(WRITERS) as threads:
        return list(threads.map(begin, range(WRITERS)))


def replaced_while_listed(blobs: BlobStore, times: int) -> None:
    """Replace a blob by one of a greater key, again and again, while somebody looks whether one is there."""
    blobs.create(f"replaced/{0:04}", b"")

    def replace() -> None:
        for number in range(times):
            blobs.create(f"replaced/{number + 1:04}", b"")
            blobs.delete(f"replaced/{number:04}")

    with ThreadPoolExecutor() as threads:
        replacing = threads.submit(replace)
        while not replacing.done():
            assert blobs.keys("replaced")
        replacing.result()


class BlobStoreContract:
    """A subclass gives the fixtures `blobs`, an empty store, and `unreachable`, one that is away."""

    def test_a_created_blob_is_read_back(self, blobs: BlobStore) -> None:
        assert blobs.create("a/b.json", b"\0\xff")
        assert blobs.read("a/b.json") == b"\0\xff"

    def test_an_empty_blob_is_a_blob(self, blobs: BlobStore) -> None:
        assert blobs.create("a", b"")
        assert blobs.read("a") == b""
        assert blobs.keys("") == ["a"]

    def test_a_blob_is_created_once(self, blobs: BlobStore) -> None:
        blobs.create("a", b"first")
        assert not blobs.create("a", b"second")
        assert blobs.read("a") == b"first"

    def test_what_is_absent_is_missing(self, blobs: BlobStore) -> None:
        blobs.create("a/b", b"")
        for key in ("b", "a/c", "c/b", "a"):
            with pytest.raises(BlobMissing, match=repr(key)):
                blobs.read(key)
            with pytest.raises(BlobMissing, match=repr(key)):
                blobs.local_file(key)
            assert blobs.tagged(key) is None

    def test_swap_replaces_the_blob_that_has_the_tag(self, blobs: BlobStore) -> None:
        first = blobs.swap("a", b"1", None)
        assert first is not None
        assert blobs.tagged("a") == (b"1", first)
        second = blobs.swap("a", b"2", first)
        assert second is not None
        assert blobs.tagged("a") == (b"2", second)

    def test_swap_with_an_old_tag_changes_nothing(self, blobs: BlobStore) -> None:
        first = blobs.swap("a", b"1", None)
        blobs.swap("a", b"2", first)
        assert blobs.swap("a", b"3", first) is None
        assert blobs.read("a") == b"2"

    def test_swap_without_a_tag_replaces_nothing(self, blobs: BlobStore) -> None:
        blobs.create("a", b"1")
        assert blobs.swap("a", b"2", None) is None
        assert blobs.read("a") == b"1"

    def test_swap_with_a_tag_makes_no_new_blob(self, blobs: BlobStore) -> None:
        tag = blobs.swap("a", b"1", None)
        blobs.delete("a")
        assert blobs.swap("a", b"2", tag) is None
        assert blobs.keys("") == []

    def test_a_created_blob_can_be_swapped(self, blobs: BlobStore) -> None:
        blobs.create("a", b"1")
        current = blobs.tagged("a")
        assert current is not None
        assert blobs.swap("a", b"2", current[1]) is not None

    def test_a_deleted_blob_is_absent_and_can_be_created_again(self, blobs: BlobStore) -> None:
        blobs.create("a/b", b"1")
        blobs.delete("a/b")
        assert blobs.tagged("a/b") is None
        assert blobs.keys("a") == []
        assert blobs.create("a/b", b"2")

    def test_deleting_what_is_absent_is_fine(self, blobs: BlobStore) -> None:
        blobs.delete("a/b")
        blobs.create("b", b"")
        blobs.delete("a/b")
        assert blobs.keys("") == ["b"]

    def test_an_empty_store_has_no_keys(self, blobs: BlobStore) -> None:
        assert blobs.keys("") == []
        assert blobs.keys("a/b") == []

    def test_keys_come_by_code_points_whatever_their_depth(self, blobs: BlobStore) -> None:
        keys = ["a-", "a.b/c", "a/b", "a/b-", "a/b-c/d", "a=", "aa/b", "B", "a10", "a9", "_"]
        for key in keys:
            blobs.create(key, b"")
        assert blobs.keys("") == sorted(keys)

    def test_a_prefix_is_whole_segments(self, blobs: BlobStore) -> None:
        for key in ("a/b/c", "a/bc", "ab/c", "c/a/b"):
            blobs.create(key, b"")
        assert blobs.keys("a") == ["a/b/c", "a/bc"]
        assert blobs.keys("a/b") == ["a/b/c"]

    def test_a_thousand_and_one_keys_are_listed(self, blobs: BlobStore) -> None:
        keys = [f"many/{number:04}" for number in range(1001)]
        for key in reversed(keys):
            blobs.create(key, b"")
        assert blobs.keys("many") == keys

    def test_of_a_blob_and_what_replaces_it_one_is_listed_at_any_time(self, blobs: BlobStore) -> None:
        replaced_while_listed(blobs, 50)

    def test_a_local_file_has_the_bytes(self, blobs: BlobStore) -> None:
        blobs.create("a/b", b"123")
        assert blobs.local_file("a/b").read_bytes() == b"123"

    def test_an_open_local_file_stays_as_it_was(self, blobs: BlobStore) -> None:
        tag = blobs.swap("a", b"before", None)
        with blobs.local_file("a").open("rb") as opened:
            blobs.swap("a", b"after", tag)
            blobs.delete("a")
            assert opened.read() == b"before"

    @each_method
    @pytest.mark.parametrize("key", NO_PREFIXES)
    def test_what_is_no_key_is_refused_and_named(
        self, blobs: BlobStore, method: Callable[[BlobStore, str], object], key: str
    ) -> None:
        with pytest.raises(ValueError, match="not a blob key") as refusal:
            method(blobs, key)
        assert repr(key) in str(refusal.value)

    @each_method
    def test_outage_is_not_absence(
        self, unreachable: BlobStore, method: Callable[[BlobStore, str], object]
    ) -> None:
        with pytest.raises(StorageUnavailable):
            method(unreachable, "a/b")

    def test_of_many_creators_exactly_one_wins(self, blobs: BlobStore) -> None:
        won = at_once(lambda writer: blobs.create("a/b", b"%d" % writer))
        assert won.count(True) == 1
        assert blobs.read("a/b") == b"%d" % won.index(True)

    @pytest.mark.parametrize("before", [None, b"before"])
    def test_of_many_swappers_exactly_one_wins(self, blobs: BlobStore, before: bytes | None) -> None:
        tag = None if before is None else blobs.swap("a/b", before, None)
        tags = at_once(lambda writer: blobs.swap("a/b", b"%d" % writer, tag))
        assert tags.count(None) == WRITERS - 1
        winner = next(writer for writer, tag in enumerate(tags) if tag is not None)
        assert blobs.tagged("a/b") == (b"%d" % winner, tags[winner])

    def test_nobody_reads_half_a_blob(self, blobs: BlobStore) -> None:
        size = 100_000
        blobs.create("a", b"0" * size)

        def write_or_read(writer: int) -> bool:
            for _ in range(10):
                current = blobs.tagged("a")
                assert current is not None
                if current[0] != current[0][:1] * size:
                    return False
                blobs.swap("a", b"%d" % writer * size, current[1])
            return True

        assert all(at_once(write_or_read))
