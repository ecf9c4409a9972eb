from __future__ import annotations

import gzip
import io
import os
import zipfile
from pathlib import Path

import pytest

from recommender.adapters.tables import RetailRocketFiles
from recommender.application.ports import Reject
from recommender.domain.errors import FileRefused

NOW = 1_442_000_000_000
FILES = RetailRocketFiles(NOW)
EVENTS = "timestamp,visitorid,event,itemid,transactionid"
PROPERTIES = "timestamp,itemid,property,value"
TREE = "categoryid,parentid"
AN_EVENT = "1433221332117,257597,view,355908,"
WHOLE_NUMBER = "timestamp: expected a whole number of milliseconds since 1970"
SECONDS = "timestamp: are these seconds? milliseconds expected"
FUTURE = "timestamp: more than a day after now"
QUOTES = "expected every quote to be closed, on its line and before a comma"
LENGTH = "an id has 1 to 64 characters, this one"
CONTROL = "an id has no control characters"

BAD_EVENTS = [
    ("one column", "1433221332117", "expected 5 columns, found 1"),
    ("three columns", "1433221332117,1,view", "expected 5 columns, found 3"),
    ("six columns", AN_EVENT + ",", "expected 5 columns, found 6"),
    ("blanks", "   ", "expected 5 columns, found 1"),
    ("semicolons", AN_EVENT.replace(",", ";"), "expected 5 columns, found 1"),
    ("a decimal comma", "1433221332,117,1,view,2,", "expected 5 columns, found 6"),
    ("no timestamp", ",1,view,2,", WHOLE_NUMBER),
    ("a timestamp in words", "yesterday,1,view,2,", WHOLE_NUMBER),
    ("an ISO timestamp", "2015-06-02T05:02:12Z,1,view,2,", WHOLE_NUMBER),
    ("a negative timestamp", "-1433221332117,1,view,2,", WHOLE_NUMBER),
    ("a timestamp with a fraction", "1433221332117.0,1,view,2,", WHOLE_NUMBER),
    ("a timestamp of 13 characters with a point", "14332213321.7,1,view,2,", WHOLE_NUMBER),
    ("a timestamp in scientific notation", "1.43E+12,1,view,2,", WHOLE_NUMBER),
    ("a timestamp with a blank", " 1433221332117,1,view,2,", WHOLE_NUMBER),
    ("a timestamp in another script", "١٤٣٣٢٢١٣٣٢١١٧,1,view,2,", WHOLE_NUMBER),
    ("a timestamp in seconds", "1433221332,1,view,2,", SECONDS),
    ("the last timestamp taken for seconds", "99999999999,1,view,2,", SECONDS),
    ("a timestamp of zero", "0,1,view,2,", SECONDS),
    ("a timestamp in microseconds", "1433221332117000,1,view,2,", FUTURE),
    ("a timestamp beyond 64 bits", "9" * 30 + ",1,view,2,", FUTURE),
    ("a millisecond beyond tomorrow", f"{NOW + 86_400_001},1,view,2,", FUTURE),
    ("no visitor", "1433221332117,,view,2,", f"visitorid: {LENGTH} 0"),
    ("a visitor of 65 characters", f"1433221332117,{'x' * 65},view,2,", f"visitorid: {LENGTH} 65"),
    ("a visitor with a tab", "1433221332117,a\tb,view,2,", f"visitorid: {CONTROL}"),
    ("a visitor with an escape", "1433221332117,\x1b[2J,view,2,", f"visitorid: {CONTROL}"),
    ("a visitor with a DEL", "1433221332117,\x7f,view,2,", f"visitorid: {CONTROL}"),
    ("no event", "1433221332117,1,,2,", "event: expected view, addtocart or transaction"),
    ("an unknown event", "1433221332117,1,click,2,", "event: expected view, addtocart or transaction"),
    ("an event in capitals", "1433221332117,1,VIEW,2,", "event: expected view, addtocart or transaction"),
    ("no item", "1433221332117,1,view,,", f"itemid: {LENGTH} 0"),
    ("an item of 65 letters with accents", f"1433221332117,1,view,{'é' * 65},", f"itemid: {LENGTH} 65"),
    ("a transaction of 65 characters", f"1433221332117,1,view,2,{'x' * 65}", f"transactionid: {LENGTH} 65"),
    ("a NUL", "1433221332117,1\0,view,2,", "a NUL byte; expected text"),
    (
        "a carriage return",
        "1433221332117,1,view\r,2,",
        "a carriage return within the line; expected one row a line",
    ),
    ("an open quote", '1433221332117,"1,view,2,', QUOTES),
    ("text behind a quote", '1433221332117,"1"1,view,2,', QUOTES),
    (
        "a line of a megabyte",
        "1433221332117,1,view,2," + "x" * (1 << 20),
        "the line is longer than 65536 bytes",
    ),
]

