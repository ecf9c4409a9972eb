from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import (
    INDEXES,
    LAW,
    MIDDLE,
    T0,
    assert_close,
    assert_same,
    event_lists,
    history_of,
    index_of,
    row_lists,
)
from worlds import BUY, CART, NOW, VIEW, shop_index

from recommender.domain.events import EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.popularity import decayed_popularity
from recommender.domain.retrieval import SOURCES, Findings, Query, Reason, Shortlist, Source, unite
from recommender.domain.retrieval.own_items import OwnItems
from recommender.domain.retrieval.popular_in_category import PopularInCategory
from recommender.domain.retrieval.popular_in_shop import LONGEST, PopularInShop

SHOP = shop_index()
LIMITS = st.integers(1, 12)


def source_of(index: Index, kind: type[Source]) -> Source:
    return next(source for source in index.sources if isinstance(source, kind))


def asked(*events: tuple[int, EventType, str], within: str | None = None, index: Index = SHOP) -> Query:
    category = ABSENT if within is None else index.tree.ids.row(within)
    return index.query(history_of(index, *events), NOW, category)


def found_by(kind: type[Source], query: Query, index: Index = SHOP) -> Findings:
    return source_of(index, kind).ask(query)


def shown(shortlist: Shortlist, index: Index = SHOP) -> list[str]:
    return index.items.ids(shortlist.item)


def reasons(shortlist: Shortlist) -> list[Reason]:
    return [Reason(code) for code in shortlist.reason.tolist()]


@st.composite
def asking(draw: st.DrawFn, index: Index) -> Query:
    """Somebody who looked at some items of a shop and may ask for a category."""
    size = draw(st.integers(0, 6))
    item = draw(st.lists(st.integers(0, len(index.items) - 1), min_size=size, max_size=size))
    kind = draw(st.lists(st.sampled_from(EventType), min_size=size, max_size=size))
    history = History(np.array(item, np.int32), T0 + np.arange(size, dtype=np.int64), np.array(kind, np.int8))
    within = draw(st.integers(ABSENT, len(index.tree) - 1))
    moment = draw(st.sampled_from([T0 + size, MIDDLE]))  # the session is live, or long over
    return index.query(history, moment, within)


@st.composite
def questions(draw: st.DrawFn) -> tuple[Index, Query]:
    """A shop of chance, and somebody who asks there."""
    index = draw(INDEXES)
    return index, draw(asking(index))


@st.composite
def ranked_shops(draw: st.DrawFn) -> tuple[Index, Query, list[int]]:
    """A question, and the rows of the shop's available items, most popular first, ties by id."""
    events, rows = draw(event_lists(least=1)), draw(row_lists())
    index = index_of(events, rows)
    popularity = decayed_popularity(InteractionLog.of(*events).recoded(index.items))
    ranked = sorted(range(len(index.items)), key=lambda row: (-popularity[row], index.items.id(row)))
    return index, draw(asking(index)), [row for row in ranked if index.available[row]]


def slow_in_category(index: Index, ranked: Sequence[int], query: Query, limit: int) -> list[tuple[int, bool]]:
    """Walk over the category, its parents and the shop; (item, whether only the shop's list had it)."""
    found: list[tuple[int, bool]] = []
    path = index.tree.path(query.recent_category if query.within == ABSENT else query.within)
    for above in path if query.within == ABSENT else path[:1]:
        members = [row for row in ranked if above in index.tree.path(int(index.category[row]))]
        found += [(row, False) for row in members if row not in dict(found)]
    if query.within == ABSENT:
        found += [(row, True) for row in ranked if row not in dict(found)]
    return found[:limit]


def test_own_items_come_latest_first_and_each_once() -> None:
    query = asked((1, VIEW, "rake"), (2, VIEW, "hose"), (3, VIEW, "rake"), (4, VIEW, "cable"))
    own = found_by(OwnItems, query).shortlist(10)
    assert shown(own) == ["cable", "rake", "hose"]
    assert reasons(own) == [Reason.SEEN_BEFORE] * 3


@pytest.mark.parametrize(
    ("kinds", "reason"),
    [
        ([CART], Reason.IN_CART),
        ([CART, VIEW], Reason.IN_CART),
        ([CART, BUY], Reason.SEEN_BEFORE),
        ([CART, BUY, VIEW], Reason.SEEN_BEFORE),
        ([BUY, CART], Reason.IN_CART),
        ([BUY], Reason.SEEN_BEFORE),
    ],
)
def test_an_item_is_in_the_cart_until_it_is_bought(kinds: list[EventType], reason: Reason) -> None:
    events = [(time, kind, "rake") for time, kind in enumerate(kinds)]
    assert reasons(found_by(OwnItems, asked(*events)).shortlist(5)) == [reason]


def test_a_guest_has_no_own_items() -> None:
    assert shown(found_by(OwnItems, asked()).shortlist(5)) == []


