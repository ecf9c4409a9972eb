"""Stored versions that are no longer what was published.

Each is refused with a sentence that says what is wrong, and is not promoted: what is current stays so.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.blobs import FakeBlobStore
from unit.contracts.model_store import other_model, publish
from worlds import NOW

from recommender.adapters.models.store import BlobModelStore
from recommender.domain.errors import CorruptModel, StorageUnavailable
from recommender.domain.events import DAY

ITEMS = "index.items.blob.npy"
WEIGHTS = "rankers.0.logistic.weights.npy"

Document = dict[str, Any]


@pytest.fixture
def blobs() -> FakeBlobStore:
    return FakeBlobStore()


@pytest.fixture
def store(blobs: FakeBlobStore) -> BlobModelStore:
    return BlobModelStore(blobs)


def overwrite(blobs: FakeBlobStore, key: str, data: bytes) -> None:
    blobs.delete(key)
    blobs.create(key, data)


def why_refused(store: BlobModelStore, version: str) -> str:
    """The reason, which is the same for who loads it and for who promotes it in place of a sound version."""
    sound = publish(store, NOW + DAY, other_model())
    assert store.promote(sound, None)
    with pytest.raises(CorruptModel) as refused:
        store.load(version)
    assert refused.value.version == version
    with pytest.raises(CorruptModel) as not_promoted:
        store.promote(version, sound)
    assert str(not_promoted.value) == str(refused.value)
    assert store.history() == (sound,)
    assert store.load(sound).goals
    return refused.value.why


@pytest.mark.parametrize(
    ("damage", "why"),
    [
        (lambda data: data[:-1], "{name} has {less} bytes, {size} were published"),
        (lambda _: b"", "{name} has 0 bytes, {size} were published"),
        (lambda data: data[:-1] + bytes([data[-1] ^ 1]), "{name} has the sha256 "),
        (lambda data: bytes([data[0] ^ 1]) + data[1:], "{name} has the sha256 "),
    ],
    ids=["cut off", "emptied", "a bit at the end", "a bit at the start"],
)
@pytest.mark.parametrize("name", [ITEMS, WEIGHTS, "card.md", "pipeline-purchase.pkl"])
def test_a_damaged_file_is_refused_by_name(
    blobs: FakeBlobStore, store: BlobModelStore, name: str, damage: Callable[[bytes], bytes], why: str
) -> None:
    version = publish(store)
    key = f"models/{version}/{name}"
    data = blobs.read(key)
    overwrite(blobs, key, damage(data))
    expected = why.format(name=name, size=len(data), less=len(data) - 1)
    assert why_refused(store, version).startswith(expected)


@pytest.mark.parametrize("name", [ITEMS, "card.md"])
def test_a_missing_file_is_refused_by_name(blobs: FakeBlobStore, store: BlobModelStore, name: str) -> None:
    version = publish(store)
    blobs.delete(f"models/{version}/{name}")
    assert name in why_refused(store, version)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda d: d.update(format=1), "its format is 1, and this program knows 4"),
        (lambda d: d.update(format=5), "its format is 5, and this program knows 4"),
        (lambda d: d.update(format="4"), "its format is '4', and this program knows 4"),
        (lambda d: d.pop("format"), "its format is None, and this program knows 4"),
        (lambda d: d.pop("card"), "card: missing field"),
        (lambda d: d.update(files=[]), "files: expected dict, not list"),
        (lambda d: d.update(published_at=-1), "published_at is -1, which is no time"),
        (lambda d: d.update(published_at=10**15), "published_at is 1000000000000000, which is no time"),
        (lambda d: d.update(published_at=NOW + 2_000), "its manifest is not the one that was published"),
        (lambda d: d["files"][ITEMS].update(sha256="0" * 64), "its manifest is not the one that was publi"),
        (lambda d: d["files"].update({"/etc/passwd": d["files"].pop(ITEMS)}), "'/etc/passwd' is not the n"),
        (lambda d: d["files"].update({"a/b.npy": d["files"].pop(ITEMS)}), "'a/b.npy' is not the name"),
        (lambda d: d["files"].update({"more.npy": d["files"][ITEMS]}), "its manifest is not the one that"),
        (lambda d: d["files"][ITEMS].pop("size"), f"files.{ITEMS}.size: missing field"),
        (lambda d: d["card"].update(seed=True), "card.seed: expected int, not True"),
        (lambda d: d.update(author="me"), "author: unknown field"),
        (lambda d: d["files"].update({"../x": d["files"].pop(ITEMS)}), "'../x' is not the name of a file"),
        (lambda d: d["files"].pop(ITEMS), "its manifest is not the one that was published"),
        (lambda d: d["card"].update(seed=2), "its manifest is not the one that was published"),
        (lambda d: d["model"]["index"].update(end=0), "its manifest is not the one that was published"),
    ],
    ids=[
        "older format",
        "newer format",
        "format in words",
        "no format",
        "field left out",
        "field of another type",
        "time before 1970",
        "time beyond the calendar",
        "other time",
        "other checksum",
        "absolute path",
        "path to a folder",
        "file too many",
        "checksum without a size",
        "truth for a number",
        "extra field",
        "path escape",
        "file left out",
        "other card",
        "other number",
    ],
)
def test_a_manifest_that_was_changed_is_refused_also_for_its_card(
    blobs: FakeBlobStore, store: BlobModelStore, change: Callable[[Document], object], why: str
) -> None:
    version = publish(store)
    key = f"models/{version}/manifest.json"
    document = json.loads(blobs.read(key))
    change(document)
    overwrite(blobs, key, json.dumps(document).encode())
    assert why_refused(store, version).startswith(why)
    for ask in (store.card, store.size):
        with pytest.raises(CorruptModel):
            ask(version)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff\xfe", b"null", b"[]", b'{"format": 3, "format": 3}', b"[" * 99_999],
    ids=["emptied", "cut off", "no text", "null", "list", "key twice", "nested too deep"],
)
def test_a_manifest_that_is_no_json_is_refused(
    blobs: FakeBlobStore, store: BlobModelStore, data: bytes
) -> None:
    version = publish(store)
    overwrite(blobs, f"models/{version}/manifest.json", data)
    assert why_refused(store, version).startswith("manifest.json is not ")


def test_half_a_manifest_is_refused(blobs: FakeBlobStore, store: BlobModelStore) -> None:
    version = publish(store)
    key = f"models/{version}/manifest.json"
    overwrite(blobs, key, blobs.read(key)[:-300])
    assert why_refused(store, version).startswith("manifest.json is not JSON")


@pytest.mark.parametrize("name", ["20150507T120001Z-{hash}", "20150507T120000Z-0123456789ab"])
def test_a_version_under_another_name_is_refused(
    blobs: FakeBlobStore, store: BlobModelStore, name: str
) -> None:
    version = publish(store)
    renamed = name.format(hash=version.partition("-")[2])
    for key in blobs.keys(f"models/{version}"):
        blobs.create(key.replace(version, renamed), blobs.read(key))
    assert why_refused(store, renamed).startswith("its manifest is not the one that was published")


def test_a_version_with_the_manifest_of_another_is_refused(
    blobs: FakeBlobStore, store: BlobModelStore
) -> None:
    version, other = publish(store), publish(store, NOW + 9 * DAY)
    overwrite(blobs, f"models/{version}/manifest.json", blobs.read(f"models/{other}/manifest.json"))
    assert why_refused(store, version).startswith("its manifest is not the one that was published")


class OnAFailingDisk(FakeBlobStore):
    """Names local files that cannot be opened."""

    def local_file(self, key: str) -> Path:
        return super().local_file(key) / "below-a-file"


def test_a_file_that_cannot_be_read_is_an_outage() -> None:
    store = BlobModelStore(OnAFailingDisk())
    version = publish(store)
    with pytest.raises(StorageUnavailable) as refused:
        store.load(version)
    assert isinstance(refused.value.__cause__, OSError)
