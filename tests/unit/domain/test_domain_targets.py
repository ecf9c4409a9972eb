from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, history_of
from worlds import BUY, CART, VIEW, shop_index

from recommender.domain.errors import NotEnoughData
from recommender.domain.events import DAY, HOUR, MINUTE, SECOND, EventType, InteractionLog
from recommender.domain.ids import IdTable
from recommender.domain.splitting import require_length
from recommender.domain.targets import CART as CART_TARGET
from recommender.domain.targets import (
    ENOUGH,
    ENOUGH_HORIZONS,
    INTERACTION,
    PURCHASE,
    TARGETS,
    Target,
    default_target,
    supported,
)

SHOP = shop_index()
TIMES = st.sampled_from([0, 1, MINUTE, 30 * MINUTE, 30 * MINUTE + 1, DAY, DAY + 1, 7 * DAY, 7 * DAY + 1])
LATER = st.lists(st.tuples(TIMES, st.sampled_from(EventType), st.sampled_from(["cable", "hose", "rake"])))


def logged(length: int = 100 * DAY, **number: int) -> InteractionLog:
    """A log that covers so long and has so many events of each type."""
    kinds = np.repeat(np.array(list(EventType), np.int8), [number.get(kind.name, 0) for kind in EventType])
    time = np.linspace(T0, T0 + length - 1, max(len(kinds), 2)).astype(np.int64)[: len(kinds)]
    rows = np.zeros(len(kinds), np.int32)
    return InteractionLog(time, rows, rows, kinds, IdTable.of(["ada"]), IdTable.of(["rake"]))


def goals(log: InteractionLog, goal: str | None = None) -> list[str]:
    return [target.goal for target in supported(log, goal)[0]]


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


def test_what_is_put_into_the_cart_counts_up_to_and_including_a_day_later() -> None:
    carted = [(0, CART, "cable"), (1, BUY, "seeds"), (DAY, CART, "hose"), (DAY + 1, CART, "rake")]
    assert right(CART_TARGET, *carted) == ["cable", "hose"]


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
    carted = {item for after, kind, item in ordered if kind == CART and after <= DAY}
    assert right(PURCHASE, *ordered) == sorted(bought)
    assert right(CART_TARGET, *ordered) == sorted(carted)
    assert right(INTERACTION, *ordered) == [item for after, _, item in ordered[:1] if after <= 30 * MINUTE]


def test_every_target_is_known_by_its_goal() -> None:
    assert TARGETS == {"purchase": PURCHASE, "cart": CART_TARGET, "interaction": INTERACTION}


def test_a_log_with_enough_purchases_is_trained_for_purchases_and_says_why() -> None:
    assert default_target(ENOUGH) == (PURCHASE, "the log has 1,000 purchases, at least 1,000")


@pytest.mark.parametrize("purchases", [0, ENOUGH - 1])
def test_a_log_with_fewer_purchases_is_trained_for_interactions_and_says_why(purchases: int) -> None:
    target, why = default_target(purchases)
    assert target is INTERACTION
    assert why == f"the log has {purchases} purchases, fewer than 1,000"


@pytest.mark.parametrize(
    ("carts", "purchases", "expected"),
    [
        (0, 0, ["interaction"]),
        (ENOUGH - 1, ENOUGH - 1, ["interaction"]),
        (ENOUGH, ENOUGH - 1, ["interaction", "cart"]),
        (ENOUGH - 1, ENOUGH, ["purchase", "interaction"]),
        (ENOUGH, ENOUGH, ["purchase", "cart", "interaction"]),
    ],
)
def test_a_log_supports_the_goals_that_it_has_enough_of_and_always_interactions(
    carts: int, purchases: int, expected: list[str]
) -> None:
    log = logged(VIEW=5, ADDTOCART=carts, TRANSACTION=purchases)
    assert goals(log) == expected
    assert supported(log, None)[1] == default_target(purchases)[1]


@pytest.mark.parametrize("goal", TARGETS)
def test_the_goal_that_is_asked_for_comes_first_and_each_goal_once(goal: str) -> None:
    log = logged(ADDTOCART=ENOUGH, TRANSACTION=ENOUGH)
    assert goals(log, goal)[0] == goal
    assert sorted(goals(log, goal)) == sorted(TARGETS)
    assert supported(log, goal)[1] == "it was asked for"


@pytest.mark.parametrize("log", [logged(), logged(VIEW=3)])
def test_a_goal_that_is_asked_for_comes_first_however_rare_it_is(log: InteractionLog) -> None:
    assert goals(log, "purchase") == ["purchase", "interaction"]
    assert goals(log) == ["interaction"]


def test_asking_for_the_default_changes_no_target() -> None:
    """A version's figures are reproduced by its goal, whether it was asked for or not."""
    for carts in (0, ENOUGH):
        for purchases in (0, ENOUGH):
            log = logged(VIEW=1, ADDTOCART=carts, TRANSACTION=purchases)
            assert supported(log, goals(log)[0])[0] == supported(log, None)[0]


def test_a_log_of_a_few_days_supports_no_second_goal_that_takes_weeks() -> None:
    enough = {"ADDTOCART": ENOUGH, "TRANSACTION": ENOUGH}
    assert goals(logged(ENOUGH_HORIZONS * 7 * DAY, **enough), "interaction")[1:] == ["purchase", "cart"]
    assert goals(logged(ENOUGH_HORIZONS * 7 * DAY - 1, **enough), "interaction")[1:] == ["cart"]
    assert goals(logged(ENOUGH_HORIZONS * DAY - 1, **enough), "interaction")[1:] == []


@given(st.integers(HOUR, 40 * DAY), st.sampled_from(list(TARGETS)))
@LAW
def test_a_log_that_is_long_enough_for_one_goal_is_not_too_short_because_of_others(
    length: int, goal: str
) -> None:
    log = logged(length, ADDTOCART=ENOUGH, TRANSACTION=ENOUGH)
    targets, _ = supported(log, goal)
    try:
        require_length(log.start, log.end, targets[:1])
    except NotEnoughData:
        return
    require_length(log.start, log.end, targets)
