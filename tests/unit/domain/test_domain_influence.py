from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, Event, event_lists
from worlds import BUY, CART, VIEW

from recommender.domain.events import DAY, SECOND, EventType, InteractionLog
from recommender.domain.influence import MOST_EVENTS, influence
from recommender.domain.popularity import EVENT_WEIGHTS, decayed_popularity

MOST = int(MOST_EVENTS)
BUSY = st.integers(MOST, 100 * MOST)
"""How much a shopper does who does too much."""


def robot(size: int, item: str = "a", kind: EventType = VIEW) -> list[Event]:
    """A shopper who does the same thing again and again, at the last moment of the shop."""
    return [(T0, "robot", kind, item)] * size


def test_nobody_counts_anything_in_an_empty_log() -> None:
    assert influence(InteractionLog.of()).tolist() == []


def test_one_event_counts_one() -> None:
    assert influence(InteractionLog.of((T0, "u", VIEW, "a"))).tolist() == [1.0]


@pytest.mark.parametrize(
    ("size", "each"),
    [(MOST - 1, 1.0), (MOST, 1.0), (2 * MOST, 1 / 2), (100 * MOST, 1 / 100)],
)
def test_an_event_counts_less_if_its_shopper_does_more_than_most(size: int, each: float) -> None:
    assert influence(InteractionLog.of(*robot(size))).tolist() == pytest.approx([each] * size)


def test_a_robot_takes_nothing_from_others() -> None:
    log = InteractionLog.of(*robot(100 * MOST), (T0 + 1, "u", VIEW, "a"))
    assert influence(log)[-1] == 1.0


@given(st.lists(st.sampled_from("uvw"), max_size=3 * MOST))
@LAW
def test_the_events_of_a_shopper_together_count_as_many_as_they_are_and_at_most_so_many(
    users: list[str],
) -> None:
    log = InteractionLog.of(*((T0 + at * SECOND, user, VIEW, "a") for at, user in enumerate(users)))
    together: Counter[str] = Counter()
    for user, counts in zip(users, influence(log).tolist(), strict=True):
        assert 0 < counts <= 1
        together[user] += counts
    assert together == pytest.approx({user: min(size, MOST) for user, size in Counter(users).items()})


@given(BUSY)
@LAW
def test_a_robot_of_ten_thousand_events_moves_popularity_as_far_as_a_shopper_of_a_hundred(size: int) -> None:
    others = [(T0, "u", VIEW, "a"), (T0, "v", VIEW, "b")]
    popularity = decayed_popularity(InteractionLog.of(*others, *robot(size)))
    assert popularity.tolist() == pytest.approx([1 + MOST, 1.0])


@given(event_lists(), st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=8), BUSY)
@LAW
def test_no_shopper_adds_more_to_popularity_than_the_most_events_of_the_heaviest_kind(
    events: list[Event], items: list[str], size: int
) -> None:
    end = [(T0 + 10 * DAY, "last", VIEW, "a")]
    doing = [(T0, "robot", (VIEW, CART, BUY)[at % 3], items[at % len(items)]) for at in range(size)]
    before = popularity_of([*events, *end])
    after = popularity_of([*events, *end, *doing])
    added = {item: after[item] - before.get(item, 0.0) for item in after}
    assert all(each >= -1e-9 for each in added.values())
    assert sum(added.values()) <= MOST_EVENTS * max(EVENT_WEIGHTS)


def popularity_of(events: list[Event]) -> dict[str, float]:
    log = InteractionLog.of(*events)
    return dict(zip(log.items.ids(range(len(log.items))), decayed_popularity(log).tolist(), strict=True))
