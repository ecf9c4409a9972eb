"""Compaction of the log as Parquet: what is stored, and whoever comes in between."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import count

import pytest
from fakes.blobs import FakeBlobStore
from fakes.events import MIDNIGHT, Event, batch_of, users, views
from fakes.forgotten import FakeForgotten
from unit.contracts.event_compaction import CLOSED, compacted

from recommender.adapters.blobs import BlobMissing
from recommender.adapters.parquet import ParquetEventStore
from recommender.adapters.parquet.batches import decoded
from recommender.adapters.parquet.day import LISTINGS, SCHEMA
from recommender.domain.errors import StorageUnavailable
from recommender.domain.events import DAY

A, B, C, D = views(MIDNIGHT, MIDNIGHT, MIDNIGHT, MIDNIGHT)
SHOPPERS = "dbcaehgf"


class MeddledBlobs(FakeBlobStore):
    """Blobs in memory. meddling: method -> what happens right before its next call, once."""

    def __init__(self) -> None:
        super().__init__()
        self.meddling: dict[str, Callable[[], object]] = {}

    def read(self, key: str) -> bytes:
        self._meddle("read")
        return super().read(key)

    def create(self, key: str, data: bytes) -> bool:
        self._meddle("create")
        return super().create(key, data)

    def delete(self, key: str) -> None:
        self._meddle("delete")
        super().delete(key)

    def _meddle(self, method: str) -> None:
        self.meddling.pop(method, lambda: None)()


class SlowBlobs(FakeBlobStore):
    """Blobs in memory. waiting: to be deleted, one whenever somebody reads, right before."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting: deque[str] = deque()

    def read(self, key: str) -> bytes:
        if self.waiting:
            super().delete(self.waiting.popleft())
        return super().read(key)

    def delete(self, key: str) -> None:
        self.waiting.append(key)


class MortalBlobs(FakeBlobStore):
    """Blobs in memory. life: so many can still be created or deleted, then the process is as good as dead."""

    def __init__(self) -> None:
        super().__init__()
        self.life = 1_000

    def create(self, key: str, data: bytes) -> bool:
        self._live()
        return super().create(key, data)

    def delete(self, key: str) -> None:
        self._live()
        super().delete(key)

    def _live(self) -> None:
        if not self.life:
            raise StorageUnavailable("a memory whose time is over")
        self.life -= 1


def store_on(blobs: FakeBlobStore) -> ParquetEventStore:
    """A store that forgets nobody, as another process would open it."""
    return ParquetEventStore(blobs, FakeForgotten())


def filled(blobs: FakeBlobStore) -> ParquetEventStore:
    """A store with a batch for each shopper, all at one time, on two days."""
    store = store_on(blobs)
    for user in SHOPPERS:
        store.append(batch_of(*(Event(f"{user} {day}", MIDNIGHT + day * DAY, user) for day in range(2))))
    return store


def test_the_merged_blob_takes_the_place_of_the_last_batch_and_the_others_are_deleted() -> None:
    blobs = FakeBlobStore()
    store = filled(blobs)
    sizes = sum(len(blobs.read(key)) for key in blobs.keys("events"))
    done = compacted(store)
    (first, second) = blobs.keys("events")
    assert first.startswith("events/2015-05-03/000007=")
    assert second.startswith("events/2015-05-04/000007=")
    assert done.bytes_before == sizes
    assert done.bytes_after == len(blobs.read(first)) + len(blobs.read(second))
    store.append(batch_of(A))
    assert blobs.keys("events")[1].startswith("events/2015-05-03/000008-")


@pytest.mark.parametrize("appended", [0, 1])
def test_interrupted_at_any_point_and_repeated_it_ends_the_same(appended: int) -> None:
    undisturbed = FakeBlobStore()
    compacted(filled(undisturbed))
    later = [batch_of(Event("later", MIDNIGHT, "z"))][:appended]
    for life in count():
        blobs = MortalBlobs()
        store = filled(blobs)
        blobs.life = life
        try:
            compacted(store)
        except StorageUnavailable:
            blobs.life = 1_000
        else:
            break
        assert users(store) == [*SHOPPERS, *SHOPPERS]
        for batch in later:
            store.append(batch)
        compacted(store)
        assert users(store) == [*SHOPPERS, *("z" * appended), *SHOPPERS]
        assert len(blobs.keys("events")) == 2
        if not appended:
            assert blobs.keys("events") == undisturbed.keys("events")
    assert life == 2 + 2 * len(SHOPPERS)


@pytest.mark.parametrize("method", ["create", "delete"])
def test_two_compactions_at_once_lose_nothing(method: str) -> None:
    blobs = MeddledBlobs()
    store = filled(blobs)
    blobs.meddling[method] = lambda: compacted(store_on(blobs))
    compacted(store)
    assert users(store) == [*SHOPPERS, *SHOPPERS]
    assert len(blobs.keys("events")) == 2


