"""Versions that are sound in themselves, but not what this program would have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, cast

import numpy as np
import pytest
from fakes.blobs import FakeBlobStore
from unit.contracts.model_store import publish

from recommender.adapters.models.files import Checksum, to_npy
from recommender.adapters.models.manifest import Manifest
from recommender.adapters.models.store import BlobModelStore
from recommender.domain.errors import CorruptModel

ITEMS = "index.items.blob.npy"
WEIGHTS = "rankers.0.logistic.weights.npy"

Structure = dict[str, Any]
Change = Callable[[Structure], object]


def by_another_program(blobs: FakeBlobStore, change: Change, files: Mapping[str, bytes | None]) -> str:
    """Publish a version with another structure and other files; None leaves a file out."""
    version = publish(BlobModelStore(blobs))
    manifest = Manifest.parse(blobs.read(f"models/{version}/manifest.json"))
    change(cast(Structure, manifest.model))
    replaced = {name: blobs.read(f"models/{version}/{name}") for name in manifest.files} | dict(files)
    kept = {name: data for name, data in replaced.items() if data is not None}
    manifest = replace(manifest, files={name: Checksum.of(data) for name, data in kept.items()})
    for name, data in {**kept, "manifest.json": manifest.to_bytes()}.items():
        blobs.create(f"models/{manifest.version}/{name}", data)
    return manifest.version


def nothing(_structure: Structure) -> None:
    pass


def _ranker(structure: Structure) -> Structure:
    fields: Structure = structure["rankers"][0]["logistic"]
    return fields


def _renamed(structure: Structure) -> None:
    sources = structure["index"]["sources"]
    sources[0] = {"own_thoughts": sources[0].popitem()[1]}


def _pickled() -> bytes:
    file = BytesIO()
    np.save(file, np.array([{}], np.object_), allow_pickle=True)
    return file.getvalue()


@pytest.mark.parametrize(
    ("change", "files", "why"),
    [
        (_renamed, {}, "index.sources.0: expected one of own_items, "),
        (
            lambda s: s["rankers"].__setitem__(0, {"forest": {}}),
            {},
            "rankers.0: expected one of logistic, boosted; found 'forest'",
        ),
        (lambda s: s["index"].update(weather="fine"), {}, "index.weather: unknown field"),
        (lambda s: s["index"].pop("end"), {}, "index.end: missing field"),
        (lambda s: s["goals"].append("love"), {}, "it has 2 rankers for 3 goals"),
        (lambda s: _ranker(s)["features"].append("mood"), {}, "the ranker of 'purchase' has other features"),
        (lambda s: _ranker(s)["features"].reverse(), {}, "the ranker of 'purchase' has other features"),
        (
            nothing,
            {WEIGHTS: to_npy(np.zeros(3, np.float32))},
            "rankers.0.logistic.weights: expected an array of float64, not of float32",
        ),
        (nothing, {WEIGHTS: to_npy(np.zeros((2, 2)))}, "rankers.0.logistic.weights: expected {'dtype'"),
        (nothing, {WEIGHTS: b"\x80\x04N."}, f"{WEIGHTS}: "),
        (nothing, {WEIGHTS: _pickled()}, f"{WEIGHTS}: Array can't be memory-mapped: Python objects"),
        (nothing, {ITEMS: None}, "index.items.blob: the array is missing"),
        (nothing, {"more.npy": to_npy(np.zeros(1))}, "more: no field asks for this array"),
    ],
    ids=[
        "source of another name",
        "ranker of another kind",
        "field too many",
        "field too few",
        "goal too many",
        "feature too many",
        "features in another order",
        "array of another dtype",
        "array of another shape",
        "pickle in place of an array",
        "pickle inside an array",
        "array too few",
        "array too many",
    ],
)
def test_a_version_that_this_program_does_not_understand_is_refused(
    change: Change, files: Mapping[str, bytes | None], why: str
) -> None:
    blobs = FakeBlobStore()
    version = by_another_program(blobs, change, files)
    with pytest.raises(CorruptModel) as refused:
        BlobModelStore(blobs).load(version)
    assert refused.value.version == version
    assert refused.value.why.startswith(why)
