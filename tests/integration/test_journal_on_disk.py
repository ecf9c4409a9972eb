"""The journal and the log as two doors to the same days."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from fakes.clock import FixedClock
from fakes.events import MIDNIGHT, batch_of, rows_of, users, views
from fakes.forgotten import FakeForgotten
from fakes.live import seen
from fakes.progress import FakeProgress
from unit.contracts.journal import BOUGHT, JournalContract

from recommender.adapters.journal import BlobJournal
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetEventStore
from recommender.adapters.parquet.batches import encoded
from recommender.adapters.parquet.day import ADDED, SCHEMA
from recommender.domain.errors import CorruptData
from recommender.domain.events import DAY

WRITER = "0123abcd"


class TestBlobJournal(JournalContract):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> LocalBlobStore:
        return LocalBlobStore(tmp_path)

    @pytest.fixture
    def forgotten(self) -> FakeForgotten:
        return FakeForgotten()

    @pytest.fixture
    def log(self, blobs: LocalBlobStore, forgotten: FakeForgotten) -> ParquetEventStore:
        return ParquetEventStore(blobs, forgotten)

    @pytest.fixture
    def journal(self, blobs: LocalBlobStore) -> BlobJournal:
        return BlobJournal(blobs, FixedClock(MIDNIGHT + DAY), WRITER, most_parts=2)

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> BlobJournal:
        (tmp_path / "file").touch()
        return BlobJournal(LocalBlobStore(tmp_path / "file"), FixedClock(MIDNIGHT), WRITER)

    def test_tidying_up_changes_nothing_that_is_read(
        self, journal: BlobJournal, log: ParquetEventStore, blobs: LocalBlobStore
    ) -> None:
        for number in range(9):
            journal.write([seen(str(number), MIDNIGHT, str(number)), seen("again", MIDNIGHT, "again")])
        before = rows_of(log.read())
        journal.tidy()
        assert rows_of(log.read()) == before
        assert len(blobs.keys("events")) == 3  # 2 x 4 events, and the last one

    def test_what_else_was_said_of_an_event_outlives_compaction(
        self, journal: BlobJournal, log: ParquetEventStore, tmp_path: Path
    ) -> None:
        journal.write([BOUGHT])
        journal.write([seen("1", MIDNIGHT)])
        log.compact(MIDNIGHT + 9 * DAY, FakeProgress())
        (file,) = (tmp_path / "events/2015-05-03").iterdir()
        look, purchase = pq.read_table(file).to_pylist()
        assert (look["more"], purchase["more"]) == (None, '{"price": 1, "session_id": "s"}')
        assert purchase["transaction_id"] == "t"

    def test_files_from_before_there_was_a_journal_are_read_and_merged(
        self, journal: BlobJournal, log: ParquetEventStore, blobs: LocalBlobStore
    ) -> None:
        old = batch_of(*views(MIDNIGHT))
        log.append(old)
        (key,) = blobs.keys("events")
        blobs.delete(key)
        columns = [name for name in SCHEMA.names if name not in ADDED]
        schema = SCHEMA.remove(SCHEMA.get_field_index("more"))
        table = schema.empty_table().from_pydict({name: getattr(old, name) for name in columns}, schema)
        blobs.create(key, encoded(table))
        assert users(log) == ["a"]
        journal.write([seen("later", MIDNIGHT + 1, "later")])
        log.compact(MIDNIGHT + 9 * DAY, FakeProgress())
        assert users(log) == ["a", "later"]
        assert len(blobs.keys("events")) == 1

    def test_who_is_forgotten_is_not_read_and_goes_with_the_next_compaction(
        self, journal: BlobJournal, log: ParquetEventStore, forgotten: FakeForgotten, tmp_path: Path
    ) -> None:
        journal.write([seen("1", MIDNIGHT, "a"), seen("2", MIDNIGHT, "b")])
        forgotten.add({"a"}, MIDNIGHT)
        assert users(log) == ["b"]
        assert log.compact(None, FakeProgress()).forgotten == 1
        (file,) = (tmp_path / "events/2015-05-03").iterdir()
        assert pq.read_table(file)["user_id"].to_pylist() == ["b"]

    def test_a_damaged_batch_is_named(self, log: ParquetEventStore, blobs: LocalBlobStore) -> None:
        key = f"events/2015-05-03/000000-{MIDNIGHT:015}-{WRITER}-00000001.jsonl"
        blobs.create(key, b'{"event_id": "1"')
        with pytest.raises(CorruptData, match=WRITER):
            log.read()
