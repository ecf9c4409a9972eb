from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.adapters.tables import exact
from recommender.adapters.tables.blocks import event_block, property_block
from recommender.adapters.tables.judging import judge
from recommender.adapters.tables.opening import Stretch
from recommender.application.ports import Block

NOW = 1_442_000_000_000

TIMES = [
    *("1442086400000", "1442086400001", "1000000000000", "999999999999", "1433221332", "0433221332117"),
    *("01433221332117", "14332213321170", "9999999999999", "", " 1433221332117", "+433221332117"),
    *("-433221332117", "14332213321.7", "14332213321 7", "143322133211a", "\uff11433221332117", "9" * 30),
]
IDS = [
    "",
    "x",
    "x" * 64,
    "x" * 65,
    "é" * 64,
    "é" * 65,
    "NA",
    " ",
    '"a,b"',
    '"',
    'a"b',
    '"a""b"',
    "\t",
    "\x7f",
    "\xa0",
]
WORDS = ["view", "addtocart", "transaction", "purchase", "View", "buy", "", '"view"', "vie", "views"]
NAMES = ["categoryid", "available", "888", "", "categoryiD", '"available"', "é", "available "]
VALUES = ["0", "1", "2", "00", "1.0", *IDS]
ENDS = ["", ",", ",1", "\r", "\0", '"', "é"]


def field(good: str, others: list[str]) -> st.SearchStrategy[str]:
    """A good value in most cases, so that most rows have at most one fault."""
    return st.integers(0, 9).flatmap(
        lambda chance: st.just(good) if chance < 7 else st.sampled_from(others) | st.text(max_size=3)
    )


def lines(*columns: st.SearchStrategy[str]) -> st.SearchStrategy[bytes]:
    """Text of rows of the columns, and some rubbish between them."""
    row = st.tuples(st.tuples(*columns).map(",".join), field("", ENDS)).map("".join)
    encoded = (row | row | row | st.text(max_size=20)).map(lambda text: text.encode(errors="replace"))
    with_bad_bytes = st.tuples(encoded, st.binary(max_size=2)).map(b"".join)
    line = encoded | encoded | encoded | with_bad_bytes
    return st.lists(line.map(without_newlines), max_size=12).map(ended)


def without_newlines(line: bytes) -> bytes:
    return line.replace(b"\n", b"")


def ended(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def assert_fast_reading_is_exact(
    block: Block[Any], columns: tuple[str, ...], stretch: Stretch, parse: Callable[[bytes], Any]
) -> None:
    everything = np.ones(stretch.lines, bool)
    one_by_one = judge(stretch, everything, "given.csv", parse)
    fast = list(zip(*(getattr(block.batch, name).tolist() for name in columns), strict=True))
    assert fast == list(one_by_one.accepted.values())
    assert list(block.rejects) == one_by_one.rejects
    assert block.rows == stretch.lines - one_by_one.blank


@given(
    lines(
        field("1433221332117", TIMES),
        field("15", IDS),
        field("view", WORDS),
        field("7", IDS),
        field("", IDS),
    )
)
def test_events_read_in_blocks_are_those_read_line_by_line(text: bytes) -> None:
    stretch = Stretch(text, 2, 1.0)
    assert_fast_reading_is_exact(
        event_block(stretch, "given.csv", NOW),
        exact.EVENT_COLUMNS,
        stretch,
        lambda line: exact.event(exact.fields_of(line, 5), NOW),
    )


@given(
    lines(
        field("1433221332117", TIMES),
        field("15", IDS),
        st.sampled_from(NAMES),
        field("1", VALUES),
    )
)
def test_properties_read_in_blocks_are_those_read_line_by_line(text: bytes) -> None:
    stretch = Stretch(text, 2, 1.0)
    assert_fast_reading_is_exact(
        property_block(stretch, "given.csv", NOW),
        exact.PROPERTY_COLUMNS,
        stretch,
        lambda line: exact.item_property(exact.fields_of(line, 4), NOW),
    )
