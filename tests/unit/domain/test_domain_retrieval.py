from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import INDEXES, LAW, MIDDLE, T0, history_of
from worlds import BUY, CART, NOW, VIEW, ago, shop_index

from recommender.domain.events import EventType
from recommender.domain.history import History
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.retrieval import SOURCES, Query, Reason, Shortlist, Source, retrieve, unite
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


def shown(shortlist: Shortlist, index: Index = SHOP) -> list[str]:
    return index.items.ids(shortlist.item)


def reasons(shortlist: Shortlist) -> list[Reason]:
    return [Reason(code) for code in shortlist.reason.tolist()]


@st.composite
def questions(draw: st.DrawFn) -> tuple[Index, Query]:
    """A shop of chance, and somebody who looked at some of its items and may ask for a category."""
    index = draw(INDEXES)
    size = draw(st.integers(0, 6))
    item = draw(st.lists(st.integers(0, len(index.items) - 1), min_size=size, max_size=size))
    kind = draw(st.lists(st.sampled_from(EventType), min_size=size, max_size=size))
    history = History(np.array(item, np.int32), T0 + np.arange(size, dtype=np.int64), np.array(kind, np.int8))
    within = draw(st.integers(ABSENT, len(index.tree) - 1))
    return index, index.query(history, MIDDLE, within)


def slow_popularity(index: Index, popularity: np.typing.NDArray[np.float64]) -> list[int]:
    """Rows of the available items, most popular first, ties by id."""
    rows = sorted(range(len(index.items)), key=lambda row: (-popularity[row], index.items.id(row)))
    return [row for row in rows if index.available[row]]


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
    own = source_of(SHOP, OwnItems).shortlist(query, 10)
    assert shown(own) == ["cable", "rake", "hose"]
    assert own.score.tolist() == [1, 1 / 2, 1 / 3]
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
    assert reasons(source_of(SHOP, OwnItems).shortlist(asked(*events), 5)) == [reason]


def test_a_guest_has_no_own_items() -> None:
    assert shown(source_of(SHOP, OwnItems).shortlist(asked(), 5)) == []


def test_popular_in_the_shop_is_the_same_for_everybody_and_never_sold_out() -> None:
    source = source_of(SHOP, PopularInShop)
    guest, shopper = source.shortlist(asked(), 50), source.shortlist(asked((1, VIEW, "hose")), 50)
    assert shown(guest) == shown(shopper)
    assert shown(guest)[:3] == ["phone-a", "rake", "phone-b"]
    assert "phone-d" not in shown(guest)
    assert set(reasons(guest)) == {Reason.POPULAR}


def test_what_nobody_ever_looked_at_comes_last_in_order_of_id() -> None:
    assert shown(source_of(SHOP, PopularInShop).shortlist(asked(), 50))[-2:] == ["laptop-c", "seeds"]


def test_popular_in_category_reads_the_category_then_its_parents_then_the_shop() -> None:
    listed = source_of(SHOP, PopularInCategory).shortlist(asked((1, VIEW, "laptop-b")), 50)
    assert shown(listed)[:3] == ["laptop-a", "laptop-b", "laptop-c"]
    assert shown(listed)[3:7] == ["phone-a", "phone-b", "phone-c", "cable"]
    assert shown(listed)[7:] == ["rake", "hose", "gift-card", "seeds"]
    assert reasons(listed) == [Reason.POPULAR_IN_CATEGORY] * 7 + [Reason.POPULAR] * 4


@pytest.mark.parametrize("limit", range(1, 13))
def test_a_list_is_continued_by_the_next_until_it_is_long_enough(limit: int) -> None:
    source, query = source_of(SHOP, PopularInCategory), asked((1, VIEW, "laptop-b"))
    assert shown(source.shortlist(query, limit)) == shown(source.shortlist(query, 50))[:limit]
    assert len(source.shortlist(query, limit).item) == min(limit, 11)


def test_the_most_recent_known_category_counts_even_if_a_later_item_has_none() -> None:
    query = asked((1, VIEW, "phone-a"), (2, VIEW, "hose"), (3, VIEW, "gift-card"))
    assert SHOP.tree.ids.id(query.recent_category) == "garden"
    assert shown(source_of(SHOP, PopularInCategory).shortlist(query, 2)) == ["rake", "hose"]


def test_a_guest_is_shown_what_is_popular_in_the_shop() -> None:
    guest = source_of(SHOP, PopularInCategory).shortlist(asked(), 50)
    assert shown(guest) == shown(source_of(SHOP, PopularInShop).shortlist(asked(), 50))
    assert set(reasons(guest)) == {Reason.POPULAR}


def test_within_a_category_only_its_subtree_is_listed_whatever_was_looked_at() -> None:
    query = asked((1, VIEW, "hose"), within="laptops")
    assert shown(source_of(SHOP, PopularInCategory).shortlist(query, 50)) == [
        "laptop-a",
        "laptop-b",
        "laptop-c",
    ]


