"""Stored versions that are no longer what was published; the refusal says what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fakes.blobs import FakeBlobStore
from unit.contracts.model_store import publish

from recommender.adapters.models.store import BlobModelStore
from recommender.domain.errors import CorruptModel, StorageUnavailable

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
    with pytest.raises(CorruptModel) as refused:
        store.load(version)
    assert refused.value.version == version
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
        (lambda d: d.update(format=1), "its format is 1, and this program knows 3"),
        (lambda d: d.update(author="me"), "author: unknown field"),
        (lambda d: d["files"].update({"../x": d["files"].pop(ITEMS)}), "'../x' is not the name of a file"),
        (lambda d: d["files"].pop(ITEMS), "its manifest is not the one that was published"),
        (lambda d: d["card"].update(seed=2), "its manifest is not the one that was published"),
        (lambda d: d["model"]["index"].update(end=0), "its manifest is not the one that was published"),
    ],
    ids=["format", "extra field", "path escape", "file left out", "other card", "other number"],
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
    for ask in (store.card, lambda damaged: store.promote(damaged, None)):
        with pytest.raises(CorruptModel):
            ask(version)
    assert store.current() is None


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"null"])
def test_a_manifest_that_is_no_json_is_refused(
    blobs: FakeBlobStore, store: BlobModelStore, data: bytes
) -> None:
    version = publish(store)
    overwrite(blobs, f"models/{version}/manifest.json", data)
    assert why_refused(store, version).startswith("manifest.json is not ")


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
