from __future__ import annotations

import gzip
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest

from recommender.adapters.tables import RetailRocketFiles
from recommender.adapters.tables.opening import BLOCK
from recommender.application.ports import Block
from recommender.domain.catalogue import PropertyBatch
from recommender.domain.events import EventBatch

NOW = 1_442_000_000_000
FILES = RetailRocketFiles(NOW)
EVENTS = "timestamp,visitorid,event,itemid,transactionid\n"
PROPERTIES = "timestamp,itemid,property,value\n"
TREE = "categoryid,parentid\n"
THREE = (
    "1433221332117,257597,view,355908,\n"
    "1433224214164,992329,addtocart,248676,\n"
    "1433221999827,111016,transaction,318965,4000\n"
)

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(content: bytes) -> Path:
        file = tmp_path / "given.csv"
        file.write_bytes(content)
        return file

    return written


def event_rows(block: Block[EventBatch]) -> list[tuple[object, ...]]:
    batch = block.batch
    columns = (batch.timestamp, batch.user_id, batch.type, batch.item_id, batch.transaction_id)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def property_rows(block: Block[PropertyBatch]) -> list[tuple[object, ...]]:
    batch = block.batch
    columns = (batch.timestamp, batch.item_id, batch.property, batch.value)
    return list(zip(*(column.tolist() for column in columns), strict=True))


def events(file: Path, block: int = BLOCK) -> list[Block[EventBatch]]:
    return list(RetailRocketFiles(NOW, block).events(file))


EXPECTED = [
    (1433221332117, "257597", 0, "355908", ""),
    (1433224214164, "992329", 1, "248676", ""),
    (1433221999827, "111016", 2, "318965", "4000"),
]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param((EVENTS + THREE).encode(), id="as published"),
        pytest.param((EVENTS + THREE).rstrip("\n").encode(), id="without a last newline"),
        pytest.param((EVENTS + THREE).replace("\n", "\r\n").encode(), id="with CRLF"),
        pytest.param((EVENTS + THREE).replace("\n", "\r\n").rstrip("\n").encode(), id="ending in CR"),
        pytest.param((EVENTS + THREE).encode("utf-8-sig"), id="with a BOM"),
        pytest.param((EVENTS + THREE.replace("\n", "\n\n")).encode(), id="with blank lines"),
        pytest.param((EVENTS + THREE.replace("view", '"view"')).encode(), id="with quotes"),
        pytest.param(('"' + EVENTS[:-1].replace(",", '","') + '"\n' + THREE).encode(), id="quoted header"),
        pytest.param(
            (EVENTS + THREE.replace("addtocart", "add_to_cart").replace("view", "view_item")).encode(),
            id="with GA4's names",
        ),
        pytest.param((EVENTS + THREE.replace("1433", "0001433")).encode(), id="with leading zeros"),
        pytest.param(gzip.compress((EVENTS + THREE).encode()), id="gzip under another name"),
        pytest.param(
            gzip.compress(EVENTS.encode()) + gzip.compress(THREE.encode()), id="gzip in two members"
        ),
    ],
)
def test_the_same_rows_are_read_however_they_are_written(write: Write, content: bytes) -> None:
    (block,) = events(write(content))
    assert event_rows(block) == EXPECTED
    assert (block.rows, block.rejects, block.done) == (3, (), 1.0)
    assert block.batch.event_id.tolist() == [
        blake2b(line.encode(), digest_size=16).hexdigest() for line in THREE.splitlines()
    ]


def test_columns_have_the_types_that_batches_promise(write: Write) -> None:
    for content in (THREE, THREE + "1433221332117,é,view,1,\n", ""):
        (block,) = events(write((EVENTS + content).encode()))
        batch = block.batch
        assert [str(column.dtype) for column in (batch.timestamp, batch.type)] == ["int64", "int8"]
        strings = (batch.event_id, batch.user_id, batch.item_id, batch.transaction_id)
        assert {column.dtype for column in strings} == {np.dtype(object)}
        assert {type(each) for column in strings for each in column} <= {str}


def test_a_header_alone_is_an_empty_file_of_its_kind(write: Write) -> None:
    (block,) = events(write(EVENTS.rstrip("\n").encode()))
    assert (len(block.batch), block.rows, block.rejects, block.done) == (0, 0, (), 1.0)


def test_identical_rows_have_one_id_and_different_rows_never(write: Write) -> None:
    rows = "1433221332117,a,view,1,\n" * 2 + '1433221332117,a,view,"1,2",\n1433221332117,a,view,1,"2,"\n'
    (block,) = events(write((EVENTS + rows).encode()))
    first, again, *others = block.batch.event_id.tolist()
    assert first == again
    assert len({first, *others}) == 3


