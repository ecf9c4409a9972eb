"""Nothing that is learnt or asked depends on anything that happened later."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import (
    CATEGORIES,
    INDEXES,
    LAW,
    MIDDLE,
    PARENTS,
    T0,
    Event,
    Row,
    assert_same,
    catalogue_of,
    event_lists,
    found,
    happened,
    index_of,
    row_lists,
)

from recommender.domain.catalogue import Property
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.features import feature_names, features
from recommender.domain.history import Histories, History
from recommender.domain.index import Index
from recommender.domain.popularity import Floats
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.search import Search
from recommender.domain.targets import INTERACTION, TARGETS

EARLIER = event_lists(days=2, least=1)
LATER = event_lists(first=MIDDLE, days=2)
ROWS = row_lists(days=2)


def scored(index: Index, history: History, moment: int) -> tuple[list[str], Floats]:
    """The candidates' ids and features for a request."""
    search = Search.of(index, index.query(history, moment))
    candidates = found(search, limit=5)
    return index.items.ids(candidates.item), features(search, candidates)


def fitted(events: list[Event], rows: list[Row], moment: int) -> Index:
    return Index.fit(InteractionLog.of(*events).until(moment), catalogue_of(rows), SOURCES)


@given(EARLIER, LATER, ROWS)
@LAW
def test_later_events_change_nothing_that_was_learnt_before_them(
    earlier: list[Event], later: list[Event], rows: list[Row]
) -> None:
    assert_same(fitted(earlier, rows, MIDDLE), fitted([*earlier, *later], rows, MIDDLE))


@given(EARLIER, LATER, ROWS)
@LAW
def test_later_events_change_no_feature_of_a_request_before_them(
    earlier: list[Event], later: list[Event], rows: list[Row]
) -> None:
    answers = []
    for events in (earlier, [*earlier, *later]):
        index, log = fitted(events, rows, MIDDLE), InteractionLog.of(*events)
        recoded = log.recoded(items=index.items)
        known = Histories.fit(recoded)
        answers.append(
            [
                scored(index, known.of(log.users.row(user)), MIDDLE - 1)
                for user in ("ada", "bob", "eve")
                if user in {each[1] for each in earlier}
            ]
        )
    for (items, table), (same_items, same_table) in zip(*answers, strict=True):
        assert items == same_items
        np.testing.assert_array_equal(table, same_table)


@given(EARLIER, ROWS, row_lists(first=MIDDLE, categories=tuple(PARENTS)))
@LAW
def test_later_rows_of_the_catalogue_change_nothing_that_was_learnt_before_them(
    events: list[Event], rows: list[Row], later: list[Row]
) -> None:
    base: list[Row] = [*rows, (T0, "b", Property.CATEGORY, "stray")]
    assert_same(index_of(events, base), index_of(events, [*base, *later]))


@given(EARLIER, row_lists(days=2, categories=tuple(PARENTS)), row_lists(first=MIDDLE, categories=CATEGORIES))
@LAW
def test_a_category_that_is_first_heard_of_later_changes_no_feature(
    events: list[Event], rows: list[Row], later: list[Row]
) -> None:
    before, after = index_of(events, rows), index_of(events, [*rows, *later])
    assert feature_names(before) == feature_names(after)
    assert_same(before.items, after.items)
    for user in range(len(before.users)):
        items, table = scored(before, before.histories.of(user), MIDDLE)
        same_items, same_table = scored(after, after.histories.of(user), MIDDLE)
        assert items == same_items
        np.testing.assert_array_equal(table, same_table)


@given(INDEXES, st.integers(0, 10), st.integers(0, 10))
@LAW
def test_events_after_the_moment_are_not_looked_at(index: Index, known: int, later: int) -> None:
    moment = MIDDLE
    item = np.arange(known + later, dtype=np.int32) % len(index.items)
    time = moment + np.arange(1 - known, later + 1, dtype=np.int64)
    whole = History(item, time, (item % 3).astype(np.int8))
    query = index.query(whole, moment)
    assert happened(query.history) == happened(whole)[:known]
    assert len(query.category) == len(query.history)
    items, table = scored(index, whole, moment)
    same_items, same_table = scored(index, whole.until(moment), moment)
    assert items == same_items
    np.testing.assert_array_equal(table, same_table)


@given(EARLIER, LATER, LATER)
@LAW
def test_what_is_asked_in_a_replay_does_not_depend_on_what_happens_next(
    earlier: list[Event], now: list[Event], changed: list[Event]
) -> None:
    """Two futures with the same beginning: up to where they part, every query is the same."""
    index, end = index_of(earlier, []), MIDDLE + 4 * DAY
    parting = MIDDLE + DAY
    beginning = [each for each in now if each[0] < parting]
    futures = [
        [*beginning, *(each for each in now if each[0] >= parting)],
        [*beginning, *(each for each in changed if each[0] >= parting)],
    ]
    asked = []
    for future in futures:
        replay = Replay.of(index, InteractionLog.of(*earlier, *future), end, INTERACTION)
        queries = [replay.query(index, case) for case in range(len(replay))]
        asked.append([(each.moment, happened(each.history)) for each in queries if each.moment < parting])
    assert asked[0] == asked[1]


@given(EARLIER, LATER, LATER, st.sampled_from(tuple(TARGETS)))
@LAW
def test_a_label_does_not_depend_on_what_was_done_up_to_the_moment(
    earlier: list[Event], now: list[Event], changed: list[Event], goal: str
) -> None:
    """Two pasts with the same continuation: from where they meet, every label is the same."""
    index, end = index_of(earlier, []), MIDDLE + 4 * DAY
    meeting = MIDDLE + DAY
    continuation = [each for each in now if each[0] >= meeting]
    labels = []
    for past in (now, changed):
        log = InteractionLog.of(*earlier, *(each for each in past if each[0] < meeting), *continuation)
        replay = Replay.of(index, log, end, TARGETS[goal])
        moments = replay.events.timestamp[replay.cases]
        labels.append(
            [replay.positives(case).tolist() for case in np.flatnonzero(moments >= meeting).tolist()]
        )
    assert labels[0] == labels[1]
