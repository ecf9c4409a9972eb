from __future__ import annotations

from collections import defaultdict
from itertools import pairwise
from math import log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import T0, catalogue_of

from recommender.domain.events import MINUTE, EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.index import Index
from recommender.domain.retrieval import Query, Reason
from recommender.domain.retrieval.findings import VOTE
from recommender.domain.retrieval.session_neighbours import (
    DISTANCE_DECAY,
    HALF_LIFE,
    LATEST_ITEMS,
    NEIGHBOURS,
    RECENT_SESSIONS,
    SESSION_LENGTH,
    STEP_DECAY,
    SessionNeighbours,
)

VIEW = EventType.VIEW


def index_of(*looks: tuple[int, str, str]) -> Index:
    """A shop in which these looks (minute, shopper, item) happened."""
    log = InteractionLog.of(*((T0 + minute * MINUTE, user, VIEW, item) for minute, user, item in looks))
    return Index.fit(log, catalogue_of([]), [SessionNeighbours])


def asked(index: Index, *items: str) -> Query:
    """Somebody who has just looked at these items, one a minute."""
    rows = index.items.rows(items)
    times = index.end + np.arange(len(items), dtype=np.int64) * MINUTE
    history = History(rows, times, np.zeros(len(items), np.int8))
    return index.query(history, index.end + len(items) * MINUTE)


def votes(index: Index, query: Query, limit: int = 10_000) -> dict[str, float]:
    """The items that are listed, best first, and their scores."""
    found = index.sources[0].ask(query)
    shortlist = found.shortlist(limit)
    assert set(shortlist.reason.tolist()) <= {Reason.SESSION_NEIGHBOURS}
    score = found.columns(shortlist.item)[:, SessionNeighbours.COLUMNS.index("score")]
    return dict(zip(index.items.ids(shortlist.item), score.tolist(), strict=True))


def slow_sessions(log: InteractionLog) -> list[list[tuple[int, str]]]:
    """Sessions as (time, item), cut after more than thirty minutes, in order of their last event."""
    events = defaultdict(list)
    for time, user, item in zip(log.timestamp.tolist(), log.user.tolist(), log.item.tolist(), strict=True):
        events[user].append((time, log.items.id(item)))
    sessions = []
    for user in sorted(events):
        session = events[user][:1]
        for before, event in pairwise(events[user]):
            if event[0] - before[0] > 30 * MINUTE:
                sessions.append(session)
                session = []
            session.append(event)
        sessions.append(session)
    return sorted(sessions, key=lambda session: session[-1][0])


def slow_votes(log: InteractionLog, items: list[str]) -> dict[str, float]:
    """Compare the current session with every session there is, item by item."""
    latest = list(dict.fromkeys(reversed(items)))
    total: dict[str, float] = defaultdict(float)
    for session in slow_sessions(log):
        names = [item for _, item in session]
        common = [(step, item) for step, item in enumerate(latest) if item in names]
        if not common:
            continue
        similarity = sum(STEP_DECAY**step for step, _ in common)
        similarity *= 0.5 ** ((log.end - 1 - session[-1][0]) / HALF_LIFE)
        matched = len(names) - 1 - names[::-1].index(common[0][1])
        for place, item in enumerate(names):
            total[item] += similarity * DISTANCE_DECAY ** abs(place - matched)
    return total


LOOKS = st.lists(
    st.tuples(st.integers(0, 200), st.sampled_from("uvwx"), st.sampled_from("abcdef")),
    min_size=1,
    max_size=25,
)


@given(LOOKS, st.lists(st.sampled_from("abcdef"), max_size=6))
def test_the_votes_are_those_of_comparing_with_every_session(
    looks: list[tuple[int, str, str]], items: list[str]
) -> None:
    index = index_of(*looks)
    log = InteractionLog.of(*((T0 + minute * MINUTE, user, VIEW, item) for minute, user, item in looks))
    known = [item for item in items if index.items.row(item) >= 0]
    slow = slow_votes(log, known)
    scores = {item: log1p(VOTE * vote) for item, vote in slow.items()}
    assert votes(index, asked(index, *known)) == pytest.approx(scores)
    everything = np.arange(len(index.items), dtype=np.int32)
    score, share = index.sources[0].ask(asked(index, *known)).columns(everything).T
    names = index.items.ids(everything)
    assert score.tolist() == pytest.approx([scores.get(item, 0.0) for item in names])
    together = sum(slow.values()) or 1.0
    assert share.tolist() == pytest.approx([slow.get(item, 0.0) / together for item in names])