BAD_PROPERTIES = [
    ("a missing value", "1433221332117,1,categoryid", "expected 4 columns, found 3"),
    ("a short row of a property that is not used", "1433221332117,1,888", "expected 4 columns, found 3"),
    ("a timestamp in seconds", "1433221332,1,categoryid,2", SECONDS),
    ("no item", "1433221332117,,available,1", f"itemid: {LENGTH} 0"),
    ("an empty category", "1433221332117,1,categoryid,", f"value: {LENGTH} 0"),
    ("an availability in words", "1433221332117,1,available,yes", "value: expected 0 or 1 for available"),
    ("an availability of 2", "1433221332117,1,available,2", "value: expected 0 or 1 for available"),
    ("no availability", "1433221332117,1,available,", "value: expected 0 or 1 for available"),
]

BAD_CATEGORIES = [
    ("one column", "1016", "expected 2 columns, found 1"),
    ("no category", ",213", f"categoryid: {LENGTH} 0"),
    ("a parent of 65 characters", f"1016,{'x' * 65}", f"parentid: {LENGTH} 65"),
    ("a second parent", "1,3", "categoryid: 1 already has the parent 2; found the parent 3"),
    ("a root that had a parent", "1,", "categoryid: 1 already has the parent 2; found no parent"),
]


