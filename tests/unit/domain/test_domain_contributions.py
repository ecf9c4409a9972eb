"""Contributions against going down every tree with all rows at once, one node at a time."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_trees import COLUMNS, FORESTS, Nested, grown, ranker, tables

from recommender.domain.contributions import Contributions
from recommender.domain.explanation import COMPARED
from recommender.domain.popularity import Floats
from recommender.domain.ranking import LogisticRanker, Ranker
from recommender.domain.trees import BLOCK

Row = list[float]
FULL_TABLES = tables().filter(len)


def parts(nested: Nested, rows: list[Row]) -> tuple[list[Row], list[Row]]:
    """The rows that go left and right."""
    assert not isinstance(nested, float)
    column, threshold, missing_left, _, _ = nested
    left = [row for row in rows if (missing_left if isnan(row[column]) else row[column] <= threshold)]
    return left, [row for row in rows if not any(row is each for each in left)]


def mean(nested: Nested, rows: list[Row]) -> float:
    """The mean of what all rows get from a tree."""
    if isinstance(nested, float):
        return nested
    sides = zip(nested[3:], parts(nested, rows), strict=True)
    return sum(mean(below, some) * len(some) for below, some in sides if some) / len(rows)


def down(nested: Nested, row: Row, rows: list[Row], found: list[float]) -> None:
    """Ascribe every step of a row to the column that is tested."""
    if isinstance(nested, float):
        return
    for below, some in zip(nested[3:], parts(nested, rows), strict=True):
        if any(row is each for each in some):
            found[nested[0]] += mean(below, some) - mean(nested, rows)
            down(below, row, some, found)


def slow(trees: list[Nested], baseline: float, table: Floats) -> tuple[float, list[Row]]:
    rows = table.tolist()
    found = [[0.0] * COLUMNS for _ in rows]
    for tree in trees:
        for row, of_row in zip(rows, found, strict=True):
            down(tree, row, rows, of_row)
    return baseline + sum(mean(tree, rows) for tree in trees), found


def log_odds(ranker: Ranker, table: Floats) -> list[float]:
    return [log(each / (1 - each)) for each in ranker.probabilities(table).tolist()]


def summed(contributions: Contributions) -> list[float]:
    return [contributions.average + sum(row) for row in contributions.of.tolist()]


@given(FORESTS, FULL_TABLES, st.floats(-5, 5))
def test_the_contributions_of_trees_are_those_of_going_down_node_by_node(
    trees: list[Nested], table: Floats, baseline: float
) -> None:
    average, found = slow(trees, baseline, table)
    contributions = ranker(*trees, baseline=baseline).contributions(table, len(table))
    assert contributions.average == pytest.approx(average)
    np.testing.assert_allclose(contributions.of, found, rtol=1e-9, atol=1e-9)


@given(FORESTS, FULL_TABLES, st.floats(-5, 5))
def test_what_trees_contribute_and_the_average_add_up_to_the_log_odds(
    trees: list[Nested], table: Floats, baseline: float
) -> None:
    forest = ranker(*trees, baseline=baseline)
    assert summed(forest.contributions(table, len(table))) == pytest.approx(log_odds(forest, table), abs=1e-9)


@pytest.mark.parametrize("rows", [1, 63, 64, 65, BLOCK - 1, BLOCK])
def test_large_trees_and_many_rows_add_up_too(rows: int) -> None:
    rng = np.random.default_rng(rows)
    forest = ranker(grown(rng, 256), grown(rng, 31), grown(rng, 2), baseline=-1.0)
    table = rng.normal(size=(rows, COLUMNS)).round(1)
    assert summed(forest.contributions(table, rows)) == pytest.approx(log_odds(forest, table), abs=1e-9)


@given(FORESTS, FULL_TABLES, st.data())
def test_rows_that_are_not_explained_are_compared_with_all_the_same(
    trees: list[Nested], table: Floats, data: st.DataObject
) -> None:
    explained = data.draw(st.integers(0, len(table)))
    forest = ranker(*trees)
    some, every = (forest.contributions(table, number) for number in (explained, len(table)))
    assert some.average == every.average
    assert some.of.tolist() == every.of[:explained].tolist()


@given(FORESTS, FULL_TABLES, st.integers(0, COLUMNS - 1))
def test_a_column_in_which_all_rows_are_alike_contributes_nothing(
    trees: list[Nested], table: Floats, column: int
) -> None:
    table[:, column] = table[0, column]
    assert not ranker(*trees).contributions(table, len(table)).of[:, column].any()


def test_a_single_row_is_the_average() -> None:
    found = ranker((0, 0.5, True, 1.0, 2.0), baseline=0.5).contributions(np.zeros((1, COLUMNS)), 1)
    assert found.average == 1.5
    assert not found.of.any()


def test_a_tree_that_is_one_leaf_contributes_nothing() -> None:
    found = ranker(0.25).contributions(np.zeros((3, COLUMNS)), 3)
    assert found.average == 0.25
    assert not found.of.any()


def test_a_test_is_ascribed_to_its_column_by_what_it_changes() -> None:
    table = np.zeros((4, COLUMNS))
    table[0, 1] = table[1, 1] = table[0, 2] = 1
    both = ranker((1, 0.5, True, 0.0, (2, 0.5, True, 0.0, 8.0)))
    found = both.contributions(table, 4)
    assert found.average == 2
    assert found.of[:, 1].tolist() == [2, 2, -2, -2]
    assert found.of[:, 2].tolist() == [4, -4, 0, 0]


WEIGHTS = st.lists(st.floats(-3, 3), min_size=3, max_size=3)


@given(WEIGHTS, st.floats(-5, 5), st.lists(WEIGHTS, min_size=1, max_size=5))
def test_a_weight_contributes_by_the_distance_from_the_mean(
    weights: list[float], intercept: float, rows: list[list[float]]
) -> None:
    linear, table = LogisticRanker(("a", "b", "c"), np.array(weights), intercept), np.array(rows)
    found = linear.contributions(table, len(table))
    for row, of_row in zip(rows, found.of.tolist(), strict=True):
        for column, contribution in enumerate(of_row):
            middle = sum(each[column] for each in rows) / len(rows)
            assert contribution == pytest.approx(weights[column] * (row[column] - middle), abs=1e-12)
    raw = (table @ linear.weights + intercept).tolist()
    assert summed(found) == pytest.approx(raw, abs=1e-9)


def test_so_many_rows_as_are_compared_fit_into_one_block() -> None:
    assert COMPARED <= BLOCK
