"""Boosted trees against a walk from the root of every tree for every row."""

from __future__ import annotations

from dataclasses import replace
from math import exp, isnan
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.domain.ids import ABSENT
from recommender.domain.popularity import Floats
from recommender.domain.trees import BLOCK, MOST_LEAVES, BoostedRanker, Tree

INFINITY = float("inf")
NAN = float("nan")
THRESHOLDS = [-INFINITY, -1.0, -0.0, 0.0, 1e-300, 0.1, 0.1 + 1e-16, 1.0, INFINITY]
VALUES = [*THRESHOLDS, NAN, -2.0, 0.5, 3.0]
COLUMNS = 4

Nested = float | tuple[int, float, bool, "Nested", "Nested"]
"""A leaf's value; or column, threshold, whether NaN goes left, and what is left and right."""


def planted(nested: Nested) -> Tree:
    """The arrays of a tree, in the order in which a walk meets the nodes."""
    nodes: list[tuple[int, float, bool, int, int, float]] = []

    def plant(part: Nested) -> int:
        place = len(nodes)
        if isinstance(part, float):
            nodes.append((ABSENT, 0.0, False, 0, 0, part))
        else:
            column, threshold, missing_left, left, right = part
            nodes.append((column, threshold, missing_left, 0, 0, 0.0))
            nodes[place] = (column, threshold, missing_left, plant(left), plant(right), 0.0)
        return place

    plant(nested)
    return Tree(*(np.array(each) for each in zip(*nodes, strict=True)))


def ranker(*trees: Nested, baseline: float = 0.0, columns: int = COLUMNS) -> BoostedRanker:
    names = tuple(f"column {each}" for each in range(columns))
    return BoostedRanker.of(names, [planted(each) for each in trees], baseline)


def walked(nested: Nested, row: list[float]) -> float:
    while not isinstance(nested, float):
        column, threshold, missing_left, left, right = nested
        goes_left = missing_left if isnan(row[column]) else row[column] <= threshold
        nested = left if goes_left else right
    return nested


def oracle(trees: list[Nested], baseline: float, table: Floats) -> list[float]:
    sums = [baseline + sum(walked(each, row) for each in trees) for row in table.tolist()]
    return [1 / (1 + exp(-each)) for each in sums]


LEAVES = st.integers(-100, 100).map(lambda each: each / 64)
TREES = st.recursive(
    LEAVES,
    lambda parts: st.tuples(
        st.integers(0, COLUMNS - 1), st.sampled_from(THRESHOLDS), st.booleans(), parts, parts
    ),
    max_leaves=12,
)
FORESTS = st.lists(TREES, min_size=1, max_size=6)
COLUMN_OF_VALUES = st.one_of(st.sampled_from(VALUES).map(lambda each: [each]), st.just(VALUES))


@st.composite
def tables(draw: st.DrawFn, most: int = 12) -> Floats:
    """Tables of zero or more rows, in which some columns are the same in all rows."""
    rows = draw(st.integers(0, most))
    columns = [
        draw(st.lists(st.sampled_from(draw(COLUMN_OF_VALUES)), min_size=rows, max_size=rows))
        for _ in range(COLUMNS)
    ]
    return np.array(columns, np.float64).reshape(COLUMNS, rows).T


def grown(rng: np.random.Generator, leaves: int) -> Nested:
    """A tree of so many leaves, of any shape."""
    if leaves == 1:
        return float(rng.normal())
    fewer = int(rng.integers(1, leaves))
    parts = grown(rng, fewer), grown(rng, leaves - fewer)
    return (int(rng.integers(COLUMNS)), round(rng.normal(), 1), bool(rng.random() < 0.5), *parts)


