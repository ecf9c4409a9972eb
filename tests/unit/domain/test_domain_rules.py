from __future__ import annotations

from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import INDEXES, LAW, MIDDLE, T0, history_of
from worlds import BUY, CART, NOW, VIEW, ago, shop_index

from recommender.domain.events import DAY, EventType
from recommender.domain.history import HISTORY_LENGTH, History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.rules import (
    JUST_BOUGHT,
    Rules,
    allowed,
    at_most_per_category,
    in_category,
    most_together,
    not_just_bought,
)

SHOP = shop_index()
EVERYTHING = np.arange(len(SHOP.items), dtype=np.int32)
AVAILABLE = set(SHOP.items.ids(EVERYTHING)) - {"phone-d"}


def left(rules: Rules, *events: tuple[int, EventType, str], within: int = ABSENT) -> set[str]:
    """What may be shown to somebody with these events."""
    query = SHOP.query(history_of(SHOP, *events), NOW, within)
    return set(SHOP.items.ids(EVERYTHING[allowed(SHOP, query, EVERYTHING, rules)]))


def rows(*items: str) -> Rows:
    return SHOP.items.rows(items)


def test_what_is_sold_out_is_never_shown() -> None:
    assert left(Rules(exclude_bought=False)) == AVAILABLE


def test_a_guest_who_asks_for_nothing_special_may_be_shown_everything_else() -> None:
    assert left(Rules()) == AVAILABLE


def test_excluded_items_are_not_shown_and_unknown_ones_exclude_nothing() -> None:
    assert left(Rules(exclude=rows("rake", "unheard-of"))) == AVAILABLE - {"rake"}
    assert left(Rules(exclude=rows("unheard-of"))) == AVAILABLE


def test_everything_may_be_excluded() -> None:
    assert left(Rules(exclude=EVERYTHING)) == set()


def test_what_was_seen_in_any_way_is_left_out_only_if_asked() -> None:
    events = ((NOW - 3, VIEW, "rake"), (NOW - 2, CART, "hose"), (NOW - 1, BUY, "cable"))
    assert left(Rules(exclude_bought=False), *events) == AVAILABLE
    assert left(Rules(exclude_seen=True, exclude_bought=False), *events) == AVAILABLE - {
        "rake",
        "hose",
        "cable",
    }


@pytest.mark.parametrize(
    ("age", "shown"), [(0, False), (JUST_BOUGHT - 1, False), (JUST_BOUGHT, False), (JUST_BOUGHT + 1, True)]
)
def test_a_purchase_is_recent_up_to_and_including_the_limit(age: int, *, shown: bool) -> None:
    assert ("rake" in left(Rules(), (NOW - age, BUY, "rake"))) == shown


def test_how_long_a_purchase_is_recent_is_the_shops_to_say() -> None:
    bought = (ago(days=2), BUY, "rake")
    assert "rake" in left(Rules(bought_within=DAY), bought)
    assert "rake" not in left(Rules(bought_within=2 * DAY), bought)


def test_what_was_just_bought_may_be_shown_where_that_is_asked() -> None:
    assert "rake" in left(Rules(exclude_bought=False), (NOW, BUY, "rake"))


def test_looking_and_putting_into_the_cart_is_not_buying() -> None:
    assert left(Rules(), (NOW - 1, VIEW, "rake"), (NOW, CART, "rake")) == AVAILABLE


def test_an_old_purchase_does_not_hide_a_new_one() -> None:
    assert "rake" not in left(Rules(), (ago(days=90), BUY, "rake"), (ago(days=1), BUY, "rake"))


def test_a_category_holds_its_whole_subtree_and_nothing_else() -> None:
    tree = SHOP.tree.ids
    assert left(Rules(), within=tree.row("phones")) == {"phone-a", "phone-b", "phone-c"}
    assert left(Rules(), within=tree.row("electronics")) == {
        "phone-a",
        "phone-b",
        "phone-c",
        "laptop-a",
        "laptop-b",
        "laptop-c",
        "cable",
    }


