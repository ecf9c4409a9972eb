from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import (
    INDEXES,
    LAW,
    MIDDLE,
    T0,
    Row,
    assert_same,
    history_of,
    index_of,
)
from worlds import BUY, NOW, VIEW, ranker_of, shop_index, shop_model

from recommender.domain.catalogue import Property
from recommender.domain.contributions import Contributions
from recommender.domain.errors import InvalidRequest
from recommender.domain.events import DAY
from recommender.domain.history import History
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.model import Ranking, recommend
from recommender.domain.popularity import Floats
from recommender.domain.ranking import Ranker
from recommender.domain.retrieval import Query, Reason
from recommender.domain.rules import Rules, allowed
from recommender.domain.search import ENOUGH, Search

SHOP = shop_model()
BIG = 500
"""Items of the big shop: several times what the sources are first asked for."""

CROWD = 300
"""Items of one category that are more popular than all others of the crowded shop."""


@cache
def big_shop() -> Index:
    """item 000 is the most popular, 001 the next; every tenth is sold out, every third is on the left."""
    names = [f"item {each:03}" for each in range(BIG)]
    looks = [(T0 - each * DAY // 24, "u", VIEW, name) for each, name in enumerate(names)]
    rows: list[Row] = [
        (T0 - 100 * DAY, name, Property.CATEGORY, "left" if each % 3 == 0 else "alone")
        for each, name in enumerate(names)
    ]
    rows += [(T0 - 100 * DAY, name, Property.AVAILABLE, "0") for name in names[9::10]]
    return index_of(looks, rows)


@cache
def crowded_shop() -> Index:
    """As big: first a crowd on the left, then forty small categories, last twenty items without one."""
    names = [f"item {each:03}" for each in range(BIG)]
    looks = [(T0 - each * DAY // 24, "u", VIEW, name) for each, name in enumerate(names)]
    rows: list[Row] = [
        (T0 - 100 * DAY, name, Property.CATEGORY, "left" if each < CROWD else f"small {each % 40}")
        for each, name in enumerate(names[:-20])
    ]
    return index_of(looks, rows)


@dataclass(frozen=True)
class CountingRanker:
    """Notes how many candidates it is given each time, and likes them all the same."""

    NAME: ClassVar[str] = "counting"

    features: tuple[str, ...]
    scored: list[int]

    def check(self) -> None:
        """Nobody reads it from a file."""

    def probabilities(self, table: Floats) -> Floats:
        self.scored.append(len(table))
        return np.zeros(len(table))

    def contributions(self, table: Floats, explained: int) -> Contributions:
        return Contributions(0.0, np.zeros((explained, table.shape[1])))


def popular_first(index: Index) -> Ranker:
    return ranker_of(index, log_popularity_long=1.0, own_carts=0.5, is_latest_item=0.25)


def answer(index: Index, query: Query, rules: Rules, n: int) -> Ranking:
    return recommend(index, popular_first(index), query, rules, n)


def first_of_each(index: Index, ranked: Iterable[int], most: int) -> list[int]:
    """Of ranked rows those that are not too many of their category, by going down the list."""
    kept: list[int] = []
    count: Counter[int] = Counter()
    for row in ranked:
        category = int(index.category[row])
        if category == ABSENT or count[category] < most:
            kept.append(row)
            count[category] += 1
    return kept


def shown_to_ada(n: int, rules: Rules | None = None) -> list[str]:
    index = SHOP.index
    query = index.query(index.histories.of(index.users.row("ada")), NOW)
    ranking = recommend(index, SHOP.ranker(), query, rules or Rules(), n)
    return index.items.ids(ranking.item)


def test_ada_is_shown_the_phone_in_her_cart_first_and_nothing_that_is_sold_out() -> None:
    assert shown_to_ada(3) == ["phone-a", "rake", "phone-b"]
    assert "phone-d" not in shown_to_ada(100)


def test_the_first_goal_is_the_default_and_each_goal_has_its_ranker() -> None:
    assert SHOP.ranker() is SHOP.ranker("purchase") is SHOP.rankers[0]
    assert SHOP.ranker("interaction") is SHOP.rankers[1]


def test_a_goal_the_model_was_not_trained_for_is_refused_with_those_it_knows() -> None:
    with pytest.raises(InvalidRequest) as refused:
        SHOP.ranker("profit")
    assert refused.value.field == "goal"
    assert refused.value.expected == "this model knows purchase, interaction; not 'profit'"


@pytest.mark.parametrize("n", range(1, 14))
def test_as_many_are_shown_as_are_asked_for_or_exist(n: int) -> None:
    assert len(shown_to_ada(n)) == min(n, 11)


def test_nothing_is_shown_where_everything_is_excluded() -> None:
    everything = np.arange(len(SHOP.index.items), dtype=np.int32)
    assert shown_to_ada(5, Rules(exclude=everything)) == []


def test_an_index_of_nothing_has_nothing_to_show() -> None:
    index = index_of([], [])
    query = index.query(History.empty(), NOW)
    assert len(answer(index, query, Rules(), 5).item) == 0


def test_a_catalogue_without_events_is_not_known_and_nothing_is_shown() -> None:
    index = index_of([], [(T0, "b", Property.CATEGORY, "left")])
    assert len(index.items) == 0
    assert (index.start, index.end) == (0, 0)
    assert len(answer(index, index.query(History.empty(), NOW), Rules(), 5).item) == 0


def test_one_event_is_enough_to_show_one_item() -> None:
    index = index_of([(T0, "u", VIEW, "a")], [])
    ranking = answer(index, index.query(History.empty(), T0), Rules(), 5)
    assert index.items.ids(ranking.item) == ["a"]
    assert [Reason(code) for code in ranking.reason.tolist()] == [Reason.POPULAR]


@pytest.mark.parametrize("excluded", [0, 1, ENOUGH - 1, ENOUGH, ENOUGH + 50, 4 * ENOUGH, BIG])
@pytest.mark.parametrize("n", [1, 5, 100])
def test_excluding_the_whole_first_list_leaves_the_next_best(excluded: int, n: int) -> None:
    index = big_shop()
    query = index.query(History.empty(), T0)
    ranking = answer(index, query, Rules(exclude=np.arange(excluded, dtype=np.int32)), n)
    rest = [row for row in range(excluded, BIG) if row % 10 != 9]
    assert ranking.item.tolist() == rest[:n]


def test_the_whole_shop_may_be_asked_for() -> None:
    index = big_shop()
    ranking = answer(index, index.query(History.empty(), T0), Rules(), 10 * BIG)
    assert sorted(ranking.item.tolist()) == np.flatnonzero(index.available).tolist()


def test_a_search_goes_on_where_a_longer_list_only_repeats_what_other_sources_have_found() -> None:
    """The best 50 are popular, the next 50 the shopper's own, and the next 100 those of old sessions."""
    names = [f"item {each:03}" for each in range(BIG)]
    looks = [(T0 - each * DAY // 24, "u", VIEW, name) for each, name in enumerate(names)]
    for begin in range(100, 200, 20):
        session = [names[99], *names[begin : begin + 20]]
        looks += [(T0 - 400 * DAY + each, f"from {begin}", VIEW, name) for each, name in enumerate(session)]
    index = index_of(looks, [])
    own = [(T0 + each, VIEW, names[50 + each]) for each in range(50)]
    query = index.query(history_of(index, *own), T0 + 50)
    rules = Rules(exclude=np.arange(150, dtype=np.int32))
    assert sorted(answer(index, query, rules, BIG).item.tolist()) == list(range(150, BIG))
    assert len(answer(index, query, rules, 100)) == 100


@given(
    st.integers(1, BIG + 10),
    st.integers(0, BIG),
    st.integers(0, BIG),
    st.sampled_from([None, "left", "top", "alone", "right"]),
    st.booleans(),
)
@LAW
def test_n_are_found_wherever_n_may_be_shown(
    n: int,
    first: int,
    last: int,
    category: str | None,
    seen: bool,  # noqa: FBT001 - drawn by hypothesis
) -> None:
    index = big_shop()
    within = ABSENT if category is None else index.tree.ids.row(category)
    history = history_of(index, *((T0, VIEW, f"item {each:03}") for each in range(60)))
    query = index.query(history, T0, within)
    rules = Rules(exclude=np.arange(first, last, dtype=np.int32), exclude_seen=seen)
    everything = np.arange(BIG, dtype=np.int32)
    may_be_shown = everything[allowed(index, query, everything, rules)]
    found = Search.of(index, query).candidates(rules, n).item
    assert len(set(found.tolist())) == len(found) >= min(n, len(may_be_shown))
    assert set(found.tolist()) <= set(may_be_shown.tolist())


@given(INDEXES, st.integers(1, 9), st.data())
@LAW
def test_a_list_has_n_distinct_items_by_score_and_then_by_id_and_is_the_same_again(
    index: Index, n: int, data: st.DataObject
) -> None:
    user = data.draw(st.integers(ABSENT, len(index.users) - 1))
    within = data.draw(st.integers(ABSENT, len(index.tree) - 1))
    query = index.query(index.histories.of(user), MIDDLE + DAY, within)
    excluded = np.array(data.draw(st.lists(st.integers(0, len(index.items) - 1))), np.int32)
    rules = Rules(exclude=excluded, exclude_seen=data.draw(st.booleans()))
    ranking, again = (answer(index, query, rules, n) for _ in range(2))
    everything = np.arange(len(index.items), dtype=np.int32)
    may_be_shown = int(allowed(index, query, everything, rules).sum())
    items = index.items.ids(ranking.item)
    assert len(set(items)) == len(items) == min(n, may_be_shown)
    assert not set(ranking.item.tolist()) & set(excluded.tolist())
    order = list(zip((-ranking.score).tolist(), items, strict=True))
    assert order == sorted(order)
    assert ((ranking.score >= 0) & (ranking.score <= 1)).all()
    for field in ("item", "score", "reason"):
        np.testing.assert_array_equal(getattr(ranking, field), getattr(again, field), strict=True)


@given(INDEXES, st.integers(1, 9))
@LAW
def test_in_a_small_shop_a_shorter_list_is_how_a_longer_one_begins(index: Index, n: int) -> None:
    query = index.query(index.histories.of(0), MIDDLE + DAY)
    shorter, longer = (answer(index, query, Rules(), each).item.tolist() for each in (n, n + 1))
    assert shorter == longer[:n]


def test_an_unknown_shopper_is_answered_like_a_guest() -> None:
    index = shop_index()
    unknown = index.users.row("nobody")
    assert unknown == ABSENT
    mine, theirs = (
        answer(index, index.query(history, NOW), Rules(), 5).item.tolist()
        for history in (index.histories.of(unknown), History.empty())
    )
    assert mine == theirs


def test_what_was_just_bought_is_replaced_by_the_next_best() -> None:
    index = big_shop()
    events = [(T0, BUY, f"item {each:03}") for each in range(50)]
    ranking = answer(index, index.query(history_of(index, *events), T0), Rules(), 5)
    assert len(ranking) == 5
    assert ranking.item.min() == ranking.item[0] == 50
    assert (np.diff(ranking.score) <= 0).all()


@given(INDEXES, st.integers(1, 9), st.integers(1, 4), st.data())
@LAW
def test_in_a_small_shop_a_limited_list_is_what_going_down_the_whole_shop_gives(
    index: Index, n: int, most: int, data: st.DataObject
) -> None:
    user = data.draw(st.integers(ABSENT, len(index.users) - 1))
    within = data.draw(st.integers(ABSENT, len(index.tree) - 1))
    query = index.query(index.histories.of(user), MIDDLE + DAY, within)
    excluded = np.array(data.draw(st.lists(st.integers(0, len(index.items) - 1))), np.int32)
    everything = answer(index, query, Rules(excluded), len(index.items))
    limited = answer(index, query, Rules(excluded, most_per_category=most), n)
    assert limited.item.tolist() == first_of_each(index, everything.item.tolist(), most)[:n]
    of = {row: place for place, row in enumerate(everything.item.tolist())}
    places = [of[row] for row in limited.item.tolist()]
    for field in ("score", "reason"):
        same = getattr(everything, field)[places]
        np.testing.assert_array_equal(getattr(limited, field), same, strict=True)


@pytest.mark.parametrize("most", [1, 2, 3, 50, ENOUGH, CROWD, BIG])
@pytest.mark.parametrize("n", [1, 5, 60, ENOUGH])
@pytest.mark.parametrize("excluded", [0, 250])
def test_a_crowded_category_does_not_keep_the_others_from_being_found(
    most: int, n: int, excluded: int
) -> None:
    index = crowded_shop()
    query = index.query(History.empty(), T0)
    rules = Rules(np.arange(excluded, dtype=np.int32), most_per_category=most)
    assert (
        answer(index, query, rules, n).item.tolist() == first_of_each(index, range(excluded, BIG), most)[:n]
    )


LIMITED = st.builds(
    Rules,
    st.tuples(st.integers(0, BIG), st.integers(0, BIG)).map(lambda ends: np.arange(*ends, dtype=np.int32)),
    exclude_seen=st.booleans(),
    most_per_category=st.sampled_from([1, 2, 3, 5, 20, 50]),
)


@given(LIMITED, st.integers(1, ENOUGH), st.sampled_from([None, "left", "top", "small 7"]), st.data())
@LAW
def test_a_limited_list_is_as_long_as_the_shop_allows_and_begins_as_shorter_ones_do(
    rules: Rules, n: int, category: str | None, data: st.DataObject
) -> None:
    index = crowded_shop()
    past = data.draw(st.lists(st.integers(0, BIG - 1), max_size=5))
    history = history_of(index, *((T0, VIEW, f"item {each:03}") for each in past))
    within = ABSENT if category is None else index.tree.ids.row(category)
    query = index.query(history, T0, within)
    everything = np.arange(BIG, dtype=np.int32)
    fitting = first_of_each(
        index, everything[allowed(index, query, everything, rules)].tolist(), rules.most_per_category
    )
    found = answer(index, query, rules, n).item.tolist()
    assert len(set(found)) == len(found) == min(n, len(fitting))
    assert allowed(index, query, np.array(found, np.int32), rules).all()
    assert first_of_each(index, found, rules.most_per_category) == found
    shorter = data.draw(st.integers(1, n))
    assert answer(index, query, rules, shorter).item.tolist() == found[:shorter]


@given(LIMITED, st.integers(1, 50), st.lists(st.integers(0, BIG - 1), max_size=5))
@LAW
def test_a_limit_as_large_as_the_list_changes_nothing(rules: Rules, n: int, past: list[int]) -> None:
    index = crowded_shop()
    query = index.query(history_of(index, *((T0, VIEW, f"item {each:03}") for each in past)), T0)
    limited = answer(index, query, replace(rules, most_per_category=n), n)
    unlimited = answer(index, query, replace(rules, most_per_category=0), n)
    assert_same(limited, unlimited)


def test_what_a_longer_search_adds_is_put_behind_even_if_it_scores_higher() -> None:
    index = crowded_shop()
    last_first = ranker_of(index, log_popularity_long=-1.0)
    query = index.query(History.empty(), T0)
    first = Search.of(index, query).candidates(Rules(), 2)
    ranking = recommend(index, last_first, query, Rules(most_per_category=1), 2)
    assert ranking.item[0] == first.item.max() < CROWD <= ranking.item[1]
    assert ranking.score[0] < ranking.score[1]


@pytest.mark.parametrize(("most", "n"), [(1, 1), (1, 2), (1, 100), (2, 4), (2, 100)])
def test_the_search_ends_when_the_list_is_full_or_no_category_has_room_left(most: int, n: int) -> None:
    index = big_shop()
    ranker = CountingRanker((), [])
    query = index.query(History.empty(), T0)
    ranking = recommend(index, ranker, query, Rules(most_per_category=most), n)
    assert len(ranking) == min(n, 2 * most)
    assert ranker.scored == [len(Search.of(index, query).candidates(Rules(), ENOUGH))]


def test_items_without_a_category_are_not_limited() -> None:
    index = index_of([(T0 + each, "u", VIEW, name) for each, name in enumerate("abcdefg")], [])
    query = index.query(History.empty(), T0)
    assert (index.category == ABSENT).all()
    assert len(answer(index, query, Rules(most_per_category=1), 7)) == 7


def test_nothing_is_shown_under_a_limit_where_everything_is_excluded_or_there_is_nothing() -> None:
    everything = np.arange(len(SHOP.index.items), dtype=np.int32)
    assert shown_to_ada(5, Rules(exclude=everything, most_per_category=2)) == []
    empty = index_of([], [])
    assert len(answer(empty, empty.query(History.empty(), NOW), Rules(most_per_category=1), 5)) == 0


def test_the_catalogue_of_an_index_is_what_was_known_at_its_end() -> None:
    rows: list[Row] = [(T0, "a", Property.CATEGORY, "left"), (T0 + 1, "a", Property.CATEGORY, "right")]
    index = index_of([(T0, "u", VIEW, "a")], rows)
    assert index.tree.ids.id(int(index.category[0])) == "left"
