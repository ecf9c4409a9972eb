from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, MIDDLE, T0, assert_same, catalogue_of, row_lists

from recommender.domain.catalogue import CatalogueSnapshot, Property
from recommender.domain.ids import ABSENT, IdTable
from recommender.domain.popularity import HALF_LIVES, Floats, Window
from recommender.domain.retrieval.charts import Charts

SCORES = st.lists(st.tuples(st.integers(-1, 3), st.integers(-1, 3)), min_size=8, max_size=8)
"""Two scores of each of the items a to h, many of them equal."""

SHOPS = row_lists().map(lambda rows: catalogue_of(rows).at(MIDDLE).over(IdTable.of("abcdefgh")))


def slow_chart(
    catalogue: CatalogueSnapshot, score: Floats, category: int, above: float = -np.inf
) -> list[int]:
    """Sort the available items of the subtree by score, and equal ones by row."""
    tree = catalogue.tree
    rows = [row for row in range(len(score)) if catalogue.available[row] and score[row] > above]
    if category != ABSENT:
        rows = [row for row in rows if category in tree.path(int(catalogue.category[row]))]
    return sorted(rows, key=lambda row: (-score[row], row))


@given(SHOPS, SCORES, st.sampled_from([-np.inf, 0.0]), st.integers(0, 9))
@LAW
def test_every_list_is_that_of_sorting_its_members(
    catalogue: CatalogueSnapshot, scores: list[tuple[int, int]], above: float, limit: int
) -> None:
    table = np.array(scores, np.float64)
    charts = Charts.of(table, catalogue, above)
    for score in range(2):
        for category in (ABSENT, *range(len(catalogue.tree))):
            slow = slow_chart(catalogue, table[:, score], category, above)
            assert charts.best(score, category, 100).tolist() == slow
            assert charts.best(score, category, limit).tolist() == slow[:limit]


@given(SHOPS, SCORES)
@LAW
def test_a_score_does_not_change_the_lists_of_another(
    catalogue: CatalogueSnapshot, scores: list[tuple[int, int]]
) -> None:
    table = np.array(scores, np.float64)
    both, alone = Charts.of(table, catalogue), Charts.of(table[:, 1:], catalogue)
    for category in (ABSENT, *range(len(catalogue.tree))):
        assert_same(both.best(1, category, 100), alone.best(0, category, 100))


def test_a_shop_without_items_has_empty_charts() -> None:
    nothing = catalogue_of([]).at(T0)
    charts = Charts.of(np.empty((0, 2)), nothing)
    charts.check(0, len(nothing.tree), 2)
    assert charts.best(1, ABSENT, 5).tolist() == []
    assert charts.best(0, 0, 5).tolist() == []


def test_a_shop_without_categories_has_the_list_of_the_shop() -> None:
    catalogue = catalogue_of([(T0, "b", Property.AVAILABLE, "1"), (T0, "a", Property.AVAILABLE, "1")]).at(T0)
    bare = CatalogueSnapshot(
        catalogue.items, catalogue.category, catalogue.available, type(catalogue.tree).of({})
    )
    assert Charts.of(np.array([[1.0], [2.0]]), bare).best(0, ABSENT, 5).tolist() == [1, 0]


@pytest.mark.parametrize("window", Window)
def test_every_window_has_a_half_life_and_longer_ones_look_further_back(window: Window) -> None:
    assert list(HALF_LIVES) == sorted(HALF_LIVES)
    assert HALF_LIVES[window] > 0
    assert window.wire == window.name.lower()
