"""Versions that are sound in themselves, but not what this program would have written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from io import BytesIO
from typing import Any, cast

import numpy as np
import pytest
from fakes.blobs import FakeBlobStore
from unit.contracts.model_store import MODEL, publish

from recommender.adapters.models.files import Checksum, to_npy
from recommender.adapters.models.manifest import Manifest
from recommender.adapters.models.store import BlobModelStore
from recommender.domain.errors import CorruptModel

ITEMS = "index.items.blob.npy"
WEIGHTS = "rankers.0.logistic.weights.npy"
STATISTICS = "index.statistics.table.npy"
INDEX = MODEL.index
TABLE = INDEX.statistics.table
WIDTH = len(MODEL.rankers[0].features)

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


def _saved(array: np.ndarray) -> bytes:
    """As np.save writes it, whatever it is."""
    file = BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def _lying(size: int) -> bytes:
    """A file of weights whose header says that there are so many."""
    honest, lie = to_npy(np.zeros(WIDTH)), f"({size},), }}".encode()
    said = f"({WIDTH},), }}".encode().ljust(len(lie))
    return honest.replace(said, lie.ljust(len(said)), 1)


def _with(array: np.ndarray, place: int | slice | tuple[int, int], value: float) -> bytes:
    """The array with another number in one place."""
    changed = array.copy()
    changed[place] = value
    return to_npy(changed)


def _shape(path: str, *shape: int) -> Change:
    """Another shape for an array of the index."""

    def change(structure: Structure) -> None:
        part: Structure = structure["index"]
        for key in path.split("."):
            part = part[key]
        part["shape"] = list(shape)

    return change


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
        (
            nothing,
            {WEIGHTS: to_npy(np.zeros(3, [("a", np.float64)]))},
            "rankers.0.logistic.weights: expected an array of float64, not of [('a', '<f8')]",
        ),
        (nothing, {STATISTICS: _saved(np.asfortranarray(TABLE))}, f"{STATISTICS}: the array is not in C ord"),
        (nothing, {WEIGHTS: _lying(9_999)}, f"{WEIGHTS}: mmap length is greater than"),
        (nothing, {WEIGHTS: _lying(1)}, f"{WEIGHTS}: the file goes on behind the array"),
        (nothing, {WEIGHTS: to_npy(np.zeros(3)) + b"more"}, f"{WEIGHTS}: the file goes on behind the array"),
        (nothing, {WEIGHTS: to_npy(np.zeros(3))[:-1]}, f"{WEIGHTS}: mmap length is greater than"),
        (nothing, {WEIGHTS: b""}, f"{WEIGHTS}: "),
        (nothing, {WEIGHTS: b"\x80\x04N."}, f"{WEIGHTS}: "),
        (
            nothing,
            {WEIGHTS: _saved(np.array([{}], np.object_))},
            f"{WEIGHTS}: Array can't be memory-mapped: Python objects",
        ),
        (nothing, {ITEMS: None}, "index.items.blob: the array is missing"),
        (nothing, {"more.npy": to_npy(np.zeros(1))}, "more: no field asks for this array"),
        (
            nothing,
            {"index.items.offsets.npy": _with(INDEX.items.offsets, -1, 10**9)},
            "index.items.offsets: it goes from 0 to 1000000000, there are ",
        ),
        (
            nothing,
            {"index.histories.offsets.npy": _with(INDEX.histories.offsets, 1, 10**9)},
            "index.histories.offsets: a list ends before it begins",
        ),
        (
            nothing,
            {"index.histories.item.npy": _with(INDEX.histories.item, 0, 10**6)},
            "index.histories.item: it has rows from ",
        ),
        (
            nothing,
            {"index.category.npy": _with(INDEX.category, 0, 99)},
            "index.category: it has rows from -1 to 99 of a table of 4",
        ),
        (
            nothing,
            {"index.tree.parent.npy": _with(INDEX.tree.parent, slice(None), 0)},
            "index.tree.parent: the category of row 0 is its own ancestor",
        ),
        (
            nothing,
            {STATISTICS: _with(TABLE, (0, 0), np.inf)},
            "index.statistics.table: it has values that are no finite numbers",
        ),
        (
            nothing,
            {WEIGHTS: _with(np.zeros(WIDTH), 0, np.nan)},
            "rankers.0.logistic.weights: it has values that are no finite numbers",
        ),
        (
            _shape("items.blob", 0),
            {ITEMS: to_npy(np.empty(0, np.uint8))},
            "index.items.offsets: it goes from 0 to ",
        ),
        (
            _shape("available", 3),
            {"index.available.npy": to_npy(np.ones(3, bool))},
            "index.available: expected the shape (12), not (3,)",
        ),
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
        "array of records",
        "array in columns",
        "header that promises more",
        "header that promises less",
        "bytes behind the array",
        "array cut off",
        "empty file",
        "pickle in place of an array",
        "pickle inside an array",
        "array too few",
        "array too many",
        "offsets beyond the end",
        "offsets that go back",
        "rows outside the catalogue",
        "categories outside the tree",
        "categories in a circle",
        "infinite statistics",
        "weights that are no numbers",
        "ids without bytes",
        "fewer items on sale than there are",
    ],
)
def test_a_version_that_this_program_does_not_understand_is_refused(
    change: Change, files: Mapping[str, bytes | None], why: str
) -> None:
    blobs = FakeBlobStore()
    version = by_another_program(blobs, change, files)
    store = BlobModelStore(blobs)
    (sound,) = set(store.versions()) - {version}
    assert store.promote(sound, None)
    for ask in (store.load, lambda foreign: store.promote(foreign, sound)):
        with pytest.raises(CorruptModel) as refused:
            ask(version)
        assert refused.value.version == version
        assert refused.value.why.startswith(why)
    assert store.history() == (sound,)
