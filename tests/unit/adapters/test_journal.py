"""The journal's own: its names, its lines, and how it tidies up."""

from __future__ import annotations

import pytest
from fakes.blobs import FakeBlobStore
from fakes.clock import FixedClock
from fakes.events import MIDNIGHT, FakeEventStore
from fakes.live import FakeJournal, event_ids, seen
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.journal import BOUGHT, JournalContract

from recommender.adapters.journal import BlobJournal, decoded_lines, encoded_lines, is_journal_key
from recommender.adapters.journal.journal import LEVELS
from recommender.application.ports import EventStore, Journal
from recommender.domain.errors import CorruptData, StorageUnavailable
from recommender.domain.events import DAY, EventType
from recommender.domain.live import LiveEvent

FOLDER = "events/2015-05-03"
WRITER = "0123abcd"
PARTS = 5


class TestFakeJournal(JournalContract):
    @pytest.fixture
    def log(self) -> EventStore:
        return FakeEventStore()

    @pytest.fixture
    def journal(self, log: EventStore) -> Journal:
        return FakeJournal(log)

    @pytest.fixture
    def unreachable(self, log: EventStore) -> Journal:
        journal = FakeJournal(log)
        journal.unreachable = True
        return journal


@pytest.fixture
def blobs() -> FakeBlobStore:
    return FakeBlobStore()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(MIDNIGHT + DAY)


@pytest.fixture
def journal(blobs: FakeBlobStore, clock: FixedClock) -> BlobJournal:
    return BlobJournal(blobs, clock, WRITER, PARTS)


json_values = st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5)
events = st.builds(
    LiveEvent,
    st.text(min_size=1),
    st.integers(0, 2**53),
    st.sampled_from(EventType),
    st.text(min_size=1),
    st.none() | st.text(min_size=1),
    st.text(min_size=1),
    st.dictionaries(st.sampled_from(["price", "properties", "transaction_id"]), json_values),
)


@given(given=st.lists(events))
def test_lines_bring_events_back_as_they_were(given: list[LiveEvent]) -> None:
    assert decoded_lines("key", encoded_lines(given)) == given


@pytest.mark.parametrize(
    "line",
    [
        b"{",
        b"[]",
        b"3",
        b'{"event_id": "1"}',
        b'{"event_id": "1", "timestamp": 1, "type": "look", "item_id": "i", "user_id": "u"}',
        b'{"event_id": "1", "timestamp": 1, "type": "view", "item_id": "i"}',
        b"\xff",
    ],
)
def test_a_damaged_line_is_named(line: bytes) -> None:
    whole = encoded_lines([seen("1", MIDNIGHT)])
    with pytest.raises(CorruptData, match=r"events/a\.jsonl.*line 2"):
        decoded_lines("events/a.jsonl", whole + line + b"\n")


def test_every_day_gets_a_batch_of_its_own(journal: BlobJournal, blobs: FakeBlobStore) -> None:
    journal.write([seen("1", MIDNIGHT), seen("2", MIDNIGHT + DAY), seen("3", MIDNIGHT)])
    assert blobs.keys("events") == [
        f"{FOLDER}/000000-001430697600000-{WRITER}-00000001.jsonl",
        f"events/2015-05-04/000000-001430697600000-{WRITER}-00000002.jsonl",
    ]
    assert all(map(is_journal_key, blobs.keys("events")))


def test_two_processes_never_write_to_one_name(blobs: FakeBlobStore, clock: FixedClock) -> None:
    BlobJournal(blobs, clock, WRITER).write([seen("1", MIDNIGHT)])
    with pytest.raises(CorruptData, match="another process"):
        BlobJournal(blobs, clock, WRITER).write([seen("2", MIDNIGHT)])


def test_many_batches_become_one_and_the_last_of_them_are_not_merged_again(
    journal: BlobJournal, blobs: FakeBlobStore
) -> None:
    for number in range(PARTS + 1):
        journal.write([seen(str(number), MIDNIGHT)])
    journal.tidy()
    assert len(blobs.keys("events")) == 2
    assert sorted(event_ids(list(journal.recent(MIDNIGHT))), key=int) == [str(n) for n in range(PARTS + 1)]


def test_what_was_merged_is_merged_once_more(journal: BlobJournal, blobs: FakeBlobStore) -> None:
    for number in range(PARTS**LEVELS):
        journal.write([seen(str(number), MIDNIGHT)])
        if number % PARTS == 0:
            journal.tidy()
    journal.tidy()
    assert len(blobs.keys("events")) == 1
    assert len({event.event_id for event in journal.recent(MIDNIGHT)}) == PARTS**LEVELS


def test_a_merging_that_failed_half_way_is_completed() -> None:
    class Stuck(FakeBlobStore):
        """Nothing can be deleted."""

        stuck = True

        def delete(self, key: str) -> None:
            if self.stuck:
                raise StorageUnavailable("it is stuck")
            super().delete(key)

    stuck = Stuck()
    journal = BlobJournal(stuck, FixedClock(MIDNIGHT), WRITER, PARTS)
    for number in range(PARTS):
        journal.write([seen(str(number), MIDNIGHT)])
    with pytest.raises(StorageUnavailable):
        journal.tidy()
    stuck.stuck = False
    journal.tidy()
    assert len(stuck.keys("events")) == 1
    assert len(list(journal.recent(MIDNIGHT))) == PARTS


def test_a_few_batches_are_left_alone(journal: BlobJournal, blobs: FakeBlobStore) -> None:
    for number in range(PARTS - 1):
        journal.write([seen(str(number), MIDNIGHT)])
    journal.tidy()
    assert len(blobs.keys("events")) == PARTS - 1


def test_what_is_merged_stays_in_its_place_also_when_the_clock_is_set_back(
    journal: BlobJournal, blobs: FakeBlobStore, clock: FixedClock
) -> None:
    for number in range(PARTS):
        journal.write([seen(str(number), MIDNIGHT)])
        clock.advance(-1)
    *_, last = sorted(blobs.keys("events"))
    journal.write([seen("later", MIDNIGHT)])
    journal.tidy()
    merged, later = blobs.keys("events")
    assert last < merged < later
    assert decoded_lines(later, blobs.read(later)) == [seen("later", MIDNIGHT)]


def test_what_a_compaction_took_away_needs_no_merging(journal: BlobJournal, blobs: FakeBlobStore) -> None:
    for number in range(PARTS):
        journal.write([seen(str(number), MIDNIGHT)])
    first, *others = blobs.keys("events")
    blobs.delete(first)
    journal.tidy()
    assert len(list(journal.recent(MIDNIGHT))) == len(others)
    for key in blobs.keys("events"):
        blobs.delete(key)
    for _ in range(PARTS):
        journal.write([BOUGHT])
    for key in blobs.keys("events"):
        blobs.delete(key)
    journal.tidy()
    assert blobs.keys("events") == []


def test_a_batch_that_is_merged_while_it_is_read_is_read_in_what_it_was_merged_into(
    journal: BlobJournal,
) -> None:
    for number in range(PARTS):
        journal.write([seen(str(number), MIDNIGHT)])
    reading = journal.recent(MIDNIGHT)
    next(reading)
    journal.tidy()
    assert {event.event_id for event in reading} == {str(number) for number in range(PARTS)}