def test_an_id_is_the_hash_of_the_row_in_canonical_form(write: Write) -> None:
    rows = '0433221332117,a,view,1,\n433221332117,"a",view_item,1,\n1433221332117,a"b,view,"1,2",\n'
    (block,) = events(write((EVENTS + rows).encode()))
    canonical = ["433221332117,a,view,1,"] * 2 + ['1433221332117,"a""b",view,"1,2",']
    assert block.batch.event_id.tolist() == [
        blake2b(row.encode(), digest_size=16).hexdigest() for row in canonical
    ]


def test_ids_keep_what_other_readers_lose(write: Write) -> None:
    rows = "1433221332117,015,view,NA, 7\n1433221332117,null,view,1e5,\n"
    (block,) = events(write((EVENTS + rows).encode()))
    assert event_rows(block) == [
        (1433221332117, "015", 0, "NA", " 7"),
        (1433221332117, "null", 0, "1e5", ""),
    ]


def test_rows_read_fast_and_rows_read_slowly_keep_the_order_of_the_file(write: Write) -> None:
    users = ["a", "é", "b", '"c,d"', "e"]
    rows = "".join(f"1433221332117,{user},view,1,\n" for user in users)
    (block,) = events(write((EVENTS + rows).encode()))
    assert block.batch.user_id.tolist() == ["a", "é", "b", "c,d", "e"]


@pytest.mark.parametrize("block", [40, 64, 1000])
def test_the_size_of_the_blocks_changes_nothing(write: Write, block: int) -> None:
    rows = (THREE + "1433221332117,é,view\n\n") * 50
    blocks = events(write(gzip.compress((EVENTS + rows).encode())), block=block)
    assert [row for each in blocks for row in event_rows(each)] == EXPECTED * 50
    assert [reject.line for each in blocks for reject in each.rejects] == list(range(5, 252, 5))
    assert sum(each.rows for each in blocks) == 200


def test_done_ascends_to_one(write: Write) -> None:
    rng = np.random.default_rng(0)
    rows = "".join(
        f"1433221332117,{rng.integers(10**12)},view,{rng.integers(10**12)},\n" for _ in range(20_000)
    )
    for content in ((EVENTS + rows).encode(), gzip.compress((EVENTS + rows).encode())):
        done = [each.done for each in events(write(content), block=1 << 16)]
        assert done == sorted(done)
        assert 0 < done[0] < 0.5
        assert done[-1] == 1.0


def test_a_file_cut_off_in_its_gzip_gives_the_rows_before_and_one_reject(write: Write) -> None:
    rng = np.random.default_rng(0)
    lines = [f"1433221332117,{rng.integers(10**12)},view,{rng.integers(10**12)}," for _ in range(5_000)]
    whole = gzip.compress((EVENTS + "\n".join(lines)).encode())
    blocks = events(write(whole[: len(whole) // 2]), block=1 << 14)
    read = [user for each in blocks for user in each.batch.user_id]
    assert read == [line.split(",")[1] for line in lines[: len(read)]]
    assert 2_000 < len(read) < 3_000
    (reject,) = (reject for each in blocks for reject in each.rejects)
    assert reject.reason == "the gzip file is cut off here; expected more data"
    assert (reject.line, lines[len(read)].startswith(reject.text)) == (len(read) + 2, True)
    assert sum(each.rows for each in blocks) == len(read) + 1
    assert blocks[-1].done == 1.0


def test_a_gzip_with_a_wrong_checksum_gives_its_rows_and_one_reject(write: Write) -> None:
    content = bytearray(gzip.compress((EVENTS + THREE).encode()))
    content[-8] ^= 1
    (block,) = events(write(bytes(content)))
    assert event_rows(block) == EXPECTED
    assert [each.reason for each in block.rejects] == ["the gzip file is damaged here; expected valid data"]


def test_only_used_properties_become_rows_and_the_others_are_counted(write: Write) -> None:
    rows = (
        "1435460400000,460429,categoryid,1338\n"
        "1441508400000,206783,888,1116713 960601 n277.200\n"
        "1439089200000,395014,available,0\n"
        "1431226800000,59481,790,n15360.000\n"
        "not a time,,888,é\n"
        "1431831600000,é,available,1\n"
    )
    (block,) = FILES.properties(write((PROPERTIES + rows).encode()))
    assert property_rows(block) == [
        (1435460400000, "460429", 0, "1338"),
        (1439089200000, "395014", 1, "0"),
        (1431831600000, "é", 1, "1"),
    ]
    assert (block.rows, block.rejects, block.done) == (6, (), 1.0)


def test_a_properties_file_without_used_properties_is_empty(write: Write) -> None:
    (block,) = FILES.properties(write((PROPERTIES + "1441508400000,206783,888,1\n" * 3).encode()))
    assert (len(block.batch), block.rows, block.rejects) == (0, 3, ())


def test_a_tree_has_parents_and_roots(write: Write) -> None:
    parents, rejects = FILES.tree(write((TREE + "1016,213\n213,\n1016,213\n").encode()))
    assert (parents, rejects) == ({"1016": "213", "213": None}, ())
