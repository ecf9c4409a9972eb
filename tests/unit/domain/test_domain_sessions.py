from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0
from worlds import VIEW

from recommender.domain.events import MINUTE, InteractionLog
from recommender.domain.sessions import SESSION_GAP, by_shopper, current_session

PAUSES = st.lists(st.sampled_from([0, 1, MINUTE, SESSION_GAP - 1, SESSION_GAP, SESSION_GAP + 1]), max_size=8)


def slow_current_session(times: list[int], moment: int) -> int:
    """Walk back from the moment for as long as no pause is too long."""
    first, later = len(times), moment
    while first > 0 and later - times[first - 1] <= SESSION_GAP:
        first -= 1
        later = times[first]
    return first


def current(*minutes: float) -> int:
    """Where the session begins, given the minutes before the moment at which the events were."""
    times = np.array([T0 - int(each * MINUTE) for each in minutes], np.int64)
    return current_session(times, T0)


def test_a_pause_of_exactly_thirty_minutes_is_within_a_session() -> None:
    assert SESSION_GAP == 30 * 60 * 1000
    assert current_session(np.array([T0, T0 + SESSION_GAP]), T0 + SESSION_GAP) == 0
    assert current_session(np.array([T0, T0 + SESSION_GAP - 1]), T0 + SESSION_GAP - 1) == 0


def test_a_pause_of_a_millisecond_more_begins_another_session() -> None:
    assert current_session(np.array([T0, T0 + SESSION_GAP + 1]), T0 + SESSION_GAP + 1) == 1


@pytest.mark.parametrize(("away", "begins"), [(0, 0), (SESSION_GAP, 0), (SESSION_GAP + 1, 1)])
def test_a_shopper_who_was_away_for_longer_than_the_gap_has_no_session(away: int, begins: int) -> None:
    assert current_session(np.array([T0]), T0 + away) == begins


def test_somebody_without_events_has_no_session() -> None:
    assert current_session(np.empty(0, np.int64), T0) == 0


def test_only_the_last_of_several_sessions_is_the_current_one() -> None:
    assert current(500, 300, 299, 100, 90, 75, 50) == 7
    assert current(500, 300, 299, 100, 29, 20, 0) == 4


@given(PAUSES, st.sampled_from([0, SESSION_GAP, SESSION_GAP + 1]))
@LAW
def test_the_current_session_is_what_walking_back_finds(pauses: list[int], away: int) -> None:
    times = np.cumsum([T0, *pauses])
    moment = int(times[-1]) + away
    assert current_session(times, moment) == slow_current_session(times.tolist(), moment)


def test_shoppers_are_sorted_by_id_and_their_events_stay_in_order_of_time() -> None:
    log = InteractionLog.of(
        (T0, "bob", VIEW, "1"),
        (T0 + 1, "ada", VIEW, "2"),
        (T0 + 1, "bob", VIEW, "3"),
        (T0 + 2, "ada", VIEW, "4"),
        (T0 + 2, "ada", VIEW, "5"),
    )
    assert by_shopper(log).tolist() == [1, 3, 4, 0, 2]
    assert by_shopper(InteractionLog.of()).tolist() == []