def test_a_compaction_whose_batches_go_away_takes_what_is_there_instead() -> None:
    blobs = MeddledBlobs()
    store = filled(blobs)
    blobs.meddling["read"] = lambda: compacted(store_on(blobs))
    compacted(store)
    assert users(store) == [*SHOPPERS, *SHOPPERS]


@pytest.mark.parametrize("method", ["create", "delete"])
def test_what_is_appended_during_a_compaction_stays_and_comes_after(method: str) -> None:
    blobs = MeddledBlobs()
    store = filled(blobs)
    blobs.meddling[method] = lambda: store_on(blobs).append(batch_of(Event("later", MIDNIGHT, "z")))
    compacted(store)
    assert users(store) == [*SHOPPERS, "z", *SHOPPERS]
    compacted(store)
    assert users(store) == [*SHOPPERS, "z", *SHOPPERS]


def test_a_slow_writer_is_overtaken_by_others_and_a_compaction_and_still_comes_after_what_it_saw() -> None:
    blobs = MeddledBlobs()
    store = filled(blobs)

    def overtake() -> None:
        other = store_on(blobs)
        for event in (B, C):
            other.append(batch_of(event._replace(event_id=f"{event.user_id} again")))
        compacted(other)

    blobs.meddling["create"] = overtake
    store.append(batch_of(Event("slow", MIDNIGHT, "z")))
    assert users(store) == [*SHOPPERS, "b", "c", "z", *SHOPPERS]
    store.append(batch_of(Event("later", MIDNIGHT, "y")))
    compacted(store)
    assert users(store) == [*SHOPPERS, "b", "c", "z", "y", *SHOPPERS]


@pytest.mark.parametrize("method", ["read", "create"])
def test_appending_again_during_a_compaction_brings_nothing_new(method: str) -> None:
    blobs = MeddledBlobs()
    store = filled(blobs)
    blobs.meddling[method] = lambda: compacted(store_on(blobs))
    assert store.append(batch_of(Event("d 0", MIDNIGHT, "d"), Event("f 1", MIDNIGHT + DAY, "f"), A)) == 1
    assert users(store) == [*SHOPPERS, "a", *SHOPPERS]


def test_a_reader_whose_batches_go_away_reads_what_is_there_instead() -> None:
    blobs = MeddledBlobs()
    store = filled(blobs)
    blobs.meddling["read"] = lambda: compacted(store_on(blobs))
    assert users(store) == [*SHOPPERS, *SHOPPERS]


def test_a_reader_does_not_run_after_a_compaction_that_deletes_as_fast_as_it_reads() -> None:
    blobs = SlowBlobs()
    store = store_on(blobs)
    for number in range(5 * LISTINGS):
        store.append(batch_of(Event(str(number), MIDNIGHT, str(number))))
    compacted(store)
    assert len(blobs.waiting) == 5 * LISTINGS
    assert users(store) == [str(number) for number in range(5 * LISTINGS)]


def test_batches_that_always_go_away_are_an_outage() -> None:
    class Vanishing(FakeBlobStore):
        def read(self, key: str) -> bytes:
            raise BlobMissing(key)

    blobs = Vanishing()
    store = store_on(blobs)
    store.append(batch_of(A))
    with pytest.raises(StorageUnavailable, match="events/2015-05-03"):
        store.read()


def test_a_single_batch_is_not_even_opened() -> None:
    blobs = FakeBlobStore()
    store = store_on(blobs)
    store.append(batch_of(A, B))
    blobs.opened.clear()
    compacted(store)
    assert blobs.opened == []


def test_what_two_writers_stored_at_once_is_stored_once_afterwards() -> None:
    blobs = MeddledBlobs()
    store = store_on(blobs)
    blobs.meddling["create"] = lambda: store_on(blobs).append(batch_of(B, C))
    store.append(batch_of(A, B))
    compacted(store)
    (key,) = blobs.keys("events")
    assert sorted(decoded(key, blobs.read(key), SCHEMA, ["event_id"])["event_id"].to_pylist()) == [
        "of a",
        "of b",
        "of c",
    ]


def test_not_even_the_dictionary_of_a_file_keeps_the_id_of_a_forgotten_visitor() -> None:
    blobs, forgotten = FakeBlobStore(), FakeForgotten()
    store = ParquetEventStore(blobs, forgotten)
    store.append(batch_of(A, B))
    store.append(batch_of(A, C))  # of which only c is new
    forgotten.add({"a"}, CLOSED)
    store.append(batch_of(A, D))
    compacted(store, None)
    for key in blobs.keys("events"):
        users_held = decoded(key, blobs.read(key), SCHEMA, ["user_id"])["user_id"].chunk(0).dictionary
        assert users_held.to_pylist() == ["b", "c", "d"]


def test_a_day_of_forgotten_visitors_only_leaves_no_blob() -> None:
    blobs, forgotten = FakeBlobStore(), FakeForgotten()
    store = ParquetEventStore(blobs, forgotten)
    store.append(batch_of(A))
    store.append(batch_of(B))
    forgotten.add({"a", "b"}, CLOSED)
    compacted(store)
    assert blobs.keys("") == []
