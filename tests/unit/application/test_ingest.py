from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes import catalogue, events
from fakes.catalogue import FakeCatalogue, Said
from fakes.events import Event, FakeEventStore
from fakes.import_files import FakeImportFiles
from fakes.progress import HeardShares
from fakes.rejects import FakeRejects

from recommender.application.ingest import EXAMPLES, KEPT_PER_FILE, Counts, Ingest, IngestSummary
from recommender.application.ports import Block, Reject
from recommender.domain.catalogue import PropertyBatch
from recommender.domain.errors import FileRefused, StorageUnavailable
from recommender.domain.events import EventBatch

MAY, JUNE = Path("events/may.csv"), Path("events/june.csv")
PROPERTIES, TREE = Path("properties.csv"), Path("tree.csv")


def refused(*lines: int, reason: str = "why", file: str = "may.csv") -> tuple[Reject, ...]:
    return tuple(Reject(file, line, reason, "text") for line in lines)


def event_block(
    *rows: Event, rejects: tuple[Reject, ...] = (), unused: int = 0, done: float = 1.0
) -> Block[EventBatch]:
    return Block(events.batch_of(*rows), rejects, len(rows) + len(rejects) + unused, done)


def property_block(*rows: Said, unused: int = 0) -> Block[PropertyBatch]:
    return Block(catalogue.batch_of(*rows), (), len(rows) + unused, 1.0)


class Shop:
    """A shop with files to import, and everything that an import of them reaches."""

    def __init__(self, files: FakeImportFiles) -> None:
        self.files = files
        self.events = RememberingStore()
        self.catalogue = FakeCatalogue()
        self.rejects = FakeRejects()
        self.progress = HeardShares()

    def ingest(self, *, tree: Path | None = None, batch_rows: int = 1_000) -> IngestSummary:
        use_case = Ingest(self.files, self.events, self.catalogue, self.rejects, batch_rows)
        return use_case(list(self.files.event_files), list(self.files.property_files), tree, self.progress)