@given(FORESTS, tables(), st.floats(-5, 5))
def test_each_row_gets_what_a_walk_through_every_tree_finds(
    trees: list[Nested], table: Floats, baseline: float
) -> None:
    found = ranker(*trees, baseline=baseline).probabilities(table)
    assert found.dtype == np.float64
    assert found.tolist() == pytest.approx(oracle(trees, baseline, table), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("leaves", [2, 31, 32, 33, MOST_LEAVES])
@pytest.mark.parametrize("rows", [1, 63, 64, 65, 200, BLOCK, BLOCK + 1, 3 * BLOCK + 7])
def test_trees_and_tables_of_any_size(leaves: int, rows: int) -> None:
    rng = np.random.default_rng(leaves * rows)
    trees = [grown(rng, leaves), grown(rng, leaves // 2), grown(rng, leaves)]
    table = rng.normal(size=(rows, COLUMNS)).round(1)
    table[::7, 1] = NAN
    table[:, 2] = 0.25
    assert ranker(*trees).probabilities(table).tolist() == pytest.approx(oracle(trees, 0.0, table), rel=1e-12)


@given(FORESTS, tables(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_does_not_matter(trees: list[Nested], table: Floats, random: Random) -> None:
    boosted = ranker(*trees)
    order = random.sample(range(len(table)), len(table))
    assert boosted.probabilities(table[order]).tolist() == boosted.probabilities(table)[order].tolist()


@pytest.mark.parametrize("rows", [1, 64, 100, BLOCK + 1])
def test_a_row_alone_gets_exactly_what_it_gets_among_others(rows: int) -> None:
    """Also by rounding, and so there are many trees, the values of whose leaves are no round numbers."""
    rng = np.random.default_rng(rows)
    boosted = ranker(*(grown(rng, 5) for _ in range(150)))
    table = rng.normal(size=(rows, COLUMNS))
    alone = [boosted.probabilities(table[[row]]).item() for row in range(rows)]
    assert alone == boosted.probabilities(table).tolist()


def test_a_value_equal_to_the_threshold_goes_left() -> None:
    table = np.array([[0.1], [np.nextafter(0.1, 1)], [np.nextafter(0.1, 0)]])
    found = ranker((0, 0.1, False, -1.0, 1.0), columns=1).probabilities(table)
    assert (found < 0.5).tolist() == [True, False, True]


@pytest.mark.parametrize("rows", [[[NAN, 1.0]], [[NAN, 1.0], [NAN, 1.0]], [[NAN, 1.0], [5.0, 1.0]]])
@pytest.mark.parametrize("missing_left", [False, True])
def test_a_missing_value_goes_where_the_node_says(rows: list[list[float]], missing_left: bool) -> None:  # noqa: FBT001 - a case
    found = ranker((0, 1.0, missing_left, -1.0, 1.0), columns=2).probabilities(np.array(rows))
    assert (found[0] < 0.5) == missing_left


def test_two_nodes_of_one_threshold_may_send_what_is_missing_to_different_sides() -> None:
    trees: list[Nested] = [(0, 1.0, True, -1.0, 1.0), (0, 1.0, False, -0.25, 0.25)]
    found = ranker(*trees, columns=1).probabilities(np.array([[NAN], [0.0]]))
    assert found == pytest.approx([1 / (1 + exp(0.75)), 1 / (1 + exp(1.25))])


def test_infinities_are_beyond_every_threshold_but_their_own() -> None:
    table = np.array([[-INFINITY], [0.0], [INFINITY], [NAN]])
    finite = ranker((0, 0.0, False, -1.0, 1.0), columns=1).probabilities(table)
    assert (finite < 0.5).tolist() == [True, True, False, False]
    known = ranker((0, INFINITY, False, -1.0, 1.0), columns=1).probabilities(table)
    assert (known < 0.5).tolist() == [True, True, True, False]


def test_trees_of_a_single_leaf_say_the_same_of_every_row() -> None:
    found = ranker(0.5, -0.25, baseline=1.0, columns=1).probabilities(np.array([[0.0], [NAN]]))
    assert found == pytest.approx([1 / (1 + exp(-1.25))] * 2)


def test_a_forest_may_need_no_column() -> None:
    assert ranker(0.0, columns=0).probabilities(np.empty((3, 0))).tolist() == [0.5] * 3


def test_no_rows_have_no_probabilities() -> None:
    assert ranker((0, 0.0, True, -1.0, 1.0)).probabilities(np.empty((0, COLUMNS))).tolist() == []


def test_extreme_values_of_leaves_stay_probabilities_and_do_not_overflow() -> None:
    found = ranker((0, 0.0, True, -1e300, 1e300), columns=1).probabilities(np.array([[-1.0], [1.0]]))
    assert np.isfinite(found).all()
    assert found == pytest.approx([0.0, 1.0])


def test_the_table_is_not_changed() -> None:
    table = np.random.default_rng(0).normal(size=(5, COLUMNS))
    before = table.copy()
    table.setflags(write=False)
    ranker((0, 0.0, True, -1.0, 1.0), (3, 0.5, True, -1.0, 1.0)).probabilities(table)
    assert (table == before).all()


def test_a_table_that_is_stored_by_columns_gives_the_same() -> None:
    rng = np.random.default_rng(0)
    boosted = ranker(grown(rng, 20))
    table = rng.normal(size=(100, COLUMNS))
    assert boosted.probabilities(np.asfortranarray(table)).tolist() == boosted.probabilities(table).tolist()


def test_the_baseline_moves_all_log_odds_alike() -> None:
    rng = np.random.default_rng(0)
    boosted = ranker(grown(rng, 20))
    table = rng.normal(size=(100, COLUMNS))
    before, after = (each.probabilities(table) for each in (boosted, replace(boosted, baseline=-2.0)))
    assert np.log(after / (1 - after)) == pytest.approx(np.log(before / (1 - before)) - 2.0)


def test_a_test_that_many_nodes_share_is_stored_once() -> None:
    stump: Nested = (1, 0.5, True, -1.0, 1.0)
    boosted = ranker(stump, stump, (1, 0.5, True, stump, 0.0))
    assert boosted.threshold.tolist() == [0.5]
    assert boosted.column.tolist() == [1]


def test_a_tree_of_more_leaves_than_a_byte_can_number_is_refused() -> None:
    with pytest.raises(ValueError, match="a tree has 257 leaves; at most 256 are possible"):
        ranker(0.0, grown(np.random.default_rng(0), MOST_LEAVES + 1))


def test_a_forest_without_trees_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one tree"):
        ranker()
