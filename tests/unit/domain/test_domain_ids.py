from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW

from recommender.domain.ids import ABSENT, MAX_ID_LENGTH, SIGNPOST, IdTable, why_not_an_id

PRINTABLE = st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=6)
SIMILAR = st.text("a0é\uffee\U0001f600", min_size=1, max_size=4)
"""Few characters of one, two, three and four bytes: many ids are equal or begin like another."""

IDS = st.lists(st.one_of(PRINTABLE, SIMILAR), max_size=15)


def all_ids(table: IdTable) -> list[str]:
    return table.ids(range(len(table)))


def test_ids_are_in_the_order_of_their_code_points_and_not_of_numbers_or_of_an_alphabet() -> None:
    table = IdTable.of(["é", "9", "10", "z", "B", "a", "😀", "\uffee", "015", "15"])
    assert all_ids(table) == ["015", "10", "15", "9", "B", "a", "z", "é", "\uffee", "😀"]


def test_an_id_comes_back_as_it_was_with_its_leading_zeros() -> None:
    table = IdTable.of(["15", "015", "0015"])
    assert table.id(table.row("015")) == "015"
    assert len(table) == 3


def test_repeated_ids_are_one_row() -> None:
    assert all_ids(IdTable.of(["b", "a", "b"])) == ["a", "b"]


@pytest.mark.parametrize("wanted", ["", "a", "c", "ba", "b ", "\U0010ffff"])
def test_an_id_that_a_table_lacks_is_absent(wanted: str) -> None:
    assert IdTable.of(["b", "bb"]).row(wanted) == ABSENT


@pytest.mark.parametrize("size", [SIGNPOST - 1, SIGNPOST, SIGNPOST + 1, 3 * SIGNPOST])
def test_of_a_long_table_every_id_is_found_and_none_between_them(size: int) -> None:
    ids = [f"{number:04d}" for number in range(size)]
    table = IdTable.of(ids)
    assert table.rows(ids).tolist() == list(range(size))
    assert set(table.rows(f"{each}-" for each in ["", *ids]).tolist()) == {ABSENT}


def test_text_that_can_be_no_id_is_absent() -> None:
    assert IdTable.of(["b"]).rows(["b" * 1000, "\0", "b\0"]).tolist() == [ABSENT] * 3


def test_an_empty_table_has_no_rows_and_knows_nobody() -> None:
    empty, full = IdTable.of([]), IdTable.of(["a", "b"])
    assert (len(empty), empty.row("a"), empty.ids([])) == (0, ABSENT, [])
    assert empty.rows(["a", "b"]).tolist() == [ABSENT, ABSENT]
    assert empty.rows_in(full).tolist() == []
    assert full.rows_in(empty).tolist() == [ABSENT, ABSENT]
    assert all_ids(empty.union(empty)) == []
    assert all_ids(empty.union(full)) == all_ids(full.union(empty)) == ["a", "b"]
    assert all_ids(full.taking(np.array([], np.int64))) == []
    table, rows = IdTable.coding([])
    assert (len(table), rows.tolist()) == (0, [])
    assert rows.dtype == np.int32


@given(IDS)
@example(["", "a"])
@LAW
def test_the_order_of_rows_is_the_order_of_ids(ids: list[str]) -> None:
    assert all_ids(IdTable.of(ids)) == sorted(set(ids))


@given(IDS)
@LAW
def test_every_id_is_found_where_it_stands(ids: list[str]) -> None:
    table = IdTable.of(ids)
    assert table.rows(all_ids(table)).tolist() == list(range(len(table)))


@given(IDS, IDS)
@LAW
def test_the_rows_of_many_ids_are_the_row_of_each(ids: list[str], wanted: list[str]) -> None:
    slow = sorted(set(ids))
    rows = IdTable.of(ids).rows(wanted)
    assert rows.dtype == np.int32
    assert rows.tolist() == [slow.index(each) if each in slow else ABSENT for each in wanted]


@given(IDS)
@LAW
def test_coding_a_column_gives_the_table_of_its_ids_and_the_row_of_each(ids: list[str]) -> None:
    for column in (ids, np.array(ids, np.object_)):
        table, rows = IdTable.coding(column)
        assert all_ids(table) == all_ids(IdTable.of(ids))
        assert table.ids(rows) == ids
        assert rows.dtype == np.int32


@given(IDS, IDS)
@LAW
def test_rows_in_another_table_are_those_of_looking_up_every_id(mine: list[str], theirs: list[str]) -> None:
    one, other = IdTable.of(mine), IdTable.of(theirs)
    found = one.rows_in(other)
    assert found.dtype == np.int32
    assert found.tolist() == other.rows(all_ids(one)).tolist()


@given(IDS, IDS)
@LAW
def test_a_union_is_the_table_of_both_lists(mine: list[str], theirs: list[str]) -> None:
    union = IdTable.of(mine).union(IdTable.of(theirs))
    expected = IdTable.of([*mine, *theirs])
    np.testing.assert_array_equal(union.blob, expected.blob, strict=True)
    np.testing.assert_array_equal(union.offsets, expected.offsets, strict=True)


@given(IDS, st.data())
@LAW
def test_taking_rows_gives_the_table_of_their_ids(ids: list[str], data: st.DataObject) -> None:
    table = IdTable.of(ids)
    chosen = [row for row in range(len(table)) if data.draw(st.booleans())]
    taken = table.taking(np.array(chosen, np.int64))
    assert all_ids(taken) == table.ids(chosen)
    assert taken.rows(table.ids(chosen)).tolist() == list(range(len(chosen)))


@pytest.mark.parametrize(
    "text",
    ["1", "015", "a b", "a\u00a0b", "é", "日本語", "😀", "\U0001f469\u200d\U0001f467", "x" * MAX_ID_LENGTH],
)
def test_text_of_up_to_64_characters_without_control_characters_is_an_id(text: str) -> None:
    assert why_not_an_id(text) is None


@pytest.mark.parametrize("text", ["", "x" * (MAX_ID_LENGTH + 1)])
def test_an_id_that_is_empty_or_too_long_is_refused_with_its_length(text: str) -> None:
    assert why_not_an_id(text) == f"an id has 1 to 64 characters, this one {len(text)}"


@pytest.mark.parametrize("text", ["\0", "a\tb", "a\n", "\x7f", "\x85"])
def test_control_characters_are_refused(text: str) -> None:
    assert why_not_an_id(text) == "an id has no control characters"


def test_half_a_surrogate_pair_is_no_id_because_no_file_could_hold_it() -> None:
    assert why_not_an_id("\ud800") is not None


def test_a_table_that_was_asked_can_be_sent_to_another_process() -> None:
    table = IdTable.of(["a", "b"])
    assert table.row("b") == 1
    assert pickle.loads(pickle.dumps(table)).ids([1, 0]) == ["b", "a"]  # noqa: S301 - our own
