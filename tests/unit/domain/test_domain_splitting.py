from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0

from recommender.domain.errors import NotEnoughData
from recommender.domain.events import DAY, HOUR, MINUTE
from recommender.domain.splitting import LONGEST_STRETCH, SHORTEST_STRETCH, newest_stretch
from recommender.domain.targets import INTERACTION, PURCHASE, TARGETS, Target


def test_every_goal_has_a_longest_stretch() -> None:
    assert set(LONGEST_STRETCH) == set(TARGETS)


def test_a_long_log_is_replayed_for_its_longest_stretch_and_no_more() -> None:
    stretch = newest_stretch(T0, T0 + 200 * DAY, PURCHASE)
    assert (stretch.start - T0, stretch.stop - T0, stretch.end - T0) == (165 * DAY, 193 * DAY, 200 * DAY)


def test_of_a_short_log_a_quarter_is_replayed() -> None:
    stretch = newest_stretch(T0, T0 + 4 * DAY + 30 * MINUTE, INTERACTION)
    assert (stretch.start - T0, stretch.stop - T0) == (3 * DAY, 4 * DAY)


@pytest.mark.parametrize(("target", "shortest"), [(INTERACTION, DAY + 30 * MINUTE), (PURCHASE, 8 * DAY)])
def test_a_log_of_exactly_the_shortest_length_is_enough_and_a_millisecond_less_is_not(
    target: Target, shortest: int
) -> None:
    stretch = newest_stretch(T0, T0 + shortest, target)
    assert stretch.stop - stretch.start == SHORTEST_STRETCH == 6 * HOUR
    with pytest.raises(NotEnoughData):
        newest_stretch(T0, T0 + shortest - 1, target)


def test_a_log_that_is_too_short_is_refused_with_a_sentence() -> None:
    with pytest.raises(NotEnoughData) as refused:
        newest_stretch(T0, T0 + 5 * DAY, PURCHASE)
    assert str(refused.value) == "The log covers 5.00 days; the goal 'purchase' needs at least 8.00 days."


@pytest.mark.parametrize("length", [DAY + 20 * MINUTE, DAY + 29 * MINUTE, 0])
def test_the_sentence_does_not_ask_for_as_much_as_there_is(length: int) -> None:
    with pytest.raises(NotEnoughData) as refused:
        newest_stretch(T0, T0 + length, INTERACTION)
    covered, needed = (word for word in str(refused.value).split() if word[0].isdigit())
    assert float(covered) < float(needed)


@given(st.integers(0, 100 * DAY), st.sampled_from(list(TARGETS.values())))
@LAW
def test_every_label_is_complete_and_most_of_the_log_is_left_to_learn_from(
    length: int, target: Target
) -> None:
    try:
        stretch = newest_stretch(T0, T0 + length, target)
    except NotEnoughData:
        assert length < 4 * SHORTEST_STRETCH + target.horizon
        return
    assert stretch.end == T0 + length
    assert stretch.stop == stretch.end - target.horizon
    assert SHORTEST_STRETCH <= stretch.stop - stretch.start <= LONGEST_STRETCH[target.goal]
    assert stretch.start - T0 >= 3 * (stretch.stop - stretch.start)