def cases(table: list[tuple[str, str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        ("row", "reason"), [pytest.param(row, reason, id=name) for name, row, reason in table]
    )


def written(folder: Path, content: str) -> Path:
    file = folder / "given.csv"
    file.write_bytes(content.encode())
    return file


@cases(BAD_EVENTS)
def test_a_bad_event_is_refused_with_its_line_and_the_others_are_read(
    tmp_path: Path, row: str, reason: str
) -> None:
    (block,) = FILES.events(written(tmp_path, f"{EVENTS}\n{AN_EVENT}\n{row}\n{AN_EVENT}\n"))
    assert block.rejects == (Reject("given.csv", 3, reason, row[:200]),)
    assert (len(block.batch), block.rows) == (2, 3)


@cases(BAD_PROPERTIES)
def test_a_bad_property_is_refused_with_its_line_and_the_others_are_read(
    tmp_path: Path, row: str, reason: str
) -> None:
    good = "1433221332117,1,categoryid,2"
    (block,) = FILES.properties(written(tmp_path, f"{PROPERTIES}\n{good}\n{row}\n{good}\n"))
    assert block.rejects == (Reject("given.csv", 3, reason, row),)
    assert (len(block.batch), block.rows) == (2, 3)


@cases(BAD_CATEGORIES)
def test_a_bad_category_is_refused_with_its_line_and_the_others_are_read(
    tmp_path: Path, row: str, reason: str
) -> None:
    parents, rejects = FILES.tree(written(tmp_path, f"{TREE}\n1,2\n{row}\n2,\n"))
    assert rejects == (Reject("given.csv", 3, reason, row),)
    assert parents == {"1": "2", "2": None}


def test_bytes_that_are_not_utf8_are_refused_and_shown_as_well_as_possible(tmp_path: Path) -> None:
    file = tmp_path / "given.csv"
    file.write_bytes(f"{EVENTS}\n{AN_EVENT}\n".encode() + b"1433221332117,caf\xe9,view,1,\n")
    (block,) = FILES.events(file)
    assert block.rejects == (
        Reject("given.csv", 3, "bytes that are not UTF-8", "1433221332117,caf\ufffd,view,1,"),
    )


def test_the_last_moments_that_are_accepted_are_accepted(tmp_path: Path) -> None:
    rows = f"{NOW + 86_400_000},1,view,2,\n100000000000,1,view,2,\n"
    (block,) = FILES.events(written(tmp_path, f"{EVENTS}\n{rows}"))
    assert block.batch.timestamp.tolist() == [NOW + 86_400_000, 100_000_000_000]


def zipped(content: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        files.writestr("events.csv", content)
    return archive.getvalue()


BINARY = bytes(range(1, 256)).replace(b"\n", b"")
WRONG_FILES = [
    ("an empty file", b"", "expected an events file; this file is empty"),
    ("an empty gzip", gzip.compress(b""), "expected an events file; this file is empty"),
    (
        "item properties",
        f"{PROPERTIES}\n".encode(),
        "this is an item properties file; give it with --item-properties",
    ),
    ("a tree", gzip.compress(TREE.encode()), "this is a category tree; give it with --category-tree"),
    ("a zip", zipped(EVENTS), "expected an events file; this is a zip archive, unpack it first"),
    ("no header", AN_EVENT.encode(), f"expected the header {EVENTS}; found '{AN_EVENT}'"),
    (
        "columns in another order",
        b"visitorid,timestamp\n",
        f"expected the header {EVENTS}; found 'visitorid,",
    ),
    ("semicolons", EVENTS.replace(",", ";").encode(), f"expected the header {EVENTS}; found 'timestamp;"),
    ("a blank first line", f"\n{EVENTS}\n".encode(), f"expected the header {EVENTS}; found ''"),
    ("UTF-16", EVENTS.encode("utf-16"), "expected an events file as UTF-8 text; these bytes are not text"),
    ("a picture", b"\x89PNG\r\n\x1a\n\0\0", f"expected the header {EVENTS}; found '\ufffdPNG'"),
    ("binary garbage", BINARY, f"expected the header {EVENTS}; found '\\x01"),
    ("binary garbage with NUL", b"\0" + BINARY, "expected an events file as UTF-8 text; these bytes are not"),
    (
        "a gzip cut off in the header",
        gzip.compress(EVENTS.encode(), compresslevel=0)[:40],
        "the gzip file is cut off here; expected more data",
    ),
    (
        "a gzip cut off in its first bytes",
        b"\x1f\x8b\x08",
        "the gzip file is cut off here; expected more data",
    ),
    (
        "a gzip of an unknown kind",
        b"\x1f\x8b" + b"x" * 99,
        "the gzip file is damaged here; expected valid data",
    ),
]


@pytest.mark.parametrize(
    ("content", "expected"), [pytest.param(content, why, id=name) for name, content, why in WRONG_FILES]
)
def test_a_file_that_is_no_events_file_is_refused_by_the_call(
    tmp_path: Path, content: bytes, expected: str
) -> None:
    file = tmp_path / "given.csv"
    file.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        FILES.events(file)
    assert refused.value.file == str(file)
    assert refused.value.expected.startswith(expected)


def test_an_events_file_is_refused_as_properties_and_as_tree(tmp_path: Path) -> None:
    file = written(tmp_path, f"{EVENTS}\n{AN_EVENT}\n")
    for read in (FILES.properties, FILES.tree):
        with pytest.raises(FileRefused, match="this is an events file; give it with --events"):
            read(file)


def test_half_a_tree_is_refused_because_it_would_replace_a_whole_one(tmp_path: Path) -> None:
    file = tmp_path / "given.csv"
    file.write_bytes(gzip.compress(f"{TREE}\n1,2\n2,\n".encode(), compresslevel=0)[:-10])
    with pytest.raises(FileRefused, match="the gzip file is cut off here"):
        FILES.tree(file)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for file, why in (
        (tmp_path, "expected a file; this is a directory"),
        (tmp_path / "missing.csv", "expected a file; there is none of this name"),
        (tmp_path / "pipe", "expected a regular file, which can be read twice"),
        (tmp_path / ("x" * 300), "cannot be read: File name too long"),
    ):
        with pytest.raises(FileRefused) as refused:
            FILES.events(file)
        assert refused.value.expected == why


def test_a_file_that_vanishes_after_its_check_is_refused(tmp_path: Path) -> None:
    file = written(tmp_path, f"{EVENTS}\n{AN_EVENT}\n")
    blocks = FILES.events(file)
    file.unlink()
    with pytest.raises(FileRefused, match="there is none of this name"):
        next(blocks)
