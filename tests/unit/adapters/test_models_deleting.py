"""Deleting versions: what an interruption leaves, and what happens at the same time as a promotion."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import pytest
from fakes.blobs import FakeBlobStore
from unit.contracts.model_store import make_current, publish, publish_several
from worlds import NOW

from recommender.adapters.models import BlobModelStore
from recommender.adapters.models.pointer import Pointer
from recommender.domain.errors import CorruptModel, StorageUnavailable, UnknownVersion, VersionInUse
from recommender.domain.events import DAY


class Watched(FakeBlobStore):
    """Lets something else happen before one of its calls, counted from 0; and looks around after each change.

    Calls for arrays do not count: they are many, and there is a card to stand for them.
    Whatever is current must have its manifest, at every moment, or servers could not start.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0
        self.at = -1
        self.meanwhile: Callable[[], object] = lambda: None

    def step(self, key: str = "") -> None:
        if key.endswith(".npy"):
            return
        here, self.calls = self.calls, self.calls + 1
        if here == self.at:
            self.at = -1
            self.meanwhile()

    def read(self, key: str) -> bytes:
        self.step(key)
        return super().read(key)

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        self.step()
        found = super().swap(key, data, tag)
        self.look_around()
        return found

    def keys(self, prefix: str) -> list[str]:
        self.step()
        return super().keys(prefix)

    def delete(self, key: str) -> None:
        self.step(key)
        super().delete(key)
        self.look_around()

    def look_around(self) -> None:
        """The current version has its manifest, and what has a manifest has all of its files."""
        everything = set(super().keys("models"))
        pointer = super().tagged("models/current.json")
        current = Pointer.parse(pointer[0]).version if pointer else None
        if current:
            assert f"models/{current}/manifest.json" in everything
        complete = [key.rpartition("/")[0] for key in everything if key.endswith("manifest.json")]
        for folder in complete:
            assert f"{folder}/card.md" in everything
            assert f"{folder}/index.items.blob.npy" in everything


def staged(*, has_a_current_version: bool) -> tuple[Watched, BlobModelStore, str | None, str]:
    """A store, the version that is current in it, and one that somebody wants to promote or to delete."""
    blobs = Watched()
    store = BlobModelStore(blobs)
    current, wanted = publish_several(store, 2)
    if has_a_current_version:
        store.promote(current, None)
    blobs.calls = 0
    return blobs, store, current if has_a_current_version else None, wanted


def calls_of(act: str, *, has_a_current_version: bool) -> int:
    """How many calls an undisturbed act takes."""
    blobs, store, current, wanted = staged(has_a_current_version=has_a_current_version)
    if act == "promote":
        store.promote(wanted, current)
    else:
        store.delete(wanted)
    return blobs.calls


@pytest.mark.parametrize("has_a_current_version", [True, False])
@pytest.mark.parametrize("interrupted", ["promote", "delete"])
def test_of_a_promotion_and_a_deletion_at_the_same_time_one_happens_as_if_alone(
    interrupted: str, *, has_a_current_version: bool
) -> None:
    """One is let go to each of its calls to the storage, where the whole of the other happens."""
    outcomes: set[str] = set()
    for at in range(calls_of(interrupted, has_a_current_version=has_a_current_version)):
        blobs, store, current, wanted = staged(has_a_current_version=has_a_current_version)

        def promote(
            store: BlobModelStore = store, wanted: str = wanted, current: str | None = current
        ) -> None:
            with suppress(UnknownVersion, CorruptModel):  # a file may go while the version is verified
                assert store.promote(wanted, current)

        def delete(store: BlobModelStore = store, wanted: str = wanted) -> None:
            with suppress(VersionInUse):
                store.delete(wanted)

        blobs.at, blobs.meanwhile = at, delete if interrupted == "promote" else promote
        (promote if interrupted == "promote" else delete)()
        assert blobs.at == -1, "nothing happened meanwhile"
        if store.current() == wanted:
            assert store.load(wanted).goals
            outcomes.add("promoted")
        else:
            assert store.current() == current
            assert wanted not in store.versions()
            assert store.remnants(NOW + 9 * DAY) == []
            outcomes.add("deleted")
    # Until its very last call a promotion has changed nothing: whatever is done before then, comes first.
    assert outcomes == ({"deleted"} if interrupted == "promote" else {"promoted", "deleted"})


def test_a_deletion_can_be_interrupted_anywhere_and_completed() -> None:
    for at in range(calls_of("delete", has_a_current_version=True)):
        blobs, store, current, wanted = staged(has_a_current_version=True)

        def outage() -> None:
            raise StorageUnavailable("here")

        blobs.at, blobs.meanwhile = at, outage
        with pytest.raises(StorageUnavailable):
            store.delete(wanted)
        assert store.current() == current
        left = store.remnants(NOW)
        if wanted in store.versions() and not left:
            continue  # nothing has happened yet
        assert left == [wanted], "though it was published just now"
        with pytest.raises(UnknownVersion):
            store.promote(wanted, current)
        store.delete(wanted)
        assert (store.versions(), store.remnants(NOW + 9 * DAY)) == ([current], [])


def test_what_interrupted_publishing_has_left_is_a_remnant_once_it_is_old() -> None:
    blobs = FakeBlobStore()
    store = BlobModelStore(blobs)
    current = publish(store)
    store.promote(current, None)
    blobs.room = 3
    with pytest.raises(StorageUnavailable):
        publish(store, NOW + DAY)
    assert store.versions() == [current]
    assert store.remnants(NOW + DAY - 1000) == []
    (remnant,) = store.remnants(NOW + DAY + 1000)
    assert len(blobs.keys(f"models/{remnant}")) == 3
    store.delete(remnant)
    assert store.remnants(NOW + 9 * DAY) == []
    assert blobs.keys(f"models/{remnant}") == []
    assert store.load(current).goals


def test_other_files_below_the_folder_are_neither_remnants_nor_deleted() -> None:
    blobs = FakeBlobStore()
    store = BlobModelStore(blobs)
    current, surplus = publish_several(store, 2)
    make_current(store, [current])
    foreign = ["models/notes.txt", "models/old/manifest.json"]
    for key in foreign:
        blobs.create(key, b"{}")
    assert store.remnants(NOW + 9 * DAY) == []
    for name in ("old", "notes.txt"):
        with pytest.raises(UnknownVersion):
            store.delete(name)
    store.delete(surplus)
    assert set(foreign) <= set(blobs.keys("models"))


def test_the_manifest_goes_first_so_that_nobody_loads_half_a_version() -> None:
    blobs, store, _, wanted = staged(has_a_current_version=True)
    gone: list[str] = []

    class Noting(Watched):
        def delete(self, key: str) -> None:
            gone.append(key)

    noting = Noting()
    noting.__dict__.update(blobs.__dict__)
    BlobModelStore(noting).delete(wanted)
    assert gone[0] == f"models/{wanted}/manifest.json"
    assert len(gone) == len(store.blobs.keys(f"models/{wanted}"))
