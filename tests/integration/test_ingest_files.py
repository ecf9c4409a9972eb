"""From files on disk through the real reader to the log; the stores are in memory."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from fakes.catalogue import FakeCatalogue, known_at
from fakes.events import FakeEventStore
from fakes.progress import HeardShares
from fakes.rejects import FakeRejects

from recommender.adapters.tables import RetailRocketFiles
from recommender.application.ingest import Counts, Ingest
from recommender.domain.errors import FileRefused

NOW = 1_443_000_000_000
EVENTS = "timestamp,visitorid,event,itemid,transactionid\n"
PROPERTIES = "timestamp,itemid,property,value\n"


class Shop:
    """A shop that imports real files."""

    def __init__(self, block: int = 1 << 16, batch_rows: int = 1_000_000) -> None:
        self.events, self.catalogue, self.rejects = FakeEventStore(), FakeCatalogue(), FakeRejects()
        self.progress = HeardShares()
        files = RetailRocketFiles(NOW, block)
        self.ingest = Ingest(files, self.events, self.catalogue, self.rejects, batch_rows)


def test_a_plain_file_and_its_gzip_are_the_same_import(tmp_path: Path) -> None:
    rows = "".join(f"{NOW - each},{each % 50},view,{each % 7},\n" for each in range(1_000)) + "damaged\n"
    plain, packed = tmp_path / "events.csv", tmp_path / "events.csv.gz"
    plain.write_text(EVENTS + rows)
    packed.write_bytes(gzip.compress((EVENTS + rows).encode()))
    shop = Shop(block=1 << 10, batch_rows=100)
    first = shop.ingest([plain], [], None, shop.progress)
    again = shop.ingest([packed], [], None, shop.progress)
    assert first.events == Counts(files=1, rows=1_001, new=1_000, rejected=1)
    assert again.events == Counts(files=1, rows=1_001, known=1_000, rejected=1)
    for shares in shop.progress.shares.values():
        assert shares == sorted(shares)
        assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert [(each.file, each.line) for each in shop.rejects.kept] == [
        ("events.csv", 1_002),
        ("events.csv.gz", 1_002),
    ]


def test_files_given_for_one_another_are_refused_before_anything_is_stored(tmp_path: Path) -> None:
    events, properties = tmp_path / "events.csv", tmp_path / "properties.csv"
    events.write_text(f"{EVENTS}{NOW},1,view,2,\n")
    properties.write_text(f"{PROPERTIES}{NOW},2,categoryid,3\n")
    shop = Shop()
    with pytest.raises(FileRefused, match="this is an events file; give it with --events"):
        shop.ingest([events], [properties, events], None, shop.progress)
    assert len(shop.events.read()) == 0
    assert known_at(shop.catalogue.history(), NOW) == {}


@pytest.mark.realdata
def test_the_real_sessions_are_read_whole(realdata: Path) -> None:
    blocks = list(RetailRocketFiles(NOW).events(realdata / "sessions/events.csv.gz"))
    assert sum(len(each.batch) for each in blocks) == sum(each.rows for each in blocks) == 685_984
    assert sum(len(each.rejects) for each in blocks) == 0
    assert len({user for each in blocks for user in each.batch.user_id}) == 126_168


@pytest.mark.realdata
def test_the_real_catalogue_is_read_whole(realdata: Path) -> None:
    blocks = list(RetailRocketFiles(NOW).properties(realdata / "catalogue/item_properties.csv.gz"))
    assert sum(len(each.batch) for each in blocks) == sum(each.rows for each in blocks) == 442_432
    assert sum(len(each.rejects) for each in blocks) == 0


@pytest.mark.realdata
@pytest.mark.parametrize("part", ["sessions", "buyers", "catalogue"])
def test_the_real_trees_have_no_loop(realdata: Path, part: str) -> None:
    parents, rejects = RetailRocketFiles(NOW).tree(realdata / part / "category_tree.csv")
    FakeCatalogue().plant(parents)
    assert (len(parents), rejects) == (1_669, ())


@pytest.mark.realdata
def test_the_real_buyers_are_imported_whole_and_only_once(realdata: Path) -> None:
    shop = Shop(block=1 << 22)
    file = realdata / "buyers/events.csv.gz"
    first = shop.ingest([file], [], None, shop.progress)
    assert (first.events.rows, first.events.rejected) == (97_381, 0)
    assert len(shop.events.read()) == first.events.new
    assert shop.ingest([file], [], None, shop.progress).events.new == 0
