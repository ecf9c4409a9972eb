"""Local copies of what is in a bucket, and what else only a bucket has."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fakes.s3 import use_s3
from fakes.s3_faults import FaultyProxy
from types_boto3_s3 import S3Client

from recommender.adapters.s3 import S3BlobStore, connect
from recommender.adapters.s3.cache import KEPT
from recommender.adapters.s3.writing import PART, Encryption
from recommender.domain.errors import StorageUnavailable

pytestmark = pytest.mark.enable_socket


@dataclass(frozen=True)
class Place:
    """A bucket, a folder for copies, and who is asked for what."""

    bucket: str
    prefix: str
    cache: Path
    client: S3Client
    proxy: FaultyProxy

    def store(self) -> S3BlobStore:
        """A store as another process would make it."""
        return S3BlobStore(self.bucket, self.prefix, self.cache, connect=lambda: self.client)

    def copies(self) -> list[Path]:
        return sorted(self.cache.iterdir())

    def fetched(self) -> int:
        """How often bytes were asked for."""
        return len([each for each in self.proxy.asked if each.startswith("GET")])


@pytest.fixture
def place(bucket: str, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Place:
    use_s3(monkeypatch, proxy.url)
    proxy.asked.clear()
    return Place(bucket, uuid4().hex, tmp_path / "cache", connect(), proxy)


def grow_old(*files: Path) -> None:
    """As if nobody had asked for the files in a day."""
    then = time.time() - KEPT - 1
    for file in files:
        os.utime(file, (then, then))


def test_a_blob_is_fetched_once_for_all_who_share_the_folder(place: Place) -> None:
    place.store().create("a", b"1")
    copies = {place.store().local_file("a") for _ in range(3)}
    assert place.fetched() == 1
    assert list(copies) == place.copies()


def test_a_blob_is_fetched_once_also_when_many_want_it_at_the_same_time(place: Place) -> None:
    place.store().create("a", b"1")
    with ThreadPoolExecutor(8) as threads:
        copies = set(threads.map(lambda _: place.store().local_file("a"), range(8)))
    assert place.fetched() == 1
    assert list(copies) == place.copies()


def test_a_replaced_blob_has_another_copy(place: Place) -> None:
    blobs = place.store()
    tag = blobs.swap("a", b"before", None)
    before = blobs.local_file("a")
    blobs.swap("a", b"after!", tag)
    after = blobs.local_file("a")
    assert (before.read_bytes(), after.read_bytes()) == (b"before", b"after!")


def test_a_copy_of_another_size_is_not_believed(place: Place) -> None:
    blobs = place.store()
    blobs.create("a", b"whole")
    blobs.local_file("a").write_bytes(b"half")
    assert blobs.local_file("a").read_bytes() == b"whole"


def test_blobs_of_different_keys_and_prefixes_do_not_share_a_copy(place: Place) -> None:
    one = place.store()
    other = S3BlobStore(place.bucket, uuid4().hex, place.cache, connect=lambda: place.client)
    for blobs, key, data in ((one, "a", b"1"), (one, "b", b"2"), (other, "a", b"3")):
        blobs.create(key, data)
    read = [each.local_file(key).read_bytes() for each, key in ((one, "a"), (one, "b"), (other, "a"))]
    assert read == [b"1", b"2", b"3"]


def test_copies_for_which_nobody_asked_in_a_day_are_removed(place: Place) -> None:
    blobs = place.store()
    for key in ("old", "used"):
        blobs.create(key, key.encode())
    old, used = blobs.local_file("old"), blobs.local_file("used")
    left = old.with_suffix(f".{'0' * 32}.staged")
    left.write_bytes(b"by somebody who was killed")
    grow_old(old, used, left)
    blobs.local_file("used")
    with old.open("rb") as opened:
        place.store().local_file("used")
        assert opened.read() == b"old"
    assert place.copies() == [used]


def test_foreign_files_in_the_folder_are_left_alone(place: Place) -> None:
    place.cache.mkdir()
    (place.cache / "letter.txt").touch()
    (place.cache / "photos").mkdir()
    grow_old(*place.cache.iterdir())
    blobs = place.store()
    blobs.create("a", b"1")
    blobs.local_file("a")
    assert {"letter.txt", "photos"} < {each.name for each in place.copies()}


def test_copies_are_for_their_owner_alone(place: Place) -> None:
    blobs = place.store()
    blobs.create("a", b"1")
    blobs.local_file("a")
    assert place.cache.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_an_outage_that_names_it(place: Place) -> None:
    place.cache.touch()
    blobs = place.store()
    blobs.create("a", b"1")
    with pytest.raises(StorageUnavailable) as outage:
        blobs.local_file("a")
    assert outage.value.where == str(place.cache)


def test_foreign_objects_are_not_listed(place: Place) -> None:
    place.store().create("a", b"1")
    for name in (f"{place.prefix}/folder/", f"{place.prefix}/read me", f"{place.prefix}-other/b"):
        place.client.put_object(Bucket=place.bucket, Key=name, Body=b"")
    assert place.store().keys("") == ["a"]


@pytest.mark.parametrize("data", [b"small", bytes(PART + 1)])
@pytest.mark.parametrize("sse", ["AES256", "aws:kms"])
def test_the_encryption_that_is_wished_for_is_asked_for(place: Place, sse: Encryption, data: bytes) -> None:
    blobs = S3BlobStore(place.bucket, place.prefix, place.cache, sse, lambda: place.client, lambda _: True)
    blobs.create("a", data)
    stored = place.client.head_object(Bucket=place.bucket, Key=f"{place.prefix}/a")
    assert stored["ServerSideEncryption"] == sse


def test_making_a_store_asks_nothing_and_writes_nothing(place: Place) -> None:
    place.store()
    assert place.proxy.asked == []
    assert not place.cache.exists()


def test_a_prefix_that_is_no_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a blob key"):
        S3BlobStore("bucket", "../other", tmp_path)
