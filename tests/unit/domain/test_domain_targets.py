from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, history_of
from worlds import BUY, CART, VIEW, shop_index

from recommender.domain.events import DAY, MINUTE, SECOND, EventType
from recommender.domain.targets import (
    ENOUGH_PURCHASES,
    INTERACTION,
    PURCHASE,
    TARGETS,
    Target,
    default_target,
)

SHOP = shop_index()
TIMES = st.sampled_from([0, 1, MINUTE, 30 * MINUTE, 30 * MINUTE + 1, 7 * DAY, 7 * DAY + 1])
LATER = st.lists(st.tuples(TIMES, st.sampled_from(EventType), st.sampled_from(["cable", "hose", "rake"])))


def right(target: Target, *later: tuple[int, EventType, str]) -> list[str]:
    """The positive items, given (ms after the moment, type, item)."""
    events = [(T0 + after, kind, item) for after, kind, item in later]
    return SHOP.items.ids(target.positives(history_of(SHOP, *events), T0))


@pytest.mark.parametrize(
    ("after", "found"),
    [(0, ["rake"]), (30 * MINUTE - 1, ["rake"]), (30 * MINUTE, ["rake"]), (30 * MINUTE + 1, [])],
)
def test_an_interaction_is_the_next_event_if_it_comes_within_thirty_minutes(
    after: int, found: list[str]
) -> None:
    assert right(INTERACTION, (after, VIEW, "rake")) == found


@pytest.mark.parametrize("kind", EventType)
def test_an_interaction_may_be_of_any_type_and_only_the_very_next_one_counts(kind: EventType) -> None:
    assert right(INTERACTION, (SECOND, kind, "rake"), (2 * SECOND, BUY, "hose")) == ["rake"]


def test_a_purchase_counts_up_to_and_including_a_week_later() -> None:
    week = 7 * DAY
    bought = [(0, BUY, "cable"), (week, BUY, "hose"), (week + 1, BUY, "rake")]
    assert right(PURCHASE, *bought) == ["cable", "hose"]


def test_only_purchases_are_purchases_and_each_item_counts_once() -> None:
    later = [(1, VIEW, "cable"), (2, CART, "rake"), (3, BUY, "rake"), (4, BUY, "hose"), (5, BUY, "rake")]
    assert right(PURCHASE, *later) == ["hose", "rake"]


@pytest.mark.parametrize("target", TARGETS.values())
def test_nothing_later_is_nothing_right(target: Target) -> None:
    assert right(target) == []


@given(LATER)
@LAW
def test_what_is_right_is_what_going_through_the_later_events_finds(
    later: list[tuple[int, EventType, str]],
) -> None:
    ordered = sorted(later, key=lambda each: each[0])
    bought = {item for after, kind, item in ordered if kind == BUY and after <= 7 * DAY}
    assert right(PURCHASE, *ordered) == sorted(bought)
    assert right(INTERACTION, *ordered) == [item for after, _, item in ordered[:1] if after <= 30 * MINUTE]


def test_every_target_is_known_by_its_goal() -> None:
    assert TARGETS == {"purchase": PURCHASE, "interaction": INTERACTION}


def test_a_log_with_enough_purchases_is_trained_for_purchases_and_says_why() -> None:
    assert default_target(ENOUGH_PURCHASES) == (PURCHASE, "the log has 1,000 purchases, at least 1,000")


@pytest.mark.parametrize("purchases", [0, ENOUGH_PURCHASES - 1])
def test_a_log_with_fewer_purchases_is_trained_for_interactions_and_says_why(purchases: int) -> None:
    target, why = default_target(purchases)
    assert target is INTERACTION
    assert why == f"the log has {purchases} purchases, fewer than 1,000"
