from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import (
    LAW,
    PARENTS,
    T0,
    Event,
    Row,
    catalogue_of,
    event_lists,
    row_lists,
)

from recommender.domain.catalogue import CatalogueSnapshot, CategoryTree, Property, PropertyBatch
from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.ids import ABSENT, IdTable
from recommender.domain.index import Index
from recommender.domain.retrieval import SOURCES

CATEGORY, AVAILABLE = Property
MOMENTS = st.integers(-1, 45).map(lambda each: T0 + each // 10 * DAY + each % 10 * 10 * MINUTE)
NAMES = st.sampled_from("abcdef")
FORESTS = st.dictionaries(NAMES, st.one_of(st.none(), NAMES))


def path_of(tree: CategoryTree, category: str) -> list[str]:
    return tree.ids.ids(tree.path(tree.ids.row(category)))


def said(snapshot: CatalogueSnapshot) -> dict[str, tuple[str | None, bool]]:
    """A snapshot as item -> (category, available)."""
    names = [None if row == ABSENT else snapshot.tree.ids.id(row) for row in snapshot.category.tolist()]
    items = snapshot.items.ids(range(len(snapshot.items)))
    return dict(zip(items, zip(names, snapshot.available.tolist(), strict=True), strict=True))


def slow_snapshot(rows: list[Row], moment: int) -> dict[str, tuple[str | None, bool]]:
    """Read the rows one by one in order of time, each overwriting what was said before."""
    known: dict[str, tuple[str | None, bool]] = {}
    for time, item, kind, value in sorted(rows, key=lambda row: row[0]):
        if time <= moment:
            category, available = known.get(item, (None, True))
            known[item] = (value, available) if kind == CATEGORY else (category, value != "0")
    return known


def slow_ancestors(parents: dict[str, str | None], category: str) -> list[str]:
    """The category and what is above it, as far as the first repeat."""
    path = [category]
    while (above := parents.get(path[-1])) and above not in path:
        path.append(above)
    return path


def is_its_own_ancestor(parents: dict[str, str | None], category: str) -> bool:
    return parents.get(slow_ancestors(parents, category)[-1]) == category


def test_a_path_climbs_from_a_category_to_its_root() -> None:
    tree = CategoryTree.of(PARENTS)
    assert path_of(tree, "leaf") == ["leaf", "left", "top"]
    assert path_of(tree, "alone") == ["alone"]
    assert tree.path(ABSENT) == []


def test_a_parent_that_is_no_category_of_its_own_becomes_a_root() -> None:
    assert path_of(CategoryTree.of({"child": "unheard-of"}), "child") == ["child", "unheard-of"]


def test_an_empty_tree_has_no_categories_and_one_level_of_nothing() -> None:
    tree = CategoryTree.of({})
    assert len(tree) == 0
    assert tree.levels.tolist() == [[ABSENT]]


def test_levels_are_read_from_the_root_and_absent_finds_a_row_of_nothing() -> None:
    tree = CategoryTree.of({"a": None, "b": "a", "c": "b", "d": None})
    a, b, c, d = range(4)
    expected = [[a, -1, -1], [a, b, -1], [a, b, c], [d, -1, -1]]
    assert tree.levels[:4].tolist() == expected
    assert tree.levels[ABSENT].tolist() == [ABSENT] * 3
    assert tree.levels.dtype == np.int32


@pytest.mark.parametrize("parents", [{"a": "a"}, {"a": "b", "b": "a"}, {"a": "b", "b": "c", "c": "a"}])
def test_a_loop_is_refused_and_a_category_of_it_is_named(parents: dict[str, str | None]) -> None:
    with pytest.raises(ValueError, match=r"^category '[abc]' is its own ancestor$"):
        CategoryTree.of(parents)


def test_a_category_that_only_leads_into_a_loop_is_not_blamed_for_it() -> None:
    with pytest.raises(ValueError, match=r"^category '[yz]' is its own ancestor$"):
        CategoryTree.of({"innocent": "y", "y": "z", "z": "y"})


@given(FORESTS)
@LAW
def test_a_tree_is_refused_if_and_only_if_a_category_is_its_own_ancestor(
    parents: dict[str, str | None],
) -> None:
    looped = {category for category in parents if is_its_own_ancestor(parents, category)}
    if looped:
        with pytest.raises(ValueError, match="is its own ancestor") as refused:
            CategoryTree.of(parents)
        assert str(refused.value).split("'")[1] in looped
    else:
        tree = CategoryTree.of(parents)
        assert all(path_of(tree, each) == slow_ancestors(parents, each) for each in parents)


@given(FORESTS.filter(lambda each: not any(is_its_own_ancestor(each, name) for name in each)), st.data())
@LAW
def test_more_categories_become_roots_and_change_no_path(
    parents: dict[str, str | None], data: st.DataObject
) -> None:
    others = data.draw(st.lists(st.sampled_from("abcdefgh0é")))
    tree = CategoryTree.of(parents)
    grown = tree.with_categories(IdTable.of(others))
    before = tree.ids.ids(range(len(tree)))
    assert grown.ids.ids(range(len(grown))) == sorted({*before, *others})
    assert all(path_of(grown, each) == path_of(tree, each) for each in before)
    assert all(path_of(grown, each) == [each] for each in set(others) - set(before))


def test_the_last_row_at_or_before_the_moment_wins() -> None:
    catalogue = catalogue_of([(T0 + 10, "i", CATEGORY, "right"), (T0, "i", CATEGORY, "left")])
    assert said(catalogue.at(T0 + 9)) == {"i": ("left", True)}
    assert said(catalogue.at(T0 + 10)) == {"i": ("right", True)}


def test_of_several_rows_at_one_time_the_last_in_the_file_wins() -> None:
    catalogue = catalogue_of([(T0, "i", CATEGORY, each) for each in ("left", "right", "leaf", "top")])
    assert said(catalogue.at(T0)) == {"i": ("top", True)}


def test_before_its_first_row_an_item_is_not_known() -> None:
    catalogue = catalogue_of([(T0, "i", CATEGORY, "left")])
    assert said(catalogue.at(T0 - 1)) == {}


def test_an_item_without_an_available_row_is_available() -> None:
    assert said(catalogue_of([(T0, "i", CATEGORY, "left")]).at(T0)) == {"i": ("left", True)}


def test_an_item_may_be_sold_out_and_come_back_without_a_category() -> None:
    catalogue = catalogue_of([(T0, "i", AVAILABLE, "0"), (T0 + 1, "i", AVAILABLE, "1")])
    assert said(catalogue.at(T0)) == {"i": (None, False)}
    assert said(catalogue.at(T0 + 1)) == {"i": (None, True)}


def test_a_category_outside_the_tree_is_a_root() -> None:
    tree = catalogue_of([(T0, "i", CATEGORY, "stray")]).at(T0).tree
    assert path_of(tree, "stray") == ["stray"]
    assert path_of(tree, "leaf") == ["leaf", "left", "top"]


def test_a_catalogue_without_rows_knows_its_tree_and_no_item() -> None:
    catalogue = catalogue_of([])
    assert said(catalogue.at(T0)) == {}
    assert len(catalogue.first) == 0
    assert len(catalogue.tree) == len(PARENTS)


def test_a_batch_of_rows_is_as_long_as_its_columns() -> None:
    one = (
        np.array([T0], np.int64),
        np.array(["i"], np.object_),
        np.zeros(1, np.int8),
        np.array(["left"], np.object_),
    )
    assert len(PropertyBatch(*one)) == 1


def test_an_item_is_first_spoken_of_by_whatever_row_is_earliest() -> None:
    catalogue = catalogue_of([(T0 + 5, "i", CATEGORY, "left"), (T0 + 3, "i", AVAILABLE, "1")])
    assert catalogue.first.tolist() == [T0 + 3]


@given(row_lists(), MOMENTS)
@LAW
def test_a_snapshot_is_what_reading_the_rows_one_by_one_gives(rows: list[Row], moment: int) -> None:
    assert said(catalogue_of(rows).at(moment)) == slow_snapshot(rows, moment)


@given(row_lists(), st.lists(st.sampled_from("abcdefghxyz")))
@LAW
def test_over_other_items_a_snapshot_says_the_same_and_nothing_of_items_it_lacks(
    rows: list[Row], others: list[str]
) -> None:
    snapshot = catalogue_of(rows).at(T0 + 2 * DAY)
    before = said(snapshot)
    after = said(snapshot.over(IdTable.of(others)))
    assert after == {item: before.get(item, (None, True)) for item in sorted(set(others))}


@given(event_lists(least=1), row_lists())
@LAW
def test_the_number_of_events_never_changes_in_a_join_with_the_catalogue(
    events: list[Event], rows: list[Row]
) -> None:
    index = Index.fit(InteractionLog.of(*events), catalogue_of(rows), SOURCES)
    assert int(index.histories.counts.sum()) == len(index.histories.item) == len(events)
    assert set(index.items.ids(range(len(index.items)))) >= {each[3] for each in events}