class RememberingStore(FakeEventStore):
    """An event store that also remembers the sizes of the batches it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def append(self, batch: EventBatch) -> int:
        self.sizes.append(len(batch))
        return super().append(batch)


def shop_with(*blocks: Block[EventBatch]) -> Shop:
    return Shop(FakeImportFiles({MAY: blocks}))


def numbered(first: int, last: int) -> Sequence[Event]:
    return [Event(f"{each}", each) for each in range(first, last)]


def test_an_import_stores_the_tree_the_properties_and_the_events() -> None:
    shop = Shop(
        FakeImportFiles(
            {MAY: [event_block(Event("a", 1)), event_block(Event("b", 2, "v"))]},
            {PROPERTIES: [property_block(Said(1, "i", "phones"), unused=4)]},
            {TREE: ({"phones": "goods", "goods": None}, refused(7, file="tree.csv"))},
        )
    )
    assert shop.ingest(tree=TREE) == IngestSummary(
        events=Counts(files=1, rows=2, new=2),
        properties=Counts(files=1, rows=5, new=1, unused=4),
        categories=2,
        reasons={"why": 1},
        examples=refused(7, file="tree.csv"),
        unkept=0,
    )
    assert [row[:2] for row in events.rows_of(shop.events.read())] == [(1, "u"), (2, "v")]
    history = shop.catalogue.history()
    assert catalogue.known_at(history, 1) == {"i": ("phones", True)}
    assert catalogue.parents_of(history.tree) == {"phones": "goods", "goods": None}
    assert shop.rejects.kept == list(refused(7, file="tree.csv"))


def test_nothing_given_is_nothing_imported() -> None:
    shop = Shop(FakeImportFiles())
    assert shop.ingest() == IngestSummary(Counts(), Counts(), None, {}, (), 0)
    assert shop.progress.shares == {}


def test_a_file_without_rows_stores_nothing_and_counts_as_a_file() -> None:
    shop = shop_with(event_block())
    assert shop.ingest().events == Counts(files=1)
    assert shop.events.sizes == []


def test_importing_again_finds_nothing_new_and_changes_nothing() -> None:
    shop = Shop(
        FakeImportFiles(
            {MAY: [event_block(Event("a", 1), Event("b", 2), rejects=refused(4))]},
            {PROPERTIES: [property_block(Said(1, "i", "phones"))]},
            {TREE: ({"phones": None}, ())},
        )
    )
    shop.ingest(tree=TREE)
    before = events.rows_of(shop.events.read()), catalogue.known_at(shop.catalogue.history(), 9)
    again = shop.ingest(tree=TREE)
    assert again.events == Counts(files=1, rows=3, known=2, rejected=1)
    assert again.properties == Counts(files=1, rows=1, known=1)
    assert (events.rows_of(shop.events.read()), catalogue.known_at(shop.catalogue.history(), 9)) == before
    assert shop.rejects.kept == list(refused(4))


def test_identical_rows_of_one_file_are_counted_as_known() -> None:
    shop = shop_with(event_block(Event("a", 1), Event("a", 1), Event("b", 2)), event_block(Event("b", 2)))
    assert shop.ingest().events == Counts(files=1, rows=4, new=2, known=2)


def test_several_files_are_counted_together() -> None:
    may, june = event_block(*numbered(0, 3)), event_block(*numbered(2, 9), rejects=refused(9))
    shop = Shop(FakeImportFiles({MAY: [may], JUNE: [june]}))
    assert shop.ingest().events == Counts(files=2, rows=11, new=9, known=1, rejected=1)


@pytest.mark.parametrize("wrong", ["events", "properties", "tree"])
def test_one_wrong_file_among_several_refuses_the_whole_import(wrong: str) -> None:
    shop = Shop(
        FakeImportFiles(
            {MAY: [event_block(Event("a", 1))]},
            {PROPERTIES: [property_block(Said(1, "i", "phones"))]},
            {TREE: ({"phones": None}, ())},
        )
    )
    given = {"events": MAY, "properties": PROPERTIES, "tree": TREE} | {wrong: JUNE}
    use_case = Ingest(shop.files, shop.events, shop.catalogue, shop.rejects)
    with pytest.raises(FileRefused, match=r"events/june\.csv"):
        use_case([MAY, given["events"]], [PROPERTIES, given["properties"]], given["tree"], shop.progress)
    assert_nothing_is_stored(shop)


def test_a_tree_with_a_loop_refuses_the_whole_import() -> None:
    shop = Shop(
        FakeImportFiles(
            {MAY: [event_block(Event("a", 1))]},
            trees={TREE: ({"phones": "goods", "goods": "phones"}, refused(7))},
        )
    )
    with pytest.raises(FileRefused, match=r"tree\.csv: expected a tree; category '.*' is its own ancestor"):
        shop.ingest(tree=TREE)
    assert_nothing_is_stored(shop)


def assert_nothing_is_stored(shop: Shop) -> None:
    assert len(shop.events.read()) == 0
    assert len(shop.catalogue.history().items) == 0
    assert len(shop.catalogue.history().tree) == 0
    assert shop.rejects.kept == []


def test_blocks_are_gathered_into_batches_that_do_not_span_files() -> None:
    blocks = [event_block(*numbered(first, first + 3)) for first in range(0, 12, 3)]
    shop = Shop(FakeImportFiles({MAY: [*blocks, event_block()], JUNE: [event_block(*numbered(12, 14))]}))
    assert shop.ingest(batch_rows=6).events.new == 14
    assert shop.events.sizes == [6, 6, 2]
    assert shop.events.read().timestamp.tolist() == list(range(14))


def test_progress_ascends_from_nothing_to_all_of_every_file() -> None:
    shop = Shop(
        FakeImportFiles(
            {MAY: [event_block(done=0.25), event_block(Event("a", 1), done=0.5), event_block()]},
            {PROPERTIES: [property_block()]},
            {TREE: ({}, ())},
        )
    )
    shop.ingest(tree=TREE)
    assert shop.progress.shares == {
        "tree.csv": [0.0, 1.0],
        "properties.csv": [0.0, 1.0],
        "may.csv": [0.0, 0.25, 0.5, 1.0],
    }


def test_reasons_are_counted_most_frequent_first_and_examples_are_few() -> None:
    many = refused(*range(2, 22), reason="seconds?")
    summary = shop_with(event_block(rejects=refused(1)), event_block(rejects=many)).ingest()
    assert list(summary.reasons.items()) == [("seconds?", 20), ("why", 1)]
    assert summary.examples == (*refused(1), *many[: EXAMPLES - 1])
    assert summary.unkept == 0


def test_refused_rows_beyond_the_limit_of_a_file_are_only_counted() -> None:
    half = KEPT_PER_FILE // 2
    blocks = [event_block(rejects=refused(*range(start, start + half))) for start in (0, half, 2 * half)]
    last = event_block(rejects=refused(*range(4 * half, 4 * half + 3)))
    short = event_block(rejects=refused(1, 2, file="june.csv"))
    shop = Shop(FakeImportFiles({MAY: [*blocks, last], JUNE: [short]}))
    summary = shop.ingest()
    assert shop.rejects.kept == [
        *refused(*range(KEPT_PER_FILE)),
        *refused(1, 2, file="june.csv"),
    ]
    assert summary.unkept == half + 3
    assert summary.events.rejected == summary.reasons["why"] == 3 * half + 5


def test_an_import_that_was_interrupted_is_completed_by_running_it_again() -> None:
    shop = Shop(
        FakeImportFiles(
            {MAY: [event_block(*numbered(0, 4))]}, {PROPERTIES: [property_block(Said(1, "i", "phones"))]}
        )
    )
    shop.events.unreachable = True
    with pytest.raises(StorageUnavailable):
        shop.ingest()
    shop.events.unreachable = False
    summary = shop.ingest()
    assert summary.properties == Counts(files=1, rows=1, known=1)
    assert summary.events == Counts(files=1, rows=4, new=4)
