"""What the files say about the people of a shop of the default size."""

import csv
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from recommender.adapters.sample import SampleShop, write_sample

SHOP = SampleShop(end=date(2026, 3, 31))
MINUTE = 60_000
HALF_HOUR = 30 * MINUTE
DAY = 24 * 60 * MINUTE

Row = tuple[int, str, str, str, str]


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    write_sample(SHOP, folder)
    return folder


@pytest.fixture(scope="module")
def events(out: Path) -> list[Row]:
    with (out / "events.csv").open(encoding="ascii", newline="") as file:
        return [
            (int(time), who, kind, item, basket)
            for time, who, kind, item, basket in list(csv.reader(file))[1:]
        ]


@pytest.fixture(scope="module")
def views(events: list[Row]) -> dict[str, list[tuple[int, str]]]:
    """Times and items of each visitor's views."""
    seen: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for time, who, kind, item, _ in events:
        if kind == "view":
            seen[who].append((time, item))
    return seen


@pytest.fixture(scope="module")
def properties(out: Path) -> dict[str, list[tuple[int, str, str]]]:
    """Time, property and value of each item, without fillers."""
    known: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    with (out / "item_properties.csv").open(encoding="ascii", newline="") as file:
        for time, item, name, value in list(csv.reader(file))[1:]:
            if name in {"categoryid", "available"}:
                known[item].append((int(time), name, value))
    return known


@pytest.fixture(scope="module")
def parents(out: Path) -> dict[str, str]:
    with (out / "category_tree.csv").open(encoding="ascii", newline="") as file:
        return dict(list(csv.reader(file))[1:])


def next_views(views: dict[str, list[tuple[int, str]]]) -> list[tuple[str, str, bool]]:
    """Item, next item of the same visit, and whether the visitor had seen the latter before."""
    pairs = []
    for history in views.values():
        seen: set[str] = set()
        for (before, item), (after, following) in pairwise(history):
            seen.add(item)
            if after - before <= HALF_HOUR:
                pairs.append((item, following, following in seen))
    return pairs


def pace_is_even(history: list[tuple[int, str]]) -> bool:
    gaps = [after[0] - before[0] for before, after in pairwise(history)]
    return len(gaps) >= 30 and max(gaps) < 1.3 * min(gaps)


def test_two_to_three_of_a_hundred_events_are_carts(events: list[Row]) -> None:
    assert 0.019 < sum(row[2] == "addtocart" for row in events) / len(events) < 0.031


def test_one_of_a_hundred_events_is_a_transaction(events: list[Row]) -> None:
    assert 0.005 < sum(row[2] == "transaction" for row in events) / len(events) < 0.011


def test_there_are_about_two_events_for_a_visitor(events: list[Row]) -> None:
    assert 1.8 < len(events) / SHOP.visitors < 2.2


def test_seven_of_ten_visitors_leave_one_event(events: list[Row]) -> None:
    counts = Counter(row[1] for row in events)

    assert 0.68 < sum(count == 1 for count in counts.values()) / len(counts) < 0.75


def test_a_few_regulars_come_again_and_again(views: dict[str, list[tuple[int, str]]]) -> None:
    visits = [1 + sum(b[0] - a[0] > HALF_HOUR for a, b in pairwise(history)) for history in views.values()]

    assert max(visits) > 30
    assert 0.08 < sum(count > 1 for count in visits) / len(visits) < 0.12


def test_a_third_of_the_next_views_are_repeats(views: dict[str, list[tuple[int, str]]]) -> None:
    pairs = next_views(views)

    assert 0.29 < sum(repeated for _, _, repeated in pairs) / len(pairs) < 0.39


def test_visits_and_absences_are_told_apart_by_half_an_hour(views: dict[str, list[tuple[int, str]]]) -> None:
    gaps = [after[0] - before[0] for history in views.values() for before, after in pairwise(history)]

    assert not [gap for gap in gaps if 15 * MINUTE + 1_000 < gap < 40 * MINUTE]


