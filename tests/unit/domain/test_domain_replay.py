from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import (
    LAW,
    MIDDLE,
    Event,
    Row,
    assert_same,
    event_lists,
    happened,
    history_of,
    index_of,
    row_lists,
)
from worlds import BUY, EVENTS, NOW, VIEW, shop_catalogue, shop_index, shop_log

from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.targets import INTERACTION, PURCHASE, TARGETS, Target

SHOP = shop_index()


def replayed(
    *later: Event, end: int = NOW + 30 * DAY, target: Target = INTERACTION, known_only: bool = True
) -> Replay:
    """The cases after NOW of the small shop."""
    return Replay.of(SHOP, InteractionLog.of(*EVENTS, *later), end, target, known_only=known_only)


def right(replay: Replay) -> list[list[str]]:
    return [SHOP.items.ids(replay.positives(case)) for case in range(len(replay))]


def known(replay: Replay, case: int) -> list[str]:
    """The items of the history that a case is asked with."""
    return SHOP.items.ids(replay.query(SHOP, case).history.item)


Case = tuple[int, list[tuple[int, int, int]], list[int]]
"""The moment, the history and what turned out to be right."""


def slow_replay(
    events: list[Event], index: Index, end: int, target: Target, *, known_only: bool = True
) -> list[Case]:
    """Walk through the log event by event, in order of shoppers."""
    ordered = sorted(events, key=lambda each: each[0])
    past = [each for each in ordered if each[0] < index.end]
    seen = {each[3] for each in past}
    stretch = [each for each in ordered if each[0] >= index.end and (each[3] in seen or not known_only)]
    cases = []
    for user in sorted({each[1] for each in stretch}):
        own = [each for each in stretch if each[1] == user]
        before = [each for each in past if each[1] == user]
        for at, (moment, *_) in enumerate(own):
            later = own[at + 1 :][:1] if target.next_only else own[at + 1 :]
            positive = {
                index.items.row(item)
                for time, _, kind, item in later
                if kind in target.types and time - moment <= target.horizon
            }
            history = [
                (time, int(kind), index.items.row(item))
                for time, _, kind, item in before + own[: at + 1]
                if index.items.row(item) != ABSENT
            ]
            if moment < end:
                cases.append((moment, history, sorted(positive)))
    return cases


def test_every_event_of_the_stretch_is_a_case_and_none_of_the_past_is() -> None:
    assert len(replayed()) == 0
    assert len(replayed((NOW, "ada", VIEW, "rake"), (NOW + 1, "eve", VIEW, "hose"))) == 2


def test_a_query_knows_the_past_of_the_index_and_the_stretch_up_to_its_own_event() -> None:
    replay = replayed(
        (NOW, "dan", VIEW, "seeds"), (NOW + 1, "dan", VIEW, "cable"), (NOW + 2, "dan", BUY, "hose")
    )
    past = ["hose", "rake", "rake", "rake", "rake"]
    assert known(replay, 0) == [*past, "cable"]
    assert known(replay, 1) == [*past, "cable", "hose"]
    assert replay.query(SHOP, 1).moment == NOW + 2


def test_items_that_the_past_never_saw_are_taken_out_of_queries_and_labels() -> None:
    replay = replayed(
        (NOW, "guest", VIEW, "rake"),
        (NOW + 1, "guest", VIEW, "seeds"),
        (NOW + 2, "guest", VIEW, "brand-new"),
        (NOW + 3, "guest", VIEW, "hose"),
    )
    assert [known(replay, case) for case in range(len(replay))] == [["rake"], ["rake", "hose"]]
    assert right(replay) == [["hose"], []]


def test_somebody_the_index_does_not_know_brings_only_what_they_just_did() -> None:
    replay = replayed((NOW, "guest", VIEW, "rake"), (NOW + 1, "guest", VIEW, "hose"))
    assert replay.user.tolist() == [ABSENT, ABSENT]
    assert known(replay, 1) == ["rake", "hose"]


def test_there_are_no_cases_at_the_end_of_the_stretch_and_labels_look_beyond_it() -> None:
    later = [(NOW + each * MINUTE, "ada", VIEW, item) for each, item in enumerate(("rake", "hose", "cable"))]
    replay = replayed(*later, end=NOW + 2 * MINUTE)
    assert right(replay) == [["hose"], ["cable"]]
    assert len(replayed(*later, end=NOW + 2 * MINUTE + 1)) == 3