@given(LOOKS, st.lists(st.sampled_from("abcdef"), max_size=6), st.integers(1, 6))
def test_a_shorter_list_is_the_beginning_of_a_longer_one(
    looks: list[tuple[int, str, str]], items: list[str], limit: int
) -> None:
    index = index_of(*looks)
    query = asked(index, *(item for item in items if index.items.row(item) >= 0))
    whole = votes(index, query)
    assert list(votes(index, query, limit).items()) == list(whole.items())[:limit]
    assert list(whole.values()) == sorted(whole.values(), reverse=True)


def test_items_near_the_common_item_of_a_later_session_come_first() -> None:
    index = index_of(
        (0, "old", "a"), (1, "old", "x"), (500_000, "new", "a"), (500_001, "new", "y"), (500_002, "new", "z")
    )
    found = votes(index, asked(index, "a"))
    assert found["y"] > found["z"]
    assert found["y"] > found["x"]


def test_the_latest_item_counts_most() -> None:
    index = index_of((0, "u", "a"), (1, "u", "x"), (100, "v", "b"), (101, "v", "y"))
    assert votes(index, asked(index, "a", "b"))["y"] > votes(index, asked(index, "a", "b"))["x"]
    assert votes(index, asked(index, "b", "a"))["x"] > votes(index, asked(index, "b", "a"))["y"]


def test_a_guest_has_no_neighbours() -> None:
    assert votes(index_of((0, "u", "a")), asked(index_of((0, "u", "a")))) == {}


def test_only_the_latest_sessions_of_an_item_are_asked() -> None:
    sessions = range(RECENT_SESSIONS + 1)
    looks = [(100 * each, f"u{each}", item) for each in sessions for item in ("a", f"x{each}")]
    source = index_of(*looks).sources[0]
    assert isinstance(source, SessionNeighbours)
    row = index_of(*looks).items.row("a")
    postings = source.session[source.first[row] : source.first[row + 1]]
    assert postings.tolist() == list(range(RECENT_SESSIONS, 0, -1))


def test_so_many_neighbours_vote_and_no_more() -> None:
    looks = [(100 * each, f"u{each}", item) for each in range(NEIGHBOURS + 50) for item in ("a", f"x{each}")]
    index = index_of(*looks)
    found = votes(index, asked(index, "a"))
    assert len(found) == NEIGHBOURS + 1
    assert "x0" not in found


def test_a_long_session_is_known_by_its_last_events() -> None:
    index = index_of(*((each, "bot", f"x{each:03d}") for each in range(SESSION_LENGTH + 20)))
    assert votes(index, asked(index, "x019")) == {}
    assert len(votes(index, asked(index, "x049"))) == SESSION_LENGTH


def test_of_a_long_current_session_the_latest_items_ask() -> None:
    looks = [
        (100 * each, f"u{each}", item) for each in range(12) for item in (f"i{each:02d}", f"x{each:02d}")
    ]
    index = index_of(*looks)
    found = votes(index, asked(index, *(f"i{each:02d}" for each in range(12))))
    assert {f"x{each:02d}" for each in range(12 - LATEST_ITEMS, 12)} < set(found)
    assert "x00" not in found


def test_an_earlier_session_asks_if_none_is_live() -> None:
    index = index_of((0, "u", "a"), (1, "u", "x"))
    rows = index.items.rows(["a"])
    history = History(rows, np.array([index.end], np.int64), np.zeros(1, np.int8))
    assert "x" in votes(index, index.query(history, index.end + 1_000 * MINUTE))
