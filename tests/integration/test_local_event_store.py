"""The log as Parquet on a real disk."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pyarrow as pa
import pytest
from fakes.blobs import FakeBlobStore
from fakes.events import MIDNIGHT, Event, FakeEventStore, batch_of, rows_of, users, views
from fakes.forgotten import FakeForgotten
from fakes.progress import FakeProgress
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.event_store import IDS, EventStoreContract, batches, few_settings, moments

from recommender.adapters.blobs import BlobStore
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetEventStore
from recommender.adapters.parquet.batches import encoded
from recommender.application.ports import EventStore, Forgotten
from recommender.domain.errors import CorruptData, StorageUnavailable
from recommender.domain.events import DAY, EventBatch

Step = EventBatch | tuple[str, int] | int | None

steps = st.lists(batches | moments | st.tuples(st.sampled_from(IDS), moments.filter(bool)), max_size=8)
"""A batch is appended, a visitor forgotten up to a moment, the log compacted up to a moment or not at all."""


def store_on(blobs: BlobStore) -> ParquetEventStore:
    """A store that forgets nobody."""
    return ParquetEventStore(blobs, FakeForgotten())


def answer(store: EventStore, forgotten: Forgotten, step: Step) -> object:
    """What the store says to a step."""
    match step:
        case EventBatch():
            return store.append(step)
        case (user, moment):
            forgotten.add({user}, moment)
            return None
        case _:
            done = store.compact(step, FakeProgress())
            return done.days, done.batches_before, done.batches_after


class TestParquetEventStore(EventStoreContract):
    @pytest.fixture
    def new_store(self, tmp_path: Path) -> Callable[[Forgotten], EventStore]:
        number = count()
        return lambda forgotten: ParquetEventStore(LocalBlobStore(tmp_path / str(next(number))), forgotten)

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> EventStore:
        (tmp_path / "file").touch()
        return store_on(LocalBlobStore(tmp_path / "file"))

    @few_settings
    @given(given=steps, start=moments, end=moments)
    def test_it_answers_as_the_fake_does(
        self,
        given: list[Step],
        start: int | None,
        end: int | None,
        new_store: Callable[[Forgotten], EventStore],
    ) -> None:
        for_real, for_fake = FakeForgotten(), FakeForgotten()
        real, fake = new_store(for_real), FakeEventStore(for_fake)
        for step in given:
            assert answer(real, for_real, step) == answer(fake, for_fake, step)
        found, expected = real.read(start, end), fake.read(start, end)
        assert rows_of(found) == rows_of(expected)
        for table, same in ((found.users, expected.users), (found.items, expected.items)):
            assert table.ids(range(len(table))) == same.ids(range(len(same)))


def test_a_batch_is_one_blob_for_each_day(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    store = store_on(blobs)
    store.append(batch_of(*views(MIDNIGHT - 1, MIDNIGHT, MIDNIGHT + 1)))
    store.append(batch_of(Event("late", MIDNIGHT)))
    folders, names = zip(*(key.rsplit("/", 1) for key in blobs.keys("events")), strict=True)
    assert folders == ("events/2015-05-02", "events/2015-05-03", "events/2015-05-03")
    assert [name[:7] for name in names] == ["000000-", "000000-", "000001-"]


def test_after_an_interruption_the_same_append_completes_the_batch() -> None:
    blobs = FakeBlobStore()
    store = store_on(blobs)
    batch = batch_of(*views(MIDNIGHT, MIDNIGHT + DAY, MIDNIGHT + 2 * DAY))
    blobs.room = 1
    with pytest.raises(StorageUnavailable):
        store.append(batch)
    assert users(store) == ["a"]
    blobs.room = 9
    assert store.append(batch) == 2
    assert users(store) == ["a", "b", "c"]


def test_what_two_writers_stored_at_once_is_read_once(tmp_path: Path) -> None:
    one, other = LocalBlobStore(tmp_path / "one"), LocalBlobStore(tmp_path / "other")
    a, b, c = views(MIDNIGHT, MIDNIGHT + 1, MIDNIGHT + 2)
    store_on(one).append(batch_of(a, b))
    store_on(other).append(batch_of(b, c))
    for key in other.keys("events"):  # as if the other writer had looked before the first one wrote
        one.create(key, other.read(key))
    store = store_on(one)
    assert users(store) == ["a", "b", "c"]
    assert users(store, MIDNIGHT + 1, MIDNIGHT + 2) == ["b"]
    assert store.append(batch_of(a, b, c)) == 0


def test_only_the_days_of_the_range_are_opened(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    store = store_on(blobs)
    store.append(batch_of(*views(MIDNIGHT, MIDNIGHT + DAY - 1)))
    for day in ("2015-05-02", "2015-05-04"):
        blobs.create(f"events/{day}/000000-{'0' * 32}.parquet", b"nobody can open this")
    assert users(store, MIDNIGHT, MIDNIGHT + DAY) == ["a", "b"]
    for start, end in ((MIDNIGHT - 1, MIDNIGHT), (MIDNIGHT, MIDNIGHT + DAY + 1), (None, None)):
        with pytest.raises(CorruptData):
            store.read(start, end)


def test_a_range_opens_the_batches_of_its_days_once_and_no_others() -> None:
    blobs = FakeBlobStore()
    store = store_on(blobs)
    for event in views(*[MIDNIGHT + day * DAY for day in (0, 0, 1, 2, 2)]):
        store.append(batch_of(event))
    blobs.opened.clear()
    store.read(MIDNIGHT + DAY - 1, MIDNIGHT + 2 * DAY)
    assert sorted(blobs.opened) == [key for key in blobs.keys("events") if "2015-05-05" not in key]


def test_files_that_are_no_batches_are_left_alone(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    blobs.create("events/2015-05-03/notes.txt", b"")
    store = store_on(blobs)
    assert store.append(batch_of(*views(MIDNIGHT))) == 1
    assert users(store) == ["a"]


@pytest.mark.parametrize("size", [0, 3, 100, -1])
def test_a_truncated_blob_is_refused_and_named(size: int, tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    store = store_on(blobs)
    store.append(batch_of(*views(MIDNIGHT)))
    (key,) = blobs.keys("events")
    whole = blobs.read(key)
    (tmp_path / key).write_bytes(whole[:size])
    with pytest.raises(CorruptData, match=key):
        store.read()


@pytest.mark.parametrize("table", [pa.table({}), pa.table({"event_id": ["1"], "when": [MIDNIGHT]})])
def test_a_blob_of_other_columns_is_refused_and_named(table: pa.Table, tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    key = f"events/2015-05-03/000000-{'0' * 32}.parquet"
    blobs.create(key, encoded(table))
    with pytest.raises(CorruptData, match=key) as refusal:
        store_on(blobs).read()
    assert "expected the columns" in str(refusal.value.__cause__)