def test_of_a_long_history_the_latest_items_are_listed_however_many_are_asked_for() -> None:
    names = [f"item {each:03}" for each in range(2 * OwnItems.FIRST)]
    index = index_of([(T0 + each, "u", VIEW, name) for each, name in enumerate(names)], [])
    query = index.query(index.histories.of(0), index.end)
    assert shown(found_by(OwnItems, query, index).shortlist(1000), index) == names[: -OwnItems.FIRST - 1 : -1]


def test_popular_in_the_shop_is_the_same_for_everybody_and_never_sold_out() -> None:
    guest = found_by(PopularInShop, asked()).shortlist(50)
    shopper = found_by(PopularInShop, asked((1, VIEW, "hose"))).shortlist(50)
    assert shown(guest) == shown(shopper)
    assert shown(guest)[:3] == ["phone-a", "rake", "phone-b"]
    assert "phone-d" not in shown(guest)
    assert set(reasons(guest)) == {Reason.POPULAR}


def test_what_nobody_ever_looked_at_comes_last_in_order_of_id() -> None:
    assert shown(found_by(PopularInShop, asked()).shortlist(50))[-2:] == ["laptop-c", "seeds"]


def test_popular_in_category_reads_the_category_then_its_parents_then_the_shop() -> None:
    listed = found_by(PopularInCategory, asked((1, VIEW, "laptop-b"))).shortlist(50)
    assert shown(listed)[:3] == ["laptop-a", "laptop-b", "laptop-c"]
    assert shown(listed)[3:7] == ["phone-a", "phone-b", "phone-c", "cable"]
    assert shown(listed)[7:] == ["rake", "hose", "gift-card", "seeds"]
    assert reasons(listed) == [Reason.POPULAR_IN_CATEGORY] * 7 + [Reason.POPULAR] * 4


@pytest.mark.parametrize("limit", range(1, 13))
def test_a_list_is_continued_by_the_next_until_it_is_long_enough(limit: int) -> None:
    found = found_by(PopularInCategory, asked((1, VIEW, "laptop-b")))
    assert shown(found.shortlist(limit)) == shown(found.shortlist(50))[:limit]
    assert len(found.shortlist(limit).item) == min(limit, 11)


def test_the_most_recent_known_category_counts_even_if_a_later_item_has_none() -> None:
    query = asked((1, VIEW, "phone-a"), (2, VIEW, "hose"), (3, VIEW, "gift-card"))
    assert SHOP.tree.ids.id(query.recent_category) == "garden"
    assert shown(found_by(PopularInCategory, query).shortlist(2)) == ["rake", "hose"]


def test_a_guest_is_shown_what_is_popular_in_the_shop() -> None:
    guest = found_by(PopularInCategory, asked()).shortlist(50)
    assert shown(guest) == shown(found_by(PopularInShop, asked()).shortlist(50))
    assert set(reasons(guest)) == {Reason.POPULAR}


def test_within_a_category_only_its_subtree_is_listed_whatever_was_looked_at() -> None:
    query = asked((1, VIEW, "hose"), within="laptops")
    found = found_by(PopularInCategory, query).shortlist(50)
    assert shown(found) == ["laptop-a", "laptop-b", "laptop-c"]


@given(ranked_shops(), LIMITS)
@LAW
def test_popular_in_category_is_a_naive_walk_up_the_tree(
    shop: tuple[Index, Query, list[int]], limit: int
) -> None:
    index, query, ranked = shop
    found = found_by(PopularInCategory, query, index).shortlist(limit)
    slow = slow_in_category(index, ranked, query, limit)
    assert found.item.tolist() == [row for row, _ in slow]
    assert [reason == Reason.POPULAR for reason in reasons(found)] == [of_shop for _, of_shop in slow]


@given(ranked_shops(), LIMITS)
@LAW
def test_popular_in_the_shop_is_every_available_item_by_popularity(
    shop: tuple[Index, Query, list[int]], limit: int
) -> None:
    index, query, ranked = shop
    found = found_by(PopularInShop, query, index).shortlist(limit)
    assert found.item.tolist() == ranked[: min(limit, LONGEST)]


@given(questions(), LIMITS)
@LAW
def test_own_items_are_a_naive_walk_back_through_the_history(
    question: tuple[Index, Query], limit: int
) -> None:
    index, query = question
    slow: list[tuple[int, Reason]] = []
    for at in reversed(range(len(query.history))):
        item = int(query.history.item[at])
        of_item = query.history.type[query.history.item == item]
        decisive = of_item[of_item != VIEW]
        in_cart = len(decisive) and decisive[-1] == CART
        if item not in dict(slow):
            slow.append((item, Reason.IN_CART if in_cart else Reason.SEEN_BEFORE))
    found = found_by(OwnItems, query, index).shortlist(limit)
    assert list(zip(found.item.tolist(), reasons(found), strict=True)) == slow[:limit]


