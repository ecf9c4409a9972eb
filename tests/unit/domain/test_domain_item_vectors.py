from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from math import log, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_neighbours import asked
from unit.domain.test_domain_pairs import slow_pairs, slow_totals, walk
from unit.domain.test_domain_shops import LAW, T0, Event, assert_same, catalogue_of, event_lists

from recommender.domain.catalogue import Property
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.retrieval import Reason
from recommender.domain.retrieval.item_vectors import (
    ASKING,
    BLOCK,
    DISTANCE_DECAY,
    GROUPS,
    LATEST_ITEMS,
    LONGEST_STEP,
    NEAREST,
    ROUNDING,
    SMOOTHING,
    STEP_DECAY,
    ItemVectors,
)

ITEMS = st.lists(st.sampled_from("abcdefg"), max_size=6)
BUSY_SHOPS = event_lists(days=1, least=8)
"""Shops of one day, in which many items are looked at near each other."""


def index_of(events: Sequence[Event]) -> Index:
    """A shop in which these events happened, and that also has an item "unseen"."""
    catalogue = catalogue_of([(T0 - DAY, "unseen", Property.CATEGORY, "top")])
    return Index.fit(InteractionLog.of(*events), catalogue, [ItemVectors])


def large_shop(items: int) -> Index:
    """Sessions of six items that lie near each other on a ring, with some noise."""
    generator = np.random.default_rng(items)
    events: list[Event] = []
    for session in range(2 * items):
        near = (generator.integers(items) + generator.integers(-4, 5, 6)) % items
        events += walk(*(f"i{item:04d}" for item in near), user=f"u{session}")
    return index_of(events)


def source_of(index: Index) -> ItemVectors:
    source = index.sources[0]
    assert isinstance(source, ItemVectors)
    return source


def vectors_of(index: Index) -> dict[str, list[float]]:
    every = np.arange(len(index.items), dtype=np.int32)
    return dict(zip(index.items.ids(every), source_of(index).of(every).tolist(), strict=True))


def listed(index: Index, *items: str, limit: int = 10_000) -> list[str]:
    shortlist = source_of(index).ask(asked(index, *items)).shortlist(limit)
    assert set(shortlist.reason.tolist()) <= {Reason.SIMILAR_ITEM}
    return index.items.ids(shortlist.item)


def nearest_of(index: Index, item: str) -> list[str]:
    """The list that is kept of an item, none for one without a vector."""
    place = int(source_of(index).place[index.items.row(item)])
    near = [] if place == ABSENT else source_of(index).nearest[place].tolist()
    length = near.index(ABSENT) if ABSENT in near else len(near)
    assert set(near[length:]) <= {ABSENT}
    return index.items.ids(near[:length])


def said(index: Index, *items: str) -> dict[str, list[float]]:
    every = np.arange(len(index.items), dtype=np.int32)
    table = source_of(index).ask(asked(index, *items)).columns(every)
    return dict(zip(index.items.ids(every), table.tolist(), strict=True))


def known(events: Sequence[Event], items: Sequence[str]) -> list[str]:
    return [item for item in items if item in {each[3] for each in events}]


def slow_information(events: Sequence[Event]) -> dict[tuple[str, str], float]:
    """By how much two items are near each other more often than their frequencies let expect."""
    shop = InteractionLog.of(*events)
    steps = slow_pairs(shop, LONGEST_STEP, DISTANCE_DECAY, [1.0] * len(events))
    near = {
        pair: steps.get(pair, 0.0) + steps.get(pair[::-1], 0.0)
        for each in steps
        for pair in (each, each[::-1])
    }
    smooth = {item: total**SMOOTHING for item, total in slow_totals(near)[0].items()}
    observed, expected = sum(near.values()), sum(smooth.values())
    information = {
        (one, other): log((weight / observed) / (smooth[one] / expected * smooth[other] / expected))
        for (one, other), weight in near.items()
    }
    return {pair: value for pair, value in information.items() if value > 0}


def slow_similarities(events: Sequence[Event]) -> tuple[list[str], Floats]:
    """The items, and the positive part of the matrix of their information: dot products of exact vectors."""
    information = slow_information(events)
    items = sorted({each[3] for each in events})
    dense = np.array([[information.get((one, other), 0.0) for other in items] for one in items])
    value, vector = np.linalg.eigh(dense)
    return items, np.asarray((vector * np.maximum(value, 0)) @ vector.T)


def dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(mine * theirs for mine, theirs in zip(one, other, strict=True))


def slow_columns(vectors: dict[str, list[float]], items: Sequence[str], item: str) -> list[float]:
    latest = list(dict.fromkeys(reversed(items)))[:LATEST_ITEMS]
    if not latest:
        return [0.0] * 4
    session = [0.0] * len(vectors[item])
    for step, asking in enumerate(latest):
        session = [old + STEP_DECAY**step * new for old, new in zip(session, vectors[asking], strict=True)]
    length = sqrt(dot(session, session)) or 1.0
    cosines = [dot(vectors[item], vectors[each]) for each in latest]
    return [
        dot(vectors[item], session) / length,
        cosines[0],
        cosines[1] if len(latest) > 1 else 0.0,
        max(cosines),
    ]


def assert_exact_cosines(events: Sequence[Event]) -> None:
    items, exact = slow_similarities(events)
    vectors = vectors_of(index_of(events))
    for row, one in enumerate(items):
        for column, other in enumerate(items):
            length = sqrt(max(exact[row, row] * exact[column, column], 0.0))
            if length > 0.1:  # of shorter vectors float32 knows the direction less well
                cosine = dot(vectors[one], vectors[other])
                assert cosine == pytest.approx(exact[row, column] / length, abs=5e-3)


@given(BUSY_SHOPS)
@LAW
def test_cosines_of_the_vectors_are_those_of_the_exact_factors_of_the_mutual_information(
    events: list[Event],
) -> None:
    assert_exact_cosines(events)


def test_in_a_log_of_hardly_any_weight_items_are_as_alike_as_in_any() -> None:
    robot = walk(*["a"] * 5_000, "b", "c", "b")
    assert_exact_cosines(robot)


@given(event_lists(least=1))
@LAW
def test_an_item_has_a_unit_vector_if_it_was_looked_at_near_another_and_else_none(
    events: list[Event],
) -> None:
    index, information = index_of(events), slow_information(events)
    paired = slow_pairs(InteractionLog.of(*events), LONGEST_STEP, DISTANCE_DECAY, [1.0] * len(events))
    company = {item for pair in paired for item in pair}
    for item, vector in vectors_of(index).items():
        assert (source_of(index).place[index.items.row(item)] != ABSENT) == (item in company)
        if item not in company:
            assert not any(vector)
        elif item in {one for one, _ in information}:
            assert dot(vector, vector) == pytest.approx(1.0, rel=1e-5)


@given(BUSY_SHOPS, ITEMS)
@LAW
def test_what_is_said_of_items_are_cosines_one_by_one(events: list[Event], items: list[str]) -> None:
    index, looked_at = index_of(events), known(events, items)
    vectors = vectors_of(index)
    for item, columns in said(index, *looked_at).items():
        assert columns == pytest.approx(slow_columns(vectors, looked_at, item), abs=1e-6)


@given(BUSY_SHOPS, ITEMS, st.integers(0, 6))
@LAW
def test_candidates_are_the_nearest_of_each_of_the_latest_items_then_the_second_nearest_and_so_on(
    events: list[Event], items: list[str], limit: int
) -> None:
    index, looked_at = index_of(events), known(events, items)
    latest = list(dict.fromkeys(reversed(looked_at)))[:ASKING]
    turns = zip_longest(*(nearest_of(index, each) for each in latest))
    expected = list(dict.fromkeys(item for turn in turns for item in turn if item is not None))
    assert listed(index, *looked_at) == expected
    assert listed(index, *looked_at, limit=limit) == expected[:limit]


@pytest.mark.parametrize("items", [NEAREST, NEAREST + 1, NEAREST + 2, max(BLOCK, GROUPS) + 77])
def test_the_nearest_are_those_of_comparing_with_every_other_that_has_something_in_common(
    items: int,
) -> None:
    index = large_shop(items)
    vectors = {item: vector for item, vector in vectors_of(index).items() if any(vector)}
    assert len(vectors) == items
    table = np.array(list(vectors.values()))
    for item, vector in vectors.items():
        cosine = dict(zip(vectors, (table @ np.array(vector)).tolist(), strict=True))
        found = nearest_of(index, item)
        assert len({item, *found}) == len(found) + 1
        others = sorted((cosine[other] for other in vectors if other != item), reverse=True)
        assert [cosine[other] for other in found] == pytest.approx(others[: len(found)], abs=1e-6)
        assert max(others[len(found) : NEAREST], default=0.0) < 2 * ROUNDING
        assert len(found) <= NEAREST