def test_shoppers_who_take_turns_are_not_mixed() -> None:
    replay = replayed(
        (NOW, "x", VIEW, "rake"),
        (NOW + 1, "y", VIEW, "cable"),
        (NOW + 2, "x", VIEW, "hose"),
        (NOW + 3, "y", VIEW, "phone-a"),
    )
    assert [known(replay, case) for case in range(4)] == [
        ["rake"],
        ["rake", "hose"],
        ["cable"],
        ["cable", "phone-a"],
    ]
    assert right(replay) == [["hose"], [], ["phone-a"], []]


def test_a_purchase_is_right_for_every_case_of_the_week_before_it() -> None:
    day = [NOW + each * DAY for each in range(12)]
    replay = replayed(
        (day[0], "ada", VIEW, "rake"),
        (day[4], "ada", VIEW, "rake"),
        (day[11], "ada", BUY, "hose"),
        target=PURCHASE,
    )
    assert right(replay) == [[], ["hose"], []]


def test_of_two_events_at_one_millisecond_the_second_comes_after_the_first() -> None:
    replay = replayed((NOW, "x", VIEW, "rake"), (NOW, "x", VIEW, "hose"))
    assert [known(replay, case) for case in range(2)] == [["rake"], ["rake", "hose"]]
    assert right(replay) == [["hose"], []]


def test_a_log_that_ends_with_the_index_has_no_cases() -> None:
    replay = Replay.of(SHOP, shop_log(), NOW, INTERACTION)
    assert (len(replay), len(replay.events), len(replay.first), len(replay.last)) == (0, 0, 0, 0)


@pytest.mark.parametrize("user", ["dan", "nobody"])
def test_a_query_is_what_the_service_would_be_asked(user: str) -> None:
    replay = replayed((NOW, user, VIEW, "rake"), (NOW + 1, user, VIEW, "hose"))
    recent = history_of(SHOP, (NOW, VIEW, "rake"), (NOW + 1, VIEW, "hose"))
    served = SHOP.query(SHOP.histories.of(SHOP.users.row(user)).then(recent), NOW + 1)
    assert_same(replay.query(SHOP, 1), served)


def test_the_catalogue_of_a_replay_is_that_of_the_index() -> None:
    index = Index.fit(shop_log().until(NOW - DAY), shop_catalogue(), SOURCES)
    replay = Replay.of(index, shop_log(), NOW, INTERACTION)
    moments = replay.events.timestamp[replay.cases]
    assert len(replay) == 4
    assert moments.min() >= index.end
    assert np.isin(replay.events.item, np.flatnonzero(index.statistics.seen)).all()


def test_without_the_filter_unknown_items_are_right_and_nobody_can_find_them() -> None:
    replay = replayed(
        (NOW, "guest", VIEW, "rake"),
        (NOW + 1, "guest", VIEW, "brand-new"),
        (NOW + 2, "guest", VIEW, "hose"),
        known_only=False,
    )
    assert [replay.positives(case).tolist() for case in range(3)] == [[ABSENT], [SHOP.items.row("hose")], []]


def test_without_the_filter_a_query_still_holds_only_items_of_the_index() -> None:
    replay = replayed(
        (NOW, "dan", VIEW, "brand-new"),
        (NOW + 1, "dan", VIEW, "seeds"),
        (NOW + 2, "guest", VIEW, "brand-new"),
        known_only=False,
    )
    past = ["hose", "rake", "rake", "rake", "rake"]
    assert [known(replay, case) for case in range(3)] == [past, [*past, "seeds"], []]
    assert [replay.query(SHOP, case).moment for case in range(3)] == [NOW, NOW + 1, NOW + 2]


def test_where_every_item_is_known_the_filter_changes_nothing() -> None:
    later = [(NOW + each * MINUTE, "ada", VIEW, item) for each, item in enumerate(("rake", "hose", "cable"))]
    assert_same(replayed(*later, known_only=False), replayed(*later))


def test_the_same_cases_can_be_asked_another_question() -> None:
    later = [(NOW, "ada", VIEW, "rake"), (NOW + 1, "ada", VIEW, "rake"), (NOW + 2, "ada", BUY, "hose")]
    replay = replayed(*later)
    assert right(replay) == [["rake"], ["hose"], []]
    assert right(replay.towards(PURCHASE)) == [["hose"], ["hose"], []]
    assert_same(replay.towards(PURCHASE), replayed(*later, target=PURCHASE))


def test_the_cases_of_a_shopper_share_a_number_that_no_other_shopper_has() -> None:
    users = "xyxzyx"
    replay = replayed(*((NOW + each, user, VIEW, "rake") for each, user in enumerate(users)))
    shopper = [replay.shopper(case) for case in range(len(replay))]
    assert [shopper.count(each) for each in dict.fromkeys(shopper)] == [3, 2, 1]
    assert shopper == sorted(shopper)