def test_an_item_without_a_category_is_in_none() -> None:
    for category in range(len(SHOP.tree)):
        assert not in_category(SHOP, rows("gift-card"), category).any()


def test_rules_over_no_items_answer_for_none() -> None:
    query = SHOP.query(history_of(SHOP, (NOW, BUY, "rake")), NOW, 0)
    nothing = np.empty(0, np.int32)
    assert len(allowed(SHOP, query, nothing, Rules(exclude=EVERYTHING, exclude_seen=True))) == 0
    assert len(not_just_bought(query, nothing, JUST_BOUGHT)) == 0


def test_a_purchase_is_not_forgotten_because_the_shopper_went_on_looking() -> None:
    looks = [(NOW - HISTORY_LENGTH + each, VIEW, "cable") for each in range(HISTORY_LENGTH)]
    assert "rake" not in left(Rules(), (NOW - 2 * HISTORY_LENGTH, BUY, "rake"), *looks)


@given(INDEXES, st.data())
@LAW
def test_what_is_left_is_what_checking_every_item_by_every_rule_leaves(
    index: Index, data: st.DataObject
) -> None:
    rows_of_items = st.integers(0, len(index.items) - 1)
    item = np.array(data.draw(st.lists(rows_of_items, unique=True)), np.int32)
    excluded = data.draw(st.lists(rows_of_items))
    seen, bought = data.draw(st.booleans()), data.draw(st.booleans())
    within = data.draw(st.integers(ABSENT, len(index.tree) - 1))
    limit = data.draw(st.sampled_from([0, DAY, JUST_BOUGHT]))
    past = data.draw(st.lists(st.tuples(st.integers(0, 48), st.sampled_from(EventType), rows_of_items)))
    events = sorted((T0 + hours * DAY // 24, int(kind), row) for hours, kind, row in past)
    history = History(
        np.array([each[2] for each in events], np.int32),
        np.array([each[0] for each in events], np.int64),
        np.array([each[1] for each in events], np.int8),
    )
    rules = Rules(np.array(excluded, np.int32), seen, bought, limit)
    mask = allowed(index, index.query(history, MIDDLE, within), item, rules)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [
        bool(index.available[row])
        and row not in excluded
        and not (seen and row in {each[2] for each in events})
        and not (bought and any(r == row and k == BUY and MIDDLE - t <= limit for t, k, r in events))
        and (within == ABSENT or within in index.tree.path(int(index.category[row])))
        for row in item.tolist()
    ]


@pytest.mark.parametrize(
    ("most", "kept"),
    [
        (1, [True, True, False, True, False, True, False]),
        (2, [True, True, True, True, True, True, False]),
        (3, [True] * 7),
        (100, [True] * 7),
    ],
)
def test_the_first_of_each_category_are_kept_and_whatever_has_none(most: int, kept: list[bool]) -> None:
    category = np.array([2, 0, 2, ABSENT, 0, ABSENT, 2], np.int32)
    assert at_most_per_category(category, most).tolist() == kept
    assert most_together(category, most) == sum(kept)


def test_an_empty_list_stays_empty_whatever_the_limit() -> None:
    nothing = np.empty(0, np.int32)
    assert at_most_per_category(nothing, 1).tolist() == []
    assert most_together(nothing, 1) == 0


@given(st.lists(st.integers(ABSENT, 5), max_size=30), st.integers(1, 8), st.randoms(use_true_random=False))
@LAW
def test_what_is_kept_of_a_list_is_what_counting_from_its_top_keeps(
    ranked: list[int], most: int, chance: Random
) -> None:
    mask = at_most_per_category(np.array(ranked, np.int32), most)
    assert mask.dtype == np.bool_
    assert mask.tolist() == [
        each == ABSENT or ranked[:place].count(each) < most for place, each in enumerate(ranked)
    ]
    chance.shuffle(ranked)
    assert most_together(np.array(ranked, np.int32), most) == mask.sum()
