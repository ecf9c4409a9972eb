"""Domain values as JSON and arrays."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from numpy.typing import NDArray
from worlds import SHOP_CARD, shop_model

from recommender.adapters.models.codec import decode, encode, form_of
from recommender.adapters.models.forms import Arrays
from recommender.application.card import ModelCard
from recommender.domain.index import Index
from recommender.domain.model import Model
from recommender.domain.ranking import LogisticRanker
from recommender.domain.retrieval import SOURCES
from recommender.domain.retrieval.popular_in_category import PopularInCategory

MODEL = shop_model()
OF_CATEGORY = f"index.sources.{SOURCES.index(PopularInCategory)}.popular_in_category"


@dataclass(frozen=True, eq=False)
class Part:
    numbers: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Whole:
    LIMIT: ClassVar[int] = 3
    UNANNOTATED = 4

    count: int
    share: float
    name: str
    open: bool
    words: tuple[str, ...]
    figures: Mapping[str, float]
    flags: NDArray[np.bool_]
    part: Part
    parts: tuple[Part, ...]

    @cached_property
    def costly(self) -> int:
        raise AssertionError("nobody asked for it")


PARTS = st.builds(Part, arrays_of.arrays(np.float64, arrays_of.array_shapes(min_side=0)))
WHOLES = st.builds(
    Whole,
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.booleans(),
    st.lists(st.text()).map(tuple),
    st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    arrays_of.arrays(np.bool_, st.integers(0, 5)),
    PARTS,
    st.lists(PARTS, max_size=3).map(tuple),
)


def through_json(structure: object) -> object:
    restored: object = json.loads(json.dumps(structure))
    return restored


@given(WHOLES)
def test_what_is_decoded_is_what_was_encoded(whole: Whole) -> None:
    structure, arrays = encode(whole)
    again = decode(through_json(structure), arrays, Whole)
    plain = ("count", "share", "name", "open", "words", "figures")
    assert [getattr(again, name) for name in plain] == [getattr(whole, name) for name in plain]
    before, after = (
        [each.flags, each.part.numbers, *(p.numbers for p in each.parts)] for each in (whole, again)
    )
    for mine, theirs in zip(before, after, strict=True):
        np.testing.assert_array_equal(mine, theirs, strict=True)


@given(WHOLES)
def test_encoding_what_was_decoded_gives_the_same_again(whole: Whole) -> None:
    structure, arrays = encode(whole)
    structure_again, arrays_again = encode(decode(through_json(structure), arrays, Whole))
    assert structure_again == structure
    assert arrays_again.keys() == arrays.keys()


def test_arrays_are_named_by_the_path_of_their_field() -> None:
    _, arrays = encode(MODEL)
    assert {"index.items.blob", f"{OF_CATEGORY}.charts.item", "rankers.0.logistic.weights"} <= arrays.keys()
    np.testing.assert_array_equal(arrays["index.items.blob"], MODEL.index.items.blob)


def test_rankers_of_one_kind_keep_their_own_arrays() -> None:
    again = decode(*encode(MODEL), Model)
    for mine, theirs in zip(MODEL.rankers, again.rankers, strict=True):
        assert isinstance(mine, LogisticRanker)
        assert isinstance(theirs, LogisticRanker)
        np.testing.assert_array_equal(mine.weights, theirs.weights)


def test_class_variables_and_what_is_computed_on_demand_are_not_stored() -> None:
    structure, _ = encode(whole())
    assert isinstance(structure, dict)
    assert set(structure) == {"count", "share", "name", "open", "words", "figures", "flags", "part", "parts"}


def test_a_card_is_only_json() -> None:
    structure, arrays = encode(SHOP_CARD)
    assert not arrays
    assert decode(through_json(structure), {}, ModelCard) == SHOP_CARD


def test_an_array_that_is_stored_by_columns_comes_back_by_rows() -> None:
    table = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    _, arrays = encode(Part(table))
    assert arrays["numbers"].flags.c_contiguous
    np.testing.assert_array_equal(arrays["numbers"], table)


@pytest.mark.parametrize("hint", [list[int], tuple[int, str], Mapping[int, str], bytes, None, "int"])
def test_a_type_that_cannot_be_stored_is_refused_before_anything_is(hint: object) -> None:
    with pytest.raises(TypeError, match="cannot be stored"):
        form_of(hint)


def whole() -> Whole:
    return Whole(
        count=1,
        share=0.5,
        name="a",
        open=True,
        words=("b",),
        figures={"c": 1.0},
        flags=np.ones(2, bool),
        part=Part(np.zeros(1)),
        parts=(),
    )


@pytest.mark.parametrize(
    ("field", "value", "why"),
    [
        ("count", 1.5, "count: expected int, not 1.5"),
        ("count", True, "count: expected int, not True"),
        ("open", 1, "open: expected bool, not 1"),
        ("name", None, "name: expected str, not None"),
        ("share", float("nan"), "share: nan is not a finite number"),
        ("figures", {"c": float("inf")}, "figures.c: inf is not a finite number"),
        ("figures", [], "figures: expected a mapping, not list"),
        ("words", ["a"], "words: expected tuple, not list"),
        ("words", ("a", 1), "words.1: expected str, not 1"),
        ("flags", np.ones(2), "flags: expected an array of bool, not of float64"),
        ("flags", [], "flags: expected an array of bool, not of float64"),
        ("part", Part(np.array([None])), "part.numbers: expected an array of float64, not of object"),
        ("parts", (whole(),), "parts.0: expected Part, not Whole"),
    ],
)
def test_a_value_that_is_not_what_its_field_declares_is_refused(field: str, value: object, why: str) -> None:
    with pytest.raises(ValueError, match=f"^{why}$"):
        encode(replace(whole(), **{field: value}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda s, _: s.pop("share"), "share: missing field"),
        (lambda s, _: s.update(extra=1), "extra: unknown field"),
        (lambda s, _: s.update(part=[]), "part: expected dict, not list"),
        (lambda s, _: s.update(words="b"), "words: expected list, not str"),
        (lambda s, _: s.update(figures=None), "figures: expected dict, not NoneType"),
        (lambda s, _: s.update(count="1"), "count: expected int, not '1'"),
        (lambda s, _: s.update(flags=None), r"flags: expected None, the array is \{.*\}"),
        (lambda _, a: a.pop("flags"), "flags: the array is missing"),
        (lambda _, a: a.update(more=np.zeros(1)), "more: no field asks for this array"),
        (lambda _, a: a.update(flags=np.zeros(2)), "flags: expected an array of bool, not of float64"),
        (lambda _, a: a.update(flags=np.ones(3, bool)), r"flags: expected .*\[2\].*, the array is .*\[3\].*"),
        (
            lambda _, a: a.update(flags=np.ones((2, 1), bool)),
            r"flags: expected .*, the array is .*\[2, 1\].*",
        ),
    ],
)
def test_what_is_not_what_was_encoded_is_refused(
    change: Callable[[object, Arrays], object], why: str
) -> None:
    structure, arrays = encode(whole())
    change(structure, arrays)
    with pytest.raises(ValueError, match=f"^{why}$"):
        decode(structure, arrays, Whole)


def test_an_index_is_no_model() -> None:
    structure, arrays = encode(MODEL.index)
    with pytest.raises(ValueError, match=r"^available: unknown field$"):
        decode(structure, arrays, Model)
    assert isinstance(decode(structure, arrays, Index), Index)
