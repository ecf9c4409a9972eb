from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from recommender.domain.spans import distinct, entries, first_of_each, offsets, spans

LENGTHS = st.lists(st.integers(0, 5), max_size=8)


def slow_spans(starts: list[int], lengths: list[int]) -> list[tuple[int, int]]:
    return [
        (position, number)
        for number, (start, length) in enumerate(zip(starts, lengths, strict=True))
        for position in range(start, start + length)
    ]


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 5)), max_size=8))
def test_spans_are_every_position_of_each_in_turn(given: list[tuple[int, int]]) -> None:
    starts, lengths = [start for start, _ in given], [length for _, length in given]
    position, owner = spans(np.array(starts, np.int64), np.array(lengths, np.int64))
    assert list(zip(position.tolist(), owner.tolist(), strict=True)) == slow_spans(starts, lengths)


@given(LENGTHS, st.data())
def test_entries_are_what_the_lists_that_are_asked_for_hold(lengths: list[int], data: st.DataObject) -> None:
    rows = data.draw(st.lists(st.sampled_from(range(len(lengths))), max_size=8)) if lengths else []
    begin = offsets(np.array(lengths, np.int64))
    position, owner = entries(begin, np.array(rows, np.int32))
    asked = [(int(begin[row]), lengths[row]) for row in rows]
    assert list(zip(position.tolist(), owner.tolist(), strict=True)) == slow_spans(
        [start for start, _ in asked], [length for _, length in asked]
    )
    assert position.dtype == owner.dtype == np.int64


@given(LENGTHS)
def test_offsets_are_where_each_list_begins_and_the_last_ends(lengths: list[int]) -> None:
    found = offsets(np.array(lengths, np.int64))
    assert found.tolist() == [sum(lengths[:number]) for number in range(len(lengths) + 1)]
    assert found.dtype == np.int64


@given(LENGTHS, st.integers(0, 6))
def test_the_first_of_each_list_are_where_slicing_every_list_finds_them(
    lengths: list[int], most: int
) -> None:
    lists = np.split(np.arange(sum(lengths)), np.cumsum(lengths)[:-1]) if lengths else []
    begin, position = first_of_each(np.array(lengths, np.int64), most)
    assert [position[one:other].tolist() for one, other in pairwise(begin)] == [
        each[:most].tolist() for each in lists
    ]


@given(st.lists(st.integers(-3, 3), max_size=20))
def test_distinct_is_numpys_unique_with_its_inverse(values: list[int]) -> None:
    rows = np.array(values, np.int32)
    found, place = distinct(rows)
    expected, inverse = np.unique(rows, return_inverse=True)
    assert found.tolist() == expected.tolist()
    assert place.tolist() == inverse.tolist()
