from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from recommender.adapters.sample.catalogue import NEVER, Catalogue, stock_catalogue
from recommender.adapters.sample.funnel import Carts, Looks, pair_keys, pay, put_into_carts
from recommender.adapters.sample.settings import DAY_MS, SampleShop
from recommender.adapters.sample.tree import plant_tree

SHOP = SampleShop(items=40, days=10, end=date(2026, 3, 31))
NOW = SHOP.start_ms + 5 * DAY_MS
NOTHING = np.zeros(0, dtype=np.int64)

# Readiness that turns every look into a cart.
CERTAIN = 1e9


@pytest.fixture
def catalogue() -> Catalogue:
    """Items which are always on sale."""
    rng = np.random.default_rng(1)
    stocked = stock_catalogue(SHOP, plant_tree(SHOP.items, rng), rng)
    always, never = np.full(SHOP.items, SHOP.start_ms), np.full(SHOP.items, NEVER)
    return replace(stocked, born_ms=always, gone_ms=never, paused_ms=never, back_ms=never)


def looks(visits: list[int], items: list[int], keenness: float = CERTAIN) -> Looks:
    visit = np.array(visits, dtype=np.int64)
    time = NOW + 60_000 * np.arange(len(visits))
    before = np.zeros(len(visits), dtype=np.int64)
    return Looks(
        time, visit, visit + 100, np.array(items, dtype=np.int64), before, np.full(len(visits), keenness)
    )


def carts_of(visits: list[int], items: list[int], catalogue: Catalogue) -> Carts:
    return put_into_carts(looks(visits, items), catalogue, NOTHING, np.random.default_rng(2))


def test_an_item_is_put_into_the_cart_once_in_a_visit(catalogue: Catalogue) -> None:
    carts = carts_of([0, 0, 0, 1], [7, 7, 8, 7], catalogue)

    assert list(zip(carts.visit.tolist(), carts.events.item.tolist(), strict=True)) == [
        (0, 7),
        (0, 8),
        (1, 7),
    ]
    assert carts.events.visitor.tolist() == [100, 100, 101]


def test_a_cart_comes_seconds_after_the_look(catalogue: Catalogue) -> None:
    waits = carts_of([0, 1, 2], [7, 8, 9], catalogue).events.time - looks([0, 1, 2], [7, 8, 9]).time

    assert waits.min() >= 5_000
    assert waits.max() < 90_000


def test_who_is_not_keen_puts_nothing_into_the_cart(catalogue: Catalogue) -> None:
    carts = put_into_carts(looks([0, 1], [7, 8], keenness=0), catalogue, NOTHING, np.random.default_rng(3))

    assert len(carts.visit) == 0


def test_what_a_visitor_owns_is_not_put_into_the_cart_again(catalogue: Catalogue) -> None:
    owned = pair_keys(np.array([100]), np.array([7]), catalogue)

    carts = put_into_carts(looks([0, 0, 1], [7, 8, 7]), catalogue, owned, np.random.default_rng(4))

    assert list(zip(carts.visit.tolist(), carts.events.item.tolist(), strict=True)) == [(0, 8), (1, 7)]


def test_an_item_that_leaves_after_the_look_is_not_put_into_the_cart(catalogue: Catalogue) -> None:
    gone = catalogue.gone_ms.copy()
    gone[7] = NOW + 1

    carts = carts_of([0, 0], [7, 8], replace(catalogue, gone_ms=gone))

    assert carts.events.item.tolist() == [8]


def test_an_item_that_leaves_after_the_cart_is_not_sold(catalogue: Catalogue) -> None:
    carts = carts_of(list(range(300)), [7] * 300, catalogue)
    leaving = replace(catalogue, gone_ms=np.full(SHOP.items, int(carts.events.time.max()) + 1))

    sold = pay(carts, carts.events.time, catalogue, 0, np.random.default_rng(5))
    still_sold = pay(carts, carts.events.time, leaving, 0, np.random.default_rng(5))

    assert 0 < len(still_sold.time) < len(sold.time)
    assert leaving.on_sale(still_sold.item, still_sold.time).all()


def test_a_basket_is_one_visit_and_numbers_have_no_holes(catalogue: Catalogue) -> None:
    visits = np.repeat(np.arange(200), 3).tolist()
    carts = carts_of(visits, [7, 8, 9] * 200, catalogue)
    visit_end = NOW + 60_000 * (3 * np.arange(200) + 2)

    paid = pay(carts, visit_end, catalogue, 50, np.random.default_rng(6))

    assert np.unique(paid.basket).tolist() == list(range(50, 50 + len(np.unique(paid.visitor))))
    assert len(np.unique(np.stack([paid.basket, paid.visitor, paid.time]), axis=1)[0]) == len(
        np.unique(paid.basket)
    )
    assert np.all(paid.time > visit_end[paid.visitor - 100])


def test_a_day_without_looks_sells_nothing(catalogue: Catalogue) -> None:
    carts = carts_of([], [], catalogue)

    assert len(pay(carts, NOTHING, catalogue, 9, np.random.default_rng(7)).time) == 0


def test_a_pause_and_the_ends_of_a_life_are_exact_to_the_millisecond(catalogue: Catalogue) -> None:
    shifted = replace(
        catalogue,
        born_ms=np.full(SHOP.items, 10),
        paused_ms=np.full(SHOP.items, 20),
        back_ms=np.full(SHOP.items, 30),
        gone_ms=np.full(SHOP.items, 40),
    )
    moments = np.array([9, 10, 19, 20, 29, 30, 39, 40])

    on_sale = shifted.on_sale(np.zeros(len(moments), dtype=np.int64), moments).tolist()

    assert on_sale == [False, True, True, False, False, True, True, False]
