from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from worlds import SOLD_OUT, TREE, shop_index

from recommender.application.item_lists import LARGEST_BASKET, ItemList, ItemLists, ListRequest
from recommender.application.wishes import LARGEST_N
from recommender.domain.errors import InvalidRequest, UnknownItem
from recommender.domain.popularity import Window
from recommender.domain.retrieval.trending import TRENDS

LISTS = ItemLists(shop_index())
ALL = ListRequest(n=100)

Asking = Callable[[ListRequest], ItemList]
EVERY: dict[str, Asking] = {
    "similar": lambda request: LISTS.similar("phone-a", request),
    "bought with": lambda request: LISTS.bought_with("phone-a", request),
    "bought together": lambda request: LISTS.bought_together(["phone-a", "rake"], request),
    "popular": lambda request: LISTS.popular(Window.WEEK, request),
    "trending": lambda request: LISTS.trending(Window.DAY, request),
}
every_list = pytest.mark.parametrize("ask", EVERY.values(), ids=EVERY)


def shown(found: ItemList) -> list[str]:
    return [each.item_id for each in found.recommendations]


@every_list
def test_every_list_has_something_to_say_and_never_what_is_sold_out(ask: Asking) -> None:
    assert shown(ask(ALL))
    assert SOLD_OUT not in shown(ask(ALL))
    assert SOLD_OUT not in shown(ask(replace(ALL, category="phones")))


@every_list
@pytest.mark.parametrize("n", [-1, 0, LARGEST_N + 1])
def test_a_length_out_of_bounds_is_refused(ask: Asking, n: int) -> None:
    for field, request in (("n", ListRequest(n=n)), ("max_per_category", ListRequest(max_per_category=n))):
        with pytest.raises(InvalidRequest, match=f"^{field}: expected 1 to 100, not {n}$"):
            ask(request)


@every_list
def test_a_category_that_the_catalogue_does_not_know_is_refused(ask: Asking) -> None:
    with pytest.raises(InvalidRequest, match="category: the catalogue has no category 'teapots'"):
        ask(ListRequest(category="teapots"))


@every_list
def test_excluded_items_are_left_out_and_unknown_ones_among_them_do_no_harm(ask: Asking) -> None:
    first, *others = shown(ask(ALL))
    assert shown(ask(replace(ALL, exclude=(first, "teapot")))) == others


@every_list
def test_one_of_each_category_is_the_best_of_each(ask: Asking) -> None:
    index = LISTS.index
    categories = index.category[index.items.rows(shown(ask(replace(ALL, max_per_category=1))))].tolist()
    known = [each for each in categories if each >= 0]
    assert len(known) == len(set(known))
    assert shown(ask(replace(ALL, max_per_category=1)))[0] == shown(ask(ALL))[0]


@pytest.mark.parametrize("category", TREE)
def test_a_category_shows_its_subtree_only(category: str) -> None:
    within = LISTS.popular(Window.ALL, replace(ALL, category=category))
    everywhere = shown(LISTS.popular(Window.ALL, ALL))
    assert shown(within) == [item for item in everywhere if item in shown(within)]
    assert len(shown(within)) == {"electronics": 7, "phones": 3, "laptops": 3, "garden": 3}[category]


def test_an_item_that_the_shop_does_not_have_is_unknown() -> None:
    for ask in (LISTS.similar, LISTS.bought_with):
        with pytest.raises(UnknownItem, match="There is no item 'teapot'"):
            ask("teapot", ALL)


def test_an_item_that_nobody_ever_looked_at_is_known() -> None:
    assert shown(LISTS.similar("seeds", ALL)) == ["rake", "hose"]
    assert shown(LISTS.bought_with("seeds", ALL)) == []


def test_what_is_sold_out_may_be_asked_about() -> None:
    assert shown(LISTS.similar(SOLD_OUT, ALL))


def test_a_basket_of_one_is_that_item() -> None:
    assert LISTS.bought_together(["rake"], ALL) == LISTS.bought_with("rake", ALL)


def test_an_item_that_is_in_the_basket_twice_counts_once_and_their_order_does_not_matter() -> None:
    once = LISTS.bought_together(["phone-a", "rake"], ALL)
    assert LISTS.bought_together(["rake", "phone-a", "phone-a", "rake"], ALL) == once


def test_unknown_items_of_a_basket_are_ignored_and_listed_each_once() -> None:
    found = LISTS.bought_together(["teapot", "rake", "015", "teapot"], ALL)
    assert found.ignored_items == ("teapot", "015")
    assert found.recommendations == LISTS.bought_with("rake", ALL).recommendations


def test_to_a_basket_of_unknown_items_nothing_is_said() -> None:
    assert LISTS.bought_together(["teapot"], ALL) == ItemList((), ("teapot",))


def test_nothing_of_the_largest_basket_is_in_its_own_list() -> None:
    basket = [*LISTS.index.items.ids(range(12)), *(f"new-{each}" for each in range(LARGEST_BASKET - 12))]
    assert shown(LISTS.bought_together(basket, ALL)) == []


@pytest.mark.parametrize("size", [0, LARGEST_BASKET + 1])
def test_an_empty_basket_and_one_that_is_too_large_are_refused(size: int) -> None:
    with pytest.raises(InvalidRequest, match=f"items: expected 1 to {LARGEST_BASKET} items, not {size}"):
        LISTS.bought_together(["rake"] * size, ALL)


def test_a_trend_of_a_window_that_is_not_known_is_refused() -> None:
    for window in set(Window) - set(TRENDS):
        with pytest.raises(InvalidRequest, match="window: expected one of day, week"):
            LISTS.trending(window, ALL)