@given(event_lists(least=1))
@LAW
def test_learning_twice_gives_the_same_to_the_last_bit(events: list[Event]) -> None:
    assert_same(source_of(index_of(events)), source_of(index_of(events)))


def test_an_empty_log_has_no_vectors() -> None:
    source = ItemVectors.fit(InteractionLog.of(), catalogue_of([]).at(T0))
    assert [source.place.shape, source.vector.shape, source.nearest.shape] == [(0,), (1, 0), (0, 0)]


@pytest.mark.parametrize("items", ["a", "aa"])
def test_without_two_items_there_are_no_vectors_and_nothing_is_said(items: str) -> None:
    index = index_of(walk(*items))
    assert listed(index, "a") == []
    assert said(index, "a") == {"a": [0.0] * 4, "unseen": [0.0] * 4}


def test_items_of_two_sessions_are_not_alike() -> None:
    assert listed(index_of([*walk("a"), *walk("b", start=T0 + DAY)]), "a") == []


def test_items_in_the_same_company_are_alike_though_nobody_looked_at_both() -> None:
    walks = (("a", "x"), ("b", "x"), ("c", "y"), ("d", "y"))
    index = index_of([each for at, pair in enumerate(walks) for each in walk(*pair, user=f"u{at}")])
    assert set(listed(index, "a")) == {"b", "x"}
    like = {item: columns[1] for item, columns in said(index, "a").items()}
    assert like["b"] == pytest.approx(1.0, abs=1e-3)
    assert like["c"] == pytest.approx(0.0, abs=1e-3)


def test_an_item_may_be_near_one_of_the_latest_and_not_near_where_the_session_points() -> None:
    walks = (("a", "x"), ("b", "x"), ("c", "y"), ("d", "y"))
    index = index_of([each for at, pair in enumerate(walks) for each in walk(*pair, user=f"u{at}")])
    to_session, to_latest, before, nearest = said(index, "c", "a")["d"]
    assert [to_latest, before, nearest] == pytest.approx([0.0, 1.0, 1.0], abs=1e-3)
    assert to_session == pytest.approx(STEP_DECAY / sqrt(1 + STEP_DECAY**2), abs=1e-3)


def test_a_guest_is_told_nothing() -> None:
    index = index_of(walk("a", "b", "c"))
    assert listed(index) == []
    assert all(columns == [0.0] * 4 for columns in said(index).values())


def test_with_one_item_nothing_is_said_of_the_item_before() -> None:
    index = index_of(walk("a", "b", "c"))
    assert [columns[2] for columns in said(index, "a", "a").values()] == [0.0] * 4
    assert any(columns[2] for columns in said(index, "b", "a").values())


def test_an_item_without_a_vector_finds_nothing_and_leaves_the_others_their_say() -> None:
    index = index_of(walk("a", "b", "c"))
    assert listed(index, "unseen") == []
    assert set(listed(index, "a", "unseen")) == set(listed(index, "a"))
    assert said(index, "a", "unseen")["unseen"] == [0.0] * 4


def test_so_many_of_the_latest_items_ask_and_no_more() -> None:
    index = large_shop(4 * NEAREST)
    apart = [f"i{NEAREST * at:04d}" for at in range(ASKING + 1)]
    found = listed(index, *apart)
    assert set(found) <= {item for latest in apart[1:] for item in nearest_of(index, latest)}
    assert apart[0] not in found
    assert {"i0001", "i0002"}.isdisjoint(found)
    assert "i0001" in listed(index, apart[0])


def test_so_many_of_the_latest_items_point_and_no_more() -> None:
    events = [each for at in range(12) for each in walk(f"i{at:02d}", f"x{at:02d}", user=f"u{at}")]
    index = index_of(events)
    looked_at = [f"i{at:02d}" for at in range(12)]
    assert said(index, *looked_at) == said(index, *looked_at[-LATEST_ITEMS:])
    assert said(index, *looked_at) != said(index, *looked_at[-LATEST_ITEMS + 1 :])