@pytest.mark.parametrize("kind", SOURCES)
@given(question=questions(), limit=LIMITS)
@LAW
def test_a_source_lists_distinct_items_best_first_and_a_shorter_list_is_how_a_longer_one_begins(
    kind: type[Source], question: tuple[Index, Query], limit: int
) -> None:
    index, query = question
    found = found_by(kind, query, index)
    shorter, longer = found.shortlist(limit), found.shortlist(limit + 1)
    assert len(shorter.item) <= limit
    assert len(set(shorter.item.tolist())) == len(shorter.item)
    for field in ("item", "reason"):
        column, extended = getattr(shorter, field), getattr(longer, field)
        np.testing.assert_array_equal(column, extended[: len(column)], strict=True)
    assert [shorter.item.dtype, shorter.reason.dtype] == [np.int32, np.int8]


@pytest.mark.parametrize("kind", SOURCES)
@given(question=questions(), data=st.data())
@LAW
def test_what_a_source_says_of_an_item_is_finite_and_does_not_depend_on_the_others_asked_about(
    kind: type[Source], question: tuple[Index, Query], data: st.DataObject
) -> None:
    index, query = question
    found, everything = found_by(kind, query, index), np.arange(len(index.items), dtype=np.int32)
    table = found.columns(everything)
    assert table.shape == (len(everything), len(kind.COLUMNS))
    assert table.dtype == np.float64
    assert np.isfinite(table).all()
    some = np.array(data.draw(st.lists(st.sampled_from(everything.tolist()))), np.int32)
    assert_close(found.columns(some), table[some])


@pytest.mark.parametrize("kind", SOURCES)
@given(question=questions())
@LAW
def test_a_source_that_is_asked_again_says_the_same(
    kind: type[Source], question: tuple[Index, Query]
) -> None:
    index, query = question
    everything = np.arange(len(index.items), dtype=np.int32)
    first, again = (found_by(kind, query, index) for _ in range(2))
    assert_same(first.shortlist(5), again.shortlist(5))
    np.testing.assert_array_equal(first.columns(everything), again.columns(everything), strict=True)


def test_sources_and_what_they_say_have_names_of_their_own_and_every_source_is_asked_for_something() -> None:
    assert len({kind.NAME for kind in SOURCES}) == len(SOURCES)
    for kind in SOURCES:
        assert len(set(kind.COLUMNS)) == len(kind.COLUMNS)
        assert kind.FIRST > 0


def shortlist(*items: int, reason: Reason) -> Shortlist:
    return Shortlist(np.array(items, np.int32), np.full(len(items), reason, np.int8))


def test_a_union_has_each_item_once_in_order_of_row_with_its_rank_in_each_list() -> None:
    union = unite(
        [
            shortlist(7, 3, reason=Reason.SEEN_BEFORE),
            shortlist(3, 5, 7, reason=Reason.POPULAR),
        ]
    )
    assert union.item.tolist() == [3, 5, 7]
    assert union.rank.tolist() == [[1 / 2, 1], [0, 1 / 2], [1, 1 / 3]]
    assert [Reason(code) for code in union.reason] == [Reason.POPULAR, Reason.POPULAR, Reason.SEEN_BEFORE]


def test_of_two_sources_that_rank_an_item_equally_high_the_earlier_gives_the_reason() -> None:
    lists = [shortlist(1, reason=Reason.IN_CART), shortlist(1, reason=Reason.POPULAR)]
    assert unite(lists).reason.tolist() == [Reason.IN_CART]
    assert unite(lists[::-1]).reason.tolist() == [Reason.POPULAR]


def test_sources_with_nothing_to_say_make_an_empty_union_with_a_column_each() -> None:
    union = unite([shortlist(reason=Reason.POPULAR), shortlist(reason=Reason.POPULAR)])
    assert (len(union), union.rank.shape) == (0, (0, 2))


def test_only_the_chosen_candidates_stay_as_they_were() -> None:
    union = unite([shortlist(3, 1, 2, reason=Reason.POPULAR)])
    some = union.only(np.array([True, False, True]))
    assert some.item.tolist() == [1, 3]
    assert some.rank.tolist() == [[1 / 2], [1.0]]


@given(questions(), st.lists(LIMITS, min_size=len(SOURCES), max_size=len(SOURCES)))
@LAW
def test_a_union_is_what_going_through_the_lists_one_by_one_gives(
    question: tuple[Index, Query], limits: list[int]
) -> None:
    index, query = question
    lists = [source.ask(query).shortlist(limit) for source, limit in zip(index.sources, limits, strict=True)]
    candidates = unite(lists)
    items = sorted({int(row) for each in lists for row in each.item})
    assert candidates.item.tolist() == items
    for place, row in enumerate(items):
        best: tuple[float, int] = (0.0, -1)
        for column, each in enumerate(lists):
            at = np.flatnonzero(each.item == row)
            rank = 1 / (1 + int(at[0])) if len(at) else 0.0
            assert candidates.rank[place, column] == rank
            if rank > best[0]:
                best = (rank, int(each.reason[at[0]]))
        assert candidates.reason[place] == best[1]


def test_the_names_of_reasons_on_the_wire_are_the_closed_list_of_the_contract() -> None:
    assert [reason.wire for reason in Reason] == [
        "session_neighbours",
        "bought_together",
        "seen_before",
        "in_cart",
        "popular_in_category",
        "popular",
        "trending",
        "similar_item",
    ]