def test_the_evening_is_busy_and_the_night_is_quiet(events: list[Row]) -> None:
    hours = Counter(row[0] % DAY // (60 * MINUTE) for row in events)

    assert sum(hours[hour] for hour in (19, 20, 21)) > 8 * sum(hours[hour] for hour in (3, 4, 5))


def test_a_saturday_is_quieter_than_a_monday(events: list[Row]) -> None:
    weekdays = Counter((row[0] // DAY + 3) % 7 for row in events)

    assert weekdays[5] < 0.95 * weekdays[0]


def test_every_transaction_follows_a_cart_of_the_same_visitor_and_item(events: list[Row]) -> None:
    carted: set[tuple[str, str]] = set()
    for _, who, kind, item, _ in events:
        if kind == "addtocart":
            carted.add((who, item))
        if kind == "transaction":
            assert (who, item) in carted


def test_every_cart_follows_a_view_within_two_minutes(events: list[Row]) -> None:
    viewed: dict[tuple[str, str], int] = {}
    for time, who, kind, item, _ in events:
        if kind == "view":
            viewed[who, item] = time
        if kind == "addtocart":
            assert time - viewed[who, item] < 2 * MINUTE


def test_a_basket_belongs_to_one_visitor_and_one_moment(events: list[Row]) -> None:
    baskets: dict[str, set[tuple[int, str]]] = defaultdict(set)
    for time, who, _, _, basket in events:
        if basket:
            baskets[basket].add((time, who))

    assert {len(owners) for owners in baskets.values()} == {1}


def test_some_baskets_hold_more_than_one_item(events: list[Row]) -> None:
    assert max(Counter(row[4] for row in events if row[4]).values()) > 1


def test_some_pay_on_the_next_day(events: list[Row]) -> None:
    carted = {(who, item): time for time, who, kind, item, _ in events if kind == "addtocart"}
    waits = [time - carted[who, item] for time, who, kind, item, _ in events if kind == "transaction"]

    assert 0.05 < sum(wait > 12 * 60 * MINUTE for wait in waits) / len(waits) < 0.25


def test_hardly_anybody_buys_the_same_item_twice(events: list[Row]) -> None:
    bought = [(who, item) for _, who, kind, item, _ in events if kind == "transaction"]

    assert len(set(bought)) >= 0.99 * len(bought)


def test_looking_again_leads_to_carts_more_often(events: list[Row]) -> None:
    looks = Counter((who, item) for _, who, kind, item, _ in events if kind == "view")
    carted = {(who, item) for _, who, kind, item, _ in events if kind == "addtocart"}
    once = [pair in carted for pair, count in looks.items() if count == 1]
    often = [pair in carted for pair, count in looks.items() if count > 1]

    assert sum(often) / len(often) > 2 * sum(once) / len(once)


def test_bots_walk_evenly_and_put_nothing_into_a_cart(
    events: list[Row], views: dict[str, list[tuple[int, str]]]
) -> None:
    bots = {who for who, history in views.items() if pace_is_even(history)}

    assert len(bots) == 2
    assert 0.003 < sum(len(views[bot]) for bot in bots) / sum(map(len, views.values())) < 0.007
    assert not [row for row in events if row[1] in bots and row[2] != "view"]


def test_no_event_meets_an_item_that_is_not_on_sale(
    events: list[Row], properties: dict[str, list[tuple[int, str, str]]]
) -> None:
    states = {
        item: sorted((time, value) for time, name, value in known if name == "available")
        for item, known in properties.items()
    }
    for time, _, _, item, _ in events:
        assert [value for since, value in states[item] if since <= time][-1:] == ["1"]


def test_items_arrive_leave_and_come_back(properties: dict[str, list[tuple[int, str, str]]]) -> None:
    states = Counter(
        "".join(value for _, name, value in sorted(known) if name == "available")
        for known in properties.values()
    )
    born_later = sum(min(known)[0] > SHOP.start_ms for known in properties.values())

    assert states["10"] == 0.08 * SHOP.items
    assert states["101"] == 0.03 * SHOP.items
    assert set(states) == {"1", "10", "101"}
    assert born_later == 0.15 * SHOP.items


def test_three_of_a_hundred_items_have_two_categories_one_after_the_other(
    properties: dict[str, list[tuple[int, str, str]]],
) -> None:
    categories = [
        [value for _, name, value in known if name == "categoryid"] for known in properties.values()
    ]
    moved = [values for values in categories if len(values) == 2]

    assert len(moved) == 0.03 * SHOP.items
    assert all(first != second for first, second in moved)
    assert all(len(values) in {1, 2} for values in categories)


def test_all_categories_of_items_are_leaves_of_the_tree(
    properties: dict[str, list[tuple[int, str, str]]], parents: dict[str, str]
) -> None:
    used = {value for known in properties.values() for _, name, value in known if name == "categoryid"}

    assert used <= set(parents)
    assert not used & set(parents.values())


def test_the_tree_ends_in_a_handful_of_roots_after_three_or_four_levels(
    properties: dict[str, list[tuple[int, str, str]]], parents: dict[str, str]
) -> None:
    used = {value for known in properties.values() for _, name, value in known if name == "categoryid"}
    levels = set()
    for leaf in used:
        path = [leaf]
        while parents[path[-1]] and len(path) < 10:
            path.append(parents[path[-1]])
        levels.add(len(path))

    assert levels <= {3, 4}
    assert 2 <= sum(parent == "" for parent in parents.values()) <= 8


def test_popularity_has_a_long_tail(views: dict[str, list[tuple[int, str]]]) -> None:
    counts = sorted(Counter(item for history in views.values() for _, item in history).values(), reverse=True)

    assert 0.10 < sum(counts[: SHOP.items // 100]) / sum(counts) < 0.35


def test_what_is_seen_together_foretells_the_next_new_item_better_than_popularity(
    views: dict[str, list[tuple[int, str]]],
) -> None:
    popular = {item for item, _ in Counter(i for h in views.values() for _, i in h).most_common(20)}
    split = SHOP.end_ms - 7 * DAY
    early = {who: [view for view in history if view[0] < split] for who, history in views.items()}
    late = {who: [view for view in history if view[0] >= split] for who, history in views.items()}
    together: dict[str, Counter[str]] = defaultdict(Counter)
    for item, following, _ in next_views(early):
        together[item][following] += 1
        together[following][item] += 1
    cases = [(item, following) for item, following, repeated in next_views(late) if not repeated]
    by_popularity = sum(following in popular for _, following in cases)
    by_company = sum(following in dict(together[item].most_common(20)) for item, following in cases)

    assert by_company > 2 * by_popularity