@given(questions(), LIMITS)
@LAW
def test_popular_in_category_is_a_naive_walk_up_the_tree(question: tuple[Index, Query], limit: int) -> None:
    index, query = question
    source = source_of(index, PopularInCategory)
    assert isinstance(source, PopularInCategory)
    found = source.shortlist(query, limit)
    slow = slow_in_category(index, slow_popularity(index, source.popularity), query, limit)
    assert found.item.tolist() == [row for row, _ in slow]
    assert [reason == Reason.POPULAR for reason in reasons(found)] == [of_shop for _, of_shop in slow]
    np.testing.assert_array_equal(found.score, source.popularity[found.item])


@given(questions(), LIMITS)
@LAW
def test_popular_in_the_shop_is_every_available_item_by_popularity(
    question: tuple[Index, Query], limit: int
) -> None:
    index, query = question
    found = source_of(index, PopularInShop).shortlist(query, limit)
    by_category = source_of(index, PopularInCategory)
    assert isinstance(by_category, PopularInCategory)
    slow = slow_popularity(index, by_category.popularity)
    assert found.item.tolist() == slow[: min(limit, LONGEST)]


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
    found = source_of(index, OwnItems).shortlist(query, limit)
    assert list(zip(found.item.tolist(), reasons(found), strict=True)) == slow[:limit]


@pytest.mark.parametrize("kind", SOURCES)
@given(question=questions(), limit=LIMITS)
@LAW
def test_a_source_lists_distinct_items_best_first_and_a_shorter_list_is_how_a_longer_one_begins(
    kind: type[Source], question: tuple[Index, Query], limit: int
) -> None:
    index, query = question
    shorter, longer = (source_of(index, kind).shortlist(query, each) for each in (limit, limit + 1))
    assert len(shorter.item) <= limit
    assert len(set(shorter.item.tolist())) == len(shorter.item)
    for field in ("item", "score", "reason"):
        column, extended = getattr(shorter, field), getattr(longer, field)
        np.testing.assert_array_equal(column, extended[: len(column)], strict=True)
    assert [shorter.item.dtype, shorter.score.dtype, shorter.reason.dtype] == [np.int32, np.float64, np.int8]


def shortlist(*items: int, reason: Reason, scores: tuple[float, ...] | None = None) -> Shortlist:
    score = np.array(scores if scores is not None else [1.0] * len(items))
    return Shortlist(np.array(items, np.int32), score, np.full(len(items), reason, np.int8))


def test_a_union_has_each_item_once_in_order_of_row_with_what_each_source_said() -> None:
    union = unite(
        [
            shortlist(7, 3, reason=Reason.SEEN_BEFORE, scores=(0.9, 0.8)),
            shortlist(3, 5, 7, reason=Reason.POPULAR, scores=(30.0, 20.0, 10.0)),
        ]
    )
    assert union.item.tolist() == [3, 5, 7]
    assert union.score.tolist() == [[0.8, 30.0], [0.0, 20.0], [0.9, 10.0]]
    assert union.rank.tolist() == [[1 / 2, 1], [0, 1 / 2], [1, 1 / 3]]
    assert [Reason(code) for code in union.reason] == [Reason.POPULAR, Reason.POPULAR, Reason.SEEN_BEFORE]


def test_of_two_sources_that_rank_an_item_equally_high_the_earlier_gives_the_reason() -> None:
    lists = [shortlist(1, reason=Reason.IN_CART), shortlist(1, reason=Reason.POPULAR)]
    assert unite(lists).reason.tolist() == [Reason.IN_CART]
    assert unite(lists[::-1]).reason.tolist() == [Reason.POPULAR]


def test_sources_with_nothing_to_say_make_an_empty_union_with_a_column_each() -> None:
    union = unite([shortlist(reason=Reason.POPULAR), shortlist(reason=Reason.POPULAR)])
    assert (len(union), union.score.shape, union.rank.shape) == (0, (0, 2), (0, 2))


def test_only_the_chosen_candidates_stay_as_they_were() -> None:
    union = unite([shortlist(3, 1, 2, reason=Reason.POPULAR, scores=(3.0, 2.0, 1.0))])
    some = union.only(np.array([True, False, True]))
    assert some.item.tolist() == [1, 3]
    assert some.score.tolist() == [[2.0], [3.0]]
    assert some.rank.tolist() == [[1 / 2], [1.0]]


@given(questions(), LIMITS)
@LAW
def test_what_is_retrieved_is_what_the_sources_list_one_by_one(
    question: tuple[Index, Query], limit: int
) -> None:
    index, query = question
    lists = [source.shortlist(query, limit) for source in index.sources]
    candidates = retrieve(index.sources, query, limit)
    items = sorted({int(row) for each in lists for row in each.item})
    assert candidates.item.tolist() == items
    for place, row in enumerate(items):
        best: tuple[float, int] = (0.0, -1)
        for column, each in enumerate(lists):
            at = np.flatnonzero(each.item == row)
            rank = 1 / (1 + int(at[0])) if len(at) else 0.0
            assert candidates.rank[place, column] == rank
            assert candidates.score[place, column] == (each.score[at[0]] if len(at) else 0.0)
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


def test_popularity_is_relative_to_the_end_of_the_log() -> None:
    source = source_of(SHOP, PopularInShop)
    assert isinstance(source, PopularInShop)
    assert SHOP.end == ago(minutes=5) + 1
    assert SHOP.items.id(int(source.item[1])) == "rake"
    assert source.popularity[1] == pytest.approx(np.log1p(1 + 3 + 1 + 5), abs=0.02)
