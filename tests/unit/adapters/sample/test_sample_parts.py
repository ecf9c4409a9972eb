"""Parts of the simulation whose rules cannot be read off the files."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from recommender.adapters.sample.browsing import Clicks, Starts, browse
from recommender.adapters.sample.catalogue import NEVER, stock_catalogue
from recommender.adapters.sample.events import Events
from recommender.adapters.sample.memory import Memory
from recommender.adapters.sample.schedule import arrange
from recommender.adapters.sample.settings import DAY_MS, SampleShop
from recommender.adapters.sample.shelf import Shelf
from recommender.adapters.sample.simulation import simulate
from recommender.adapters.sample.streams import Streams
from recommender.adapters.sample.tree import plant_tree
from recommender.adapters.sample.visitors import Visits
from recommender.adapters.sample.world import World, plant_world

HALF_HOUR_MS = 30 * 60_000
SHOP = SampleShop(visitors=500, items=400, days=30, end=date(2026, 3, 31))


@pytest.fixture(scope="module")
def world() -> World:
    return plant_world(SHOP, Streams.of(SHOP.seed))


@pytest.fixture(scope="module")
def shelf(world: World) -> Shelf:
    return world.shelf(10)


def long_visits(world: World, shelf: Shelf) -> Clicks:
    starts = Starts(
        clicks=np.full(200, 40, dtype=np.int64),
        regular=np.ones(200, dtype=np.bool_),
        favourites=world.visitors.favourites[:200].astype(np.int64),
        recent=np.full((200, 4), -1, dtype=np.int64),
    )
    return browse(starts, shelf, world.catalogue.companions, np.random.default_rng(1))


def test_a_visit_has_the_clicks_it_was_given_in_order(world: World, shelf: Shelf) -> None:
    clicks = long_visits(world, shelf)

    assert np.bincount(clicks.visit).tolist() == [40] * 200
    assert np.all(np.diff(clicks.offset_ms.reshape(200, 40), axis=1) > 0)


def test_no_pause_within_a_visit_reaches_half_an_hour(world: World, shelf: Shelf) -> None:
    offsets = long_visits(world, shelf).offset_ms.reshape(200, 40)

    assert np.all(offsets[:, 0] == 0)
    assert np.diff(offsets, axis=1).max() < HALF_HOUR_MS


def test_looks_at_an_item_are_counted_within_the_visit(world: World, shelf: Shelf) -> None:
    clicks = long_visits(world, shelf)
    first = clicks.item[:40].tolist()

    assert clicks.before[:40].tolist() == [first[:place].count(item) for place, item in enumerate(first)]


def test_only_listed_items_are_clicked(world: World, shelf: Shelf) -> None:
    assert shelf.listed[long_visits(world, shelf).item].all()
    assert not shelf.listed.all()


def test_most_views_stay_near_the_category_the_visit_began_with(world: World, shelf: Shelf) -> None:
    leaf = shelf.leaf[long_visits(world, shelf).item].reshape(200, 40)
    start, after = shelf.aisle[leaf[:, :1], 0], shelf.aisle[leaf[:, :1], 1]

    assert np.mean((start <= leaf) & (leaf < after)) > 0.55


def test_regulars_begin_in_a_favourite_category_more_often_than_not(world: World, shelf: Shelf) -> None:
    leaf = shelf.leaf[long_visits(world, shelf).item].reshape(200, 40)

    assert np.mean((leaf[:, :1] == world.visitors.favourites[:200]).any(axis=1)) > 0.7


def test_a_draw_stays_in_its_range_of_leaves(shelf: Shelf) -> None:
    leaf = np.repeat(np.arange(shelf.leaves), 50)
    filled = shelf.summed[shelf.bounds[leaf + 1]] > shelf.summed[shelf.bounds[leaf]]

    drawn = shelf.draw(leaf, leaf + 1, np.random.default_rng(2))

    assert np.array_equal(shelf.leaf[drawn][filled], leaf[filled])
    assert shelf.listed[drawn].all()


def test_an_empty_leaf_gives_an_item_from_elsewhere(shelf: Shelf) -> None:
    nothing = np.zeros(9, dtype=np.int64)

    assert shelf.listed[shelf.draw(nothing, nothing, np.random.default_rng(3))].all()


def test_visits_of_one_visitor_keep_well_apart() -> None:
    rng = np.random.default_rng(4)
    visitor = rng.integers(0, 5, 60)
    wished = rng.integers(0, DAY_MS, 60)
    duration = rng.integers(0, 3_600_000, 60)
    last_seen = np.full(5, -DAY_MS, dtype=np.int64)

    start = arrange(visitor, wished, duration, last_seen, rng)

    order = np.lexsort((start, visitor))
    apart = start[order][1:] - (start + duration)[order][:-1]
    assert apart[np.diff(visitor[order]) == 0].min() > HALF_HOUR_MS
    assert np.all(start >= wished)
    assert last_seen.tolist() == [int((start + duration)[visitor == who].max()) for who in range(5)]


def test_a_visit_waits_for_the_end_of_yesterdays() -> None:
    last_seen = np.array([1_000_000], dtype=np.int64)
    visitor, wished = np.array([0]), np.array([1_000_001])

    start = arrange(visitor, wished, np.array([7]), last_seen, np.random.default_rng(5))

    assert start[0] > 1_000_000 + HALF_HOUR_MS


@pytest.mark.parametrize("items", [20, 400, 3_000, 235_000])
def test_no_path_through_the_tree_comes_back_to_its_start(items: int) -> None:
    tree = plant_tree(items, np.random.default_rng(6))
    row = np.arange(tree.leaves)
    levels = 0
    while (row >= 0).any():
        row = np.where(row >= 0, tree.parent[row], -1)
        levels += 1

    assert levels <= 4
    assert np.all(tree.parent[tree.parent < 0] == -1)
    assert np.all((tree.parent > np.arange(len(tree.parent))) | (tree.parent == -1))
    assert len(set(tree.ids.tolist())) == len(tree.ids)


def test_an_aisle_is_the_leaves_of_one_parent() -> None:
    tree = plant_tree(3_000, np.random.default_rng(7))
    for leaf, (first, after) in enumerate(tree.aisle.tolist()):
        siblings = np.flatnonzero(tree.parent[: tree.leaves] == tree.parent[leaf])
        assert siblings.tolist() == list(range(first, after))


def test_companions_are_mostly_of_the_same_leaf_and_mutual(world: World) -> None:
    catalogue = world.catalogue
    items = np.arange(len(catalogue.ids))

    assert np.mean(catalogue.leaf[catalogue.companions[:, 0]] == catalogue.leaf) > 0.9
    assert np.array_equal(catalogue.companions[catalogue.companions[:, 0], 1], items)
    assert np.array_equal(catalogue.companions[catalogue.companions[:, 2], 2], items)


def test_a_moved_item_stands_in_its_new_leaf_from_then_on(world: World) -> None:
    catalogue = world.catalogue
    moved = int(np.flatnonzero(catalogue.moved_ms < SHOP.end_ms)[0])
    moment = int(catalogue.moved_ms[moved])

    assert catalogue.leaf_at(moment - 1)[moved] == catalogue.leaf[moved]
    assert catalogue.leaf_at(moment)[moved] == catalogue.next_leaf[moved]


def test_popularity_drifts_over_weeks(world: World) -> None:
    steady = world.popularity.bump_height == 0

    drift = np.log(world.popularity.on(28) / world.popularity.on(0))[steady]

    assert 0.3 < drift.std() < 1.2
    assert abs(drift.mean()) < 0.2


def test_interest_in_a_hit_jumps_at_its_birth_and_fades(world: World) -> None:
    calm = replace(world.popularity, bump_height=np.zeros(SHOP.items))
    early = world.popularity.bump_day < 15
    hit = int(np.argmax(np.where(early, world.popularity.bump_height, 0)))
    birth = int(np.ceil(world.popularity.bump_day[hit]))

    lift = [float((world.popularity.on(day) / calm.on(day))[hit]) for day in (birth - 1, birth, birth + 10)]

    assert lift[0] == pytest.approx(1)
    assert lift[1] > 10
    assert 2 < lift[2] < lift[1] / 3


def test_a_longer_list_of_visitors_leaves_the_items_alone() -> None:
    small, large = (
        stock_catalogue(shop, plant_tree(shop.items, streams.tree), streams.items)
        for shop in (SHOP, replace(SHOP, visitors=900))
        for streams in [Streams.of(SHOP.seed)]
    )

    assert np.array_equal(small.ids, large.ids)
    assert np.array_equal(small.born_ms, large.born_ms)


def test_visits_pushed_to_later_days_do_not_meet_items_that_have_gone(world: World) -> None:
    gone = np.where(np.arange(SHOP.items) % 2 == 0, SHOP.day_ms(2), NEVER)
    crowded = replace(
        world,
        catalogue=replace(world.catalogue, gone_ms=gone),
        visits=Visits(
            visitor=np.zeros(60, dtype=np.int32),
            clicks=np.full(60, 5, dtype=np.int32),
            bounds=np.array([0] + [60] * SHOP.days),
        ),
    )

    days = list(simulate(crowded, Streams.of(1)))

    time, item = (np.concatenate([getattr(day, column) for day in days]) for column in ("time", "item"))
    assert time.max() > SHOP.day_ms(4)
    assert np.all(np.diff(time) >= 0)
    assert np.all(time < gone[item])
    assert len(time) < 60 * 5


def test_the_last_item_of_a_visit_is_remembered_in_front() -> None:
    memory = Memory.blank(2)
    for item in (5, 6, 7, 8, 9):
        memory.remember_view(np.array([1]), np.array([item]))

    assert memory.recent.tolist() == [[-1, -1, -1, -1], [9, 8, 7, 6]]


def test_what_is_bought_is_owned_and_no_longer_looked_up() -> None:
    memory = Memory.blank(2)
    for item in (7, 8):
        memory.remember_view(np.array([0, 1]), np.array([item, item]))
    both, columns = np.array([0, 0]), np.array([7, 8])

    memory.remember_purchases(Events(both, both, both, columns, np.array([3, 3])), np.array([70, 80]))

    assert memory.recent.tolist() == [[-1, -1, -1, -1], [8, 7, -1, -1]]
    assert memory.owned.tolist() == [70, 80]
    assert memory.baskets == 4


def test_a_day_without_purchases_leaves_the_count_of_baskets() -> None:
    memory = Memory.blank(1)
    memory.baskets = 4

    memory.remember_purchases(Events.none(), np.zeros(0, dtype=np.int64))

    assert memory.baskets == 4
