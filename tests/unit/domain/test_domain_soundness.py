"""Models whose arrays contradict each other; what training makes never does."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.model_store import REQUESTS
from unit.domain.test_domain_shops import INDEXES, LAW
from unit.domain.test_domain_trees import FORESTS, Nested, ranker
from worlds import NOW, shop_model

from recommender.application.recommend import Recommend
from recommender.domain.features import feature_names
from recommender.domain.ids import IdTable
from recommender.domain.index import Index
from recommender.domain.model import Model
from recommender.domain.retrieval import Source
from recommender.domain.trees import BoostedRanker

Array = np.ndarray[Any, Any]
Part = TypeVar("Part")

SHOP = shop_model()
TREES: tuple[Nested, ...] = ((3, 0.5, True, 0.25, (7, 1.5, False, -0.5, 0.75)), (7, 2.0, False, 0.0, 1.0))
MODEL = replace(
    SHOP,
    rankers=(
        replace(ranker(*TREES, columns=len(feature_names(SHOP.index))), features=feature_names(SHOP.index)),
        SHOP.rankers[1],
    ),
)
"""The small shop, with a ranker of each kind."""


def called(part: object) -> str:
    """A source or a ranker stands under its name, in a place of its own."""
    return f".{getattr(part, 'NAME', '')}".rstrip(".")


def arrays_of(value: object, path: str = "") -> Iterator[tuple[str, Array]]:
    """Every array below a value, by its path."""
    if isinstance(value, np.ndarray):
        yield path, value
    elif isinstance(value, tuple):
        for number, part in enumerate(value):
            yield from arrays_of(part, f"{path}.{number}{called(part)}")
    elif is_dataclass(value):
        for each in fields(value):
            yield from arrays_of(getattr(value, each.name), f"{path}.{each.name}".lstrip("."))


def with_array(value: Part, path: str, array: Array, here: str = "") -> Part:
    """The same value with another array at a path."""
    if here == path:
        return array  # type: ignore[return-value]
    if isinstance(value, tuple):
        parts = (
            with_array(part, path, array, f"{here}.{number}{called(part)}")
            for number, part in enumerate(value)
        )
        return tuple(parts)  # type: ignore[return-value]
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value,
            **{
                each.name: with_array(
                    getattr(value, each.name), path, array, f"{here}.{each.name}".lstrip(".")
                )
                for each in fields(value)
                if path.startswith(f"{here}.{each.name}".lstrip("."))
            },
        )
    return value


ARRAYS = dict(arrays_of(MODEL))


def put(place: Any, value: object) -> Callable[[Array], Array]:  # noqa: ANN401 - whatever an index may be
    def change(array: Array) -> Array:
        changed = array.copy()
        changed[place] = value
        return changed

    return change


def shorter(array: Array) -> Array:
    return array[:-1]


def flat(array: Array) -> Array:
    return array.ravel()


def upside_down(array: Array) -> Array:
    return array[::-1].copy()


NEIGHBOURS, STEPS = "index.sources.1.session_neighbours", "index.sources.2.co_visitation"
TOGETHER, VECTORS = "index.sources.3.bought_together", "index.sources.4.similar_items"
IN_CATEGORY, TRENDING = "index.sources.5.popular_in_category", "index.sources.6.trending"
BOOSTED, LOGISTIC = "rankers.0.boosted", "rankers.1.logistic"

CONTRADICTIONS: list[tuple[str, Callable[[Array], Array], str]] = [
    ("index.users.offsets", put(-1, 10**6), "it goes from 0 to 1000000, there are "),
    ("index.items.offsets", put(2, -5), "a list ends before it begins"),
    ("index.items.offsets", put(0, 1), "it goes from 1 to "),
    ("index.items.offsets", shorter, "it goes from 0 to "),
    ("index.items.offsets", lambda _: np.empty(0, np.int64), "expected the shape (1), not (0,)"),
    ("index.items.offsets", lambda array: array[:, None], "expected the shape (any), not "),
    ("index.items.blob", put(0, 0xFF), "the bytes are no UTF-8"),
    ("index.tree.parent", put(0, 9), "it has rows from -1 to 9 of a table of 4"),
    ("index.tree.parent", shorter, "expected the shape (4), not (3,)"),
    ("index.tree.parent", put(slice(None), 0), "the category of row 0 is its own ancestor"),
    ("index.category", put(0, 4), "it has rows from -1 to 4 of a table of 4"),
    ("index.category", put(0, -2), "it has rows from -2 to "),
    ("index.available", shorter, "expected the shape (12), not (11,)"),
    ("index.histories.item", put(0, 12), "it has rows from 0 to 12 of a table of 12"),
    ("index.histories.item", put(0, -1), "it has rows from -1 to "),
    ("index.histories.offsets", upside_down, "it goes from "),
    ("index.histories.timestamp", shorter, "expected the shape (22), not (21,)"),
    ("index.histories.type", put(0, 3), "it has rows from 0 to 3 of a table of 3"),
    ("index.histories.counts", flat, "expected the shape (6, 3), not (18,)"),
    ("index.statistics.table", put((0, 0), np.nan), "it has values that are no finite numbers"),
    ("index.statistics.table", lambda array: array[:, :-1], "expected the shape (12, 8), not (12, 7)"),
    ("index.statistics.seen", shorter, "expected the shape (12), not (11,)"),
    (f"{NEIGHBOURS}.first", put(1, 10**9), "a list ends before it begins"),
    (f"{NEIGHBOURS}.session", put(0, 10**6), "it has rows from 0 to 1000000 of a table of "),
    (f"{NEIGHBOURS}.place", shorter, "expected the shape ("),
    (f"{NEIGHBOURS}.begin", put(-1, 0), "it goes from 0 to 0, there are "),
    (f"{NEIGHBOURS}.item", put(0, -7), "it has rows from -7 to "),
    (f"{NEIGHBOURS}.freshness", put(0, np.inf), "it has values that are no finite numbers"),
    (f"{STEPS}.item", put(0, 12), "of a table of 12"),
    (f"{STEPS}.share", put((0, 1), np.nan), "it has values that are no finite numbers"),
    (f"{STEPS}.share", flat, "expected the shape ("),
    (f"{TOGETHER}.first", shorter, "expected the shape (13), not (12,)"),
    (f"{TOGETHER}.similarity", put((0, 0), -np.inf), "it has values that are no finite numbers"),
    (f"{VECTORS}.place", put(0, 99), "of a table of "),
    (f"{VECTORS}.vector", shorter, "expected the shape ("),
    (f"{VECTORS}.vector", put((0, 0), np.nan), "it has values that are no finite numbers"),
    (f"{VECTORS}.nearest", put((0, 0), 12), "of a table of 12"),
    (f"{IN_CATEGORY}.parent", put(slice(None), 1), "the category of row 1 is its own ancestor"),
    (f"{IN_CATEGORY}.parent", shorter, "expected the shape (4), not (3,)"),
    (f"{IN_CATEGORY}.charts.score", put((0, 0), np.inf), "it has values that are no finite numbers"),
    (f"{IN_CATEGORY}.charts.score", lambda array: array[:, :-1], "expected the shape (12, 4), not (12, 3)"),
    (f"{IN_CATEGORY}.charts.offsets", put(1, -1), "a list ends before it begins"),
    (f"{IN_CATEGORY}.charts.offsets", shorter, "expected the shape (21), not (20,)"),
    (f"{IN_CATEGORY}.charts.item", put(0, 12), "of a table of 12"),
    (f"{TRENDING}.charts.score", flat, "expected the shape (12, 2), not (24,)"),
    (f"{TRENDING}.charts.offsets", put(-1, 0), "it goes from 0 to 0, there are "),
    (f"{TRENDING}.charts.item", put(0, -1), "it has rows from -1 to "),
    ("index.sources.7.popular.item", put(0, 10**6), "of a table of 12"),
    (f"{LOGISTIC}.weights", put(0, np.nan), "it has values that are no finite numbers"),
    (f"{LOGISTIC}.weights", shorter, "expected the shape ("),
    (f"{BOOSTED}.column", put(0, 999), "it has rows from "),
    (f"{BOOSTED}.column", upside_down, "the tests are not in order of their columns"),
    (f"{BOOSTED}.threshold", shorter, "expected the shape (2), not (3,)"),
    (f"{BOOSTED}.levels", put(0, 9), "it has rows from "),
    (f"{BOOSTED}.levels", put(0, 0), "1 nodes in all, there are 3"),
    (f"{BOOSTED}.node", put(0, 5), "a node comes before the one above it"),
    (f"{BOOSTED}.test", put(0, 3), "it has rows from "),
    (f"{BOOSTED}.leaf", put((0, 0), 10**6), "it has rows from "),
    (f"{BOOSTED}.value", put((0, 0), np.nan), "it has values that are no finite numbers"),
    (f"{BOOSTED}.value", lambda array: array[:, :-1], "3 leaves a tree is no power of 2 up to 256"),
]


@pytest.mark.parametrize(
    ("path", "change", "why"), CONTRADICTIONS, ids=[f"{path}: {why}" for path, _, why in CONTRADICTIONS]
)
def test_what_contradicts_itself_is_refused_by_its_field(
    path: str, change: Callable[[Array], Array], why: str
) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        with_array(MODEL, path, change(ARRAYS[path])).check()
    said = str(refused.value)
    # A table that has become shorter or longer may be noticed by whoever points into it.
    assert said.startswith(path.rpartition(".")[0])
    assert why in said


def test_every_array_of_the_model_can_be_found_contradictory() -> None:
    """But for these, in which a wrong number is a wrong number and leads nowhere wrong."""
    harmless = {f"{BOOSTED}.missing_left", f"{NEIGHBOURS}.place"}
    tried = {path for path, _, _ in CONTRADICTIONS}
    sources_alike = {path for path in ARRAYS if "ids." in path or path.endswith(("blob", "first", "item"))}
    assert set(ARRAYS) - tried - harmless - sources_alike == set()


@pytest.mark.parametrize("goals", [(), ("purchase",), ("purchase", "cart", "interaction")])
def test_there_is_a_ranker_for_each_goal(goals: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match=f"it has 2 rankers for {len(goals)} goals"):
        replace(MODEL, goals=goals).check()


@given(INDEXES)
@LAW
def test_what_is_learnt_from_any_shop_is_sound(index: Index) -> None:
    index.check()


@given(FORESTS)
def test_trees_of_any_form_are_sound(forest: list[Nested]) -> None:
    ranker(*forest).check()


def test_the_small_shop_is_sound_and_so_is_one_that_has_nothing() -> None:
    MODEL.check()
    IdTable.of([]).check()


def test_a_shop_without_sources_is_sound() -> None:
    sources: tuple[Source, ...] = ()
    replace(MODEL.index, sources=sources).check()


def strange_values(array: Array) -> st.SearchStrategy[object]:
    if array.dtype.kind == "f":
        return st.sampled_from([np.nan, np.inf, -np.inf, 0.0, 1e300 if array.itemsize > 4 else 1e30])
    if array.dtype.kind == "b":
        return st.booleans()
    lowest, highest = np.iinfo(array.dtype).min, np.iinfo(array.dtype).max
    anything = st.integers(lowest, highest)
    return st.one_of(st.sampled_from([lowest, highest, 0]), anything, st.integers(0, 13))


@given(st.data())
def test_whatever_one_number_is_changed_to_is_refused_or_can_be_answered_with(data: st.DataObject) -> None:
    """Sums of timestamps are left out: an age of billions of years is no number of milliseconds."""
    path = data.draw(st.sampled_from(sorted(set(ARRAYS) - {"index.histories.timestamp"})))
    array = ARRAYS[path]
    if not array.size:
        return
    place = data.draw(st.integers(0, array.size - 1))
    changed = array.copy()
    changed.flat[place] = data.draw(strange_values(array))
    model = with_array(MODEL, path, changed)
    try:
        model.check()
    except ValueError:
        return
    for request in REQUESTS:
        if request.category is not None:
            continue  # its name may be what was changed
        answer = Recommend(model)(request, NOW)
        assert all(0 <= each.score <= 1 for each in answer.recommendations)


def test_a_boosted_ranker_is_among_what_is_tried() -> None:
    assert isinstance(MODEL.rankers[0], BoostedRanker)
    assert isinstance(MODEL, Model)