REPLAYS = (
    event_lists(days=2, least=1),
    event_lists(first=MIDDLE, days=3),
    row_lists(),
    st.integers(0, 3),
    st.sampled_from(tuple(TARGETS)),
)
"""The past, what came later, the catalogue, for how many days there are cases, and the goal."""


def after_middle(
    past: list[Event], later: list[Event], rows: list[Row], days: int, goal: str, *, known_only: bool = True
) -> tuple[Index, Replay]:
    """What is known of the past, and the cases that came later."""
    index, log = index_of(past, rows), InteractionLog.of(*past, *later)
    return index, Replay.of(index, log, MIDDLE + days * DAY, TARGETS[goal], known_only=known_only)


@given(*REPLAYS, st.booleans())
@LAW
def test_a_replay_is_what_walking_through_the_log_event_by_event_gives(
    past: list[Event],
    later: list[Event],
    rows: list[Row],
    days: int,
    goal: str,
    known_only: bool,  # noqa: FBT001 - drawn
) -> None:
    index, replay = after_middle(past, later, rows, days, goal, known_only=known_only)
    queries = [replay.query(index, case) for case in range(len(replay))]
    found = [
        (query.moment, happened(query.history), replay.positives(case).tolist())
        for case, query in enumerate(queries)
    ]
    end = MIDDLE + days * DAY
    assert found == slow_replay([*past, *later], index, end, TARGETS[goal], known_only=known_only)


@given(*REPLAYS, st.booleans())
@LAW
def test_the_cases_with_an_answer_are_those_that_something_is_right_for(
    past: list[Event],
    later: list[Event],
    rows: list[Row],
    days: int,
    goal: str,
    known_only: bool,  # noqa: FBT001 - drawn
) -> None:
    _, replay = after_middle(past, later, rows, days, goal, known_only=known_only)
    replay = replay.since(MIDDLE + DAY // 300)
    answered = [case for case in range(len(replay)) if len(replay.positives(case))]
    assert replay.answered().tolist() == answered


@given(*REPLAYS, st.integers(0, 3))
@LAW
def test_cases_since_a_moment_are_asked_as_before(
    past: list[Event], later: list[Event], rows: list[Row], days: int, goal: str, since: int
) -> None:
    index, replay = after_middle(past, later, rows, days, goal)
    moment = MIDDLE + since * DAY
    some = replay.since(moment)
    kept = [case for case in range(len(replay)) if replay.query(index, case).moment >= moment]
    assert len(some) == len(kept)
    for here, there in enumerate(kept):
        assert_same(some.query(index, here), replay.query(index, there))
        assert_same(some.positives(here), replay.positives(there))
        assert some.shopper(here) == replay.shopper(there)


@given(*REPLAYS, event_lists(days=3, least=1))
@LAW
def test_whatever_two_indexes_know_the_cases_that_are_new_to_both_are_the_same(
    past: list[Event], later: list[Event], rows: list[Row], days: int, goal: str, other: list[Event]
) -> None:
    """One knows other events up to another moment, as a version of last week does."""
    log = InteractionLog.of(*past, *later)
    indexes, end = (index_of(past, rows), index_of(other, rows[1:])), MIDDLE + days * DAY
    since = max(index.end for index in indexes)
    one, two = (Replay.of(index, log, end, TARGETS[goal], known_only=False).since(since) for index in indexes)
    assert len(one) == len(two)
    for case in range(len(one)):
        assert one.query(indexes[0], case).moment == two.query(indexes[1], case).moment
    np.testing.assert_array_equal(one.answered(), two.answered())


@given(*REPLAYS)
@LAW
def test_without_the_filter_no_case_becomes_easier(
    past: list[Event], later: list[Event], rows: list[Row], days: int, goal: str
) -> None:
    """Whatever was a case is still one; it is asked alike, and only what was right can be found."""
    seen = {each[3] for each in past}
    said = [each for each in rows if each[1] in seen]  # else the catalogue knows items that nobody has seen
    index, end, log = index_of(past, said), MIDDLE + days * DAY, InteractionLog.of(*past, *later)
    filtered = Replay.of(index, log, end, TARGETS[goal])
    everything = Replay.of(index, log, end, TARGETS[goal], known_only=False)
    still = np.flatnonzero(everything.events.item[everything.cases] != ABSENT).tolist()
    for case, same in zip(range(len(filtered)), still, strict=True):
        assert_same(everything.query(index, same), filtered.query(index, case))
        findable = set(everything.positives(same).tolist()) - {ABSENT}
        assert findable <= set(filtered.positives(case).tolist())
