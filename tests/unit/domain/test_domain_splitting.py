from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0

from recommender.domain.errors import NotEnoughData
from recommender.domain.events import DAY, HOUR, MINUTE
from recommender.domain.splitting import (
    LONGEST_STRETCH,
    MOST_STRETCHES,
    SHORTEST_STRETCH,
    Stretch,
    newest_stretch,
    newest_stretches,
    require_length,
)
from recommender.domain.targets import CART, INTERACTION, PURCHASE, TARGETS, Target

Targets = tuple[Target, ...]

SOME_TARGETS = st.sampled_from(
    [chosen for size in (1, 2, 3) for chosen in permutations(TARGETS.values(), size)]
)
"""A default and any others."""

SHORTEST = [((INTERACTION,), DAY + 30 * MINUTE), ((CART,), 2 * DAY), ((INTERACTION, PURCHASE), 8 * DAY)]


def days(stretch: Stretch) -> tuple[float, float, float]:
    """Days from T0 to its start, stop and end."""
    return (stretch.start - T0) / DAY, (stretch.stop - T0) / DAY, (stretch.end - T0) / DAY


def horizon(targets: Targets) -> int:
    return max(target.horizon for target in targets)


def test_every_goal_has_a_longest_stretch() -> None:
    assert set(LONGEST_STRETCH) == set(TARGETS)


def test_of_a_long_log_the_last_four_weeks_are_replayed_for_purchases() -> None:
    assert days(newest_stretch(T0, T0 + 200 * DAY, [PURCHASE])) == (172, 193, 200)


def test_of_a_long_log_the_last_week_is_replayed_for_interactions() -> None:
    stretch = newest_stretch(T0, T0 + 200 * DAY, [INTERACTION])
    assert days(stretch) == (193, 200 - 1 / 48, 200)


def test_of_a_short_log_a_quarter_is_replayed() -> None:
    stretch = newest_stretch(T0, T0 + 4 * DAY + 30 * MINUTE, [INTERACTION])
    assert (stretch.start - T0, stretch.stop - T0) == (3 * DAY, 4 * DAY)


def test_every_case_is_watched_for_the_longest_horizon_and_there_are_as_many_cases() -> None:
    stretch = newest_stretch(T0, T0 + 200 * DAY, [INTERACTION, CART, PURCHASE])
    assert days(stretch) == (186 + 1 / 48, 193, 200)


@pytest.mark.parametrize(("targets", "shortest"), SHORTEST)
def test_a_log_of_exactly_the_shortest_length_is_enough_and_a_millisecond_less_is_not(
    targets: Targets, shortest: int
) -> None:
    stretch = newest_stretch(T0, T0 + shortest, targets)
    assert stretch.stop - stretch.start == SHORTEST_STRETCH == 6 * HOUR
    with pytest.raises(NotEnoughData):
        newest_stretch(T0, T0 + shortest - 1, targets)


def test_a_log_that_is_too_short_is_refused_with_a_sentence() -> None:
    with pytest.raises(NotEnoughData) as refused:
        newest_stretch(T0, T0 + 5 * DAY, [PURCHASE, INTERACTION])
    assert str(refused.value) == "The log covers 5.00 days; the goal 'purchase' needs at least 8.00 days."


@pytest.mark.parametrize("length", [DAY + 20 * MINUTE, DAY + 29 * MINUTE, 0])
def test_the_sentence_does_not_ask_for_as_much_as_there_is(length: int) -> None:
    with pytest.raises(NotEnoughData) as refused:
        newest_stretch(T0, T0 + length, [INTERACTION])
    covered, needed = (word for word in str(refused.value).split() if word[0].isdigit())
    assert float(covered) < float(needed)


def test_of_a_long_log_two_weeks_teach_interactions_one_after_the_other() -> None:
    newest, before = newest_stretches(T0, T0 + 200 * DAY, [INTERACTION])
    assert days(newest) == (193, 200 - 1 / 48, 200)
    assert (before.start, before.stop) == (T0 + 186 * DAY, newest.start)
    assert before.end == newest.start + INTERACTION.horizon


def test_there_is_a_second_stretch_if_a_third_of_the_log_is_left_before_it_and_else_not() -> None:
    assert len(newest_stretches(T0, T0 + 63 * DAY, [PURCHASE])) == 2
    assert len(newest_stretches(T0, T0 + 63 * DAY - 11, [PURCHASE])) == 1


@given(st.integers(0, 100 * DAY), SOME_TARGETS)
@LAW
def test_every_label_is_complete_and_most_of_the_log_is_left_to_learn_from(
    length: int, targets: Targets
) -> None:
    try:
        stretch = newest_stretch(T0, T0 + length, targets)
    except NotEnoughData:
        assert length < 4 * SHORTEST_STRETCH + horizon(targets)
        return
    assert stretch.end == T0 + length
    assert stretch.stop == stretch.end - horizon(targets)
    longest = LONGEST_STRETCH[targets[0].goal] - targets[0].horizon
    assert SHORTEST_STRETCH <= stretch.stop - stretch.start <= longest
    assert stretch.start - T0 >= 3 * (stretch.stop - stretch.start)


@given(st.integers(8 * DAY, 400 * DAY), SOME_TARGETS)
@LAW
def test_stretches_to_learn_from_follow_one_another_and_leave_a_third_of_the_log(
    length: int, targets: Targets
) -> None:
    stretches = newest_stretches(T0, T0 + length, targets)
    assert stretches[0] == newest_stretch(T0, T0 + length, targets)
    assert len(stretches) <= MOST_STRETCHES
    for later, earlier in pairwise(stretches):
        assert earlier.stop == later.start, "no event is a case twice"
        assert earlier.stop - earlier.start == stretches[0].end - stretches[0].start
        assert earlier.end == earlier.stop + horizon(targets) <= T0 + length
        assert earlier.start - T0 >= length // 3


@given(st.integers(0, 400 * DAY), SOME_TARGETS)
@LAW
def test_the_past_of_a_long_log_is_learnt_from_where_the_whole_log_s_second_stretch_begins(
    more: int, targets: Targets
) -> None:
    """So that of the indexes which an evaluation has fitted the final fit can use all but its own."""
    shortest = 5 * (LONGEST_STRETCH[targets[0].goal] + horizon(targets))
    stretches = newest_stretches(T0, T0 + shortest + more, targets)
    assert len(stretches) == MOST_STRETCHES
    past = newest_stretches(T0, stretches[0].start, targets)
    for known, needed in zip(past, stretches[1:], strict=False):
        assert known.start == needed.start


@given(st.integers(0, 100 * DAY), SOME_TARGETS)
@LAW
def test_a_log_that_is_long_enough_can_be_learnt_from_and_then_judged(more: int, targets: Targets) -> None:
    needed = (4 * SHORTEST_STRETCH + horizon(targets)) * 4 // 3 + horizon(targets)
    require_length(T0, T0 + needed + more, targets)
    judged = newest_stretch(T0, T0 + needed + more, targets)
    learnt = newest_stretches(T0, judged.start, targets)
    assert all(stretch.end <= judged.start for stretch in learnt)
    with pytest.raises(NotEnoughData):
        require_length(T0, T0 + needed - 1, targets)
