"""The model store over bytes in memory: its layout, what an interruption leaves, who wins a race."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.blobs import FakeBlobStore
from fakes.models import FakeModelStore
from unit.contracts.model_store import MODEL, PIPELINES, ModelStoreContract, publish
from worlds import NOW, SHOP_CARD, ranker_of

from recommender.adapters.models.store import BlobModelStore
from recommender.application.ports import ModelStore
from recommender.domain.errors import StorageUnavailable, UnknownVersion
from recommender.domain.events import DAY
from recommender.domain.model import Model


class TestFakeModelStore(ModelStoreContract):
    @pytest.fixture
    def store(self) -> FakeModelStore:
        return FakeModelStore()

    def damage(self, store: ModelStore, version: str) -> None:
        assert isinstance(store, FakeModelStore)
        store.damaged.add(version)


class TestBlobModelStore(ModelStoreContract):
    @pytest.fixture
    def store(self) -> BlobModelStore:
        return BlobModelStore(FakeBlobStore())


@pytest.fixture
def blobs() -> FakeBlobStore:
    return FakeBlobStore()


def contents(blobs: FakeBlobStore, version: str) -> dict[str, bytes]:
    """File name -> bytes of one version."""
    return {key.split("/")[2]: blobs.read(key) for key in blobs.keys(f"models/{version}")}


def test_a_version_is_a_folder_of_arrays_a_manifest_a_card_and_pipelines(blobs: FakeBlobStore) -> None:
    version = publish(BlobModelStore(blobs))
    files = contents(blobs, version)
    assert files["pipeline-purchase.pkl"] == PIPELINES["purchase"]
    assert files["card.md"].startswith(b"# Model card\n")
    manifest = json.loads(files["manifest.json"])
    assert manifest["files"].keys() == files.keys() - {"manifest.json"}
    assert manifest["published_at"] == NOW
    assert {"card.md", "pipeline-purchase.pkl", "manifest.json"} == {
        x for x in files if not x.endswith(".npy")
    }


def test_the_same_model_gives_the_same_files(blobs: FakeBlobStore) -> None:
    store = BlobModelStore(blobs)
    earlier, later = publish(store), publish(store, NOW + DAY)
    before, after = contents(blobs, earlier), contents(blobs, later)
    manifests = [json.loads(each.pop("manifest.json")) for each in (before, after)]
    assert before == after
    assert manifests[0] == manifests[1] | {"published_at": NOW}
    assert earlier.split("-")[1] == later.split("-")[1]


def test_publishing_again_at_the_same_moment_is_the_same_version(blobs: FakeBlobStore) -> None:
    store = BlobModelStore(blobs)
    assert publish(store) == publish(store)
    assert len(store.versions()) == 1


def test_other_pipelines_make_another_version(blobs: FakeBlobStore) -> None:
    store = BlobModelStore(blobs)
    assert publish(store) != store.publish(MODEL, SHOP_CARD, {"purchase": b"refitted"}, NOW)


def test_an_interrupted_publish_is_no_version_and_the_next_one_completes_it() -> None:
    undisturbed = FakeBlobStore()
    version = publish(BlobModelStore(undisturbed))
    for room in range(len(undisturbed.keys("models"))):
        blobs = FakeBlobStore()
        store = BlobModelStore(blobs)
        blobs.room = room
        with pytest.raises(StorageUnavailable):
            publish(store)
        assert store.versions() == []
        with pytest.raises(UnknownVersion):
            store.load(version)
        blobs.room = math.inf
        assert publish(store) == version
        assert contents(blobs, version) == contents(undisturbed, version)


def test_other_files_below_the_folder_are_no_versions(blobs: FakeBlobStore) -> None:
    version = publish(BlobModelStore(blobs))
    for name in ("notes.txt", "old/manifest.json", f"{version}/more/manifest.json", "manifest.json"):
        blobs.create(f"models/{name}", b"{}")
    assert BlobModelStore(blobs).versions() == [version]


@pytest.mark.parametrize("goal", ["../purchase", "a/b", "a b"])
def test_a_goal_that_cannot_be_a_file_name_is_refused(blobs: FakeBlobStore, goal: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a file"):
        BlobModelStore(blobs).publish(MODEL, SHOP_CARD, {goal: b""}, NOW)
    assert blobs.keys("") == []


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (replace(MODEL, goals=("purchase",)), "it has 2 rankers for 1 goals"),
        (replace(MODEL, goals=(), rankers=()), "it has 0 rankers for 0 goals"),
        (
            replace(MODEL, rankers=(MODEL.rankers[0], replace(ranker_of(MODEL.index), features=("age",)))),
            "the ranker of 'interaction' has other features than this program",
        ),
        (
            replace(MODEL, index=replace(MODEL.index, start=0.5)),  # type: ignore[arg-type]
            "index.start: expected int, not 0.5",
        ),
    ],
    ids=["a goal without a name", "no goal", "other features", "a field of another type"],
)
def test_a_model_that_could_not_be_loaded_is_not_published(
    blobs: FakeBlobStore, model: Model, why: str
) -> None:
    with pytest.raises(ValueError, match=why):
        publish(BlobModelStore(blobs), model=model)
    assert blobs.keys("") == []


def test_a_card_with_a_figure_that_is_no_number_is_not_published(blobs: FakeBlobStore) -> None:
    card = replace(SHOP_CARD, scores={"model": {"average_precision": float("nan")}})
    with pytest.raises(ValueError, match="average_precision: nan is not a finite number"):
        BlobModelStore(blobs).publish(MODEL, card, {}, NOW)
    assert blobs.keys("") == []


def test_the_pointer_says_what_is_current_and_what_was(blobs: FakeBlobStore) -> None:
    store = BlobModelStore(blobs)
    first, second = publish(store), publish(store, NOW + DAY)
    assert blobs.tagged("models/current.json") is None
    store.promote(first, None)
    store.promote(second, first)
    store.promote(second, second)
    pointer = json.loads(blobs.read("models/current.json"))
    assert pointer == {"version": second, "before": [first], "deleting": [], "changes": 2}


def test_a_pointer_that_only_names_the_version_is_enough(blobs: FakeBlobStore) -> None:
    store = BlobModelStore(blobs)
    version = publish(store)
    blobs.create("models/current.json", json.dumps({"version": version}).encode())
    assert store.history() == (version,)


class Overtaken(FakeBlobStore):
    """Lets something else happen just before a swap."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: Callable[[], object] = lambda: None

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return super().swap(key, data, tag)


@pytest.mark.parametrize("instead_of_none", [True, False])
def test_whoever_looked_first_and_swapped_last_loses(*, instead_of_none: bool) -> None:
    blobs = Overtaken()
    store = BlobModelStore(blobs)
    first, second, third = (publish(store, NOW + days * DAY) for days in range(3))
    before = None if instead_of_none else first
    if before:
        store.promote(before, None)
    blobs.meanwhile = lambda: store.promote(third, before)
    assert not store.promote(second, before)
    assert store.current() == third


def test_a_store_that_cannot_be_reached_is_not_an_empty_one(blobs: FakeBlobStore) -> None:
    store = BlobModelStore(blobs)
    version = publish(store)
    store.promote(version, None)
    blobs.unreachable = True
    asked: list[Callable[[], object]] = [
        store.versions,
        store.current,
        store.history,
        lambda: store.remnants(NOW),
        lambda: store.delete(version),
        lambda: store.load(version),
        lambda: store.card(version),
        lambda: store.promote(version, version),
        lambda: publish(store),
    ]
    for ask in asked:
        with pytest.raises(StorageUnavailable):
            ask()
