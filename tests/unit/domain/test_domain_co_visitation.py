from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import log1p

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_neighbours import asked
from unit.domain.test_domain_pairs import slow_pairs, slow_totals, walk
from unit.domain.test_domain_shops import LAW, T0, Event, catalogue_of, event_lists
from worlds import BUY, VIEW

from recommender.domain.catalogue import Property
from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.index import Index
from recommender.domain.popularity import EVENT_WEIGHTS
from recommender.domain.retrieval import Reason
from recommender.domain.retrieval.co_visitation import (
    BACKWARDS,
    DISTANCE_DECAY,
    HALF_LIFE,
    KEPT,
    LATEST_ITEMS,
    LONGEST_STEP,
    PRIOR,
    STEP_DECAY,
    CoVisitation,
)
from recommender.domain.retrieval.findings import VOTE

Table = dict[str, list[float]]

ITEMS = st.lists(st.sampled_from("abcdefg"), max_size=6)


def index_of(events: Sequence[Event]) -> Index:
    """A shop in which these events happened, and that also has an item "unseen"."""
    catalogue = catalogue_of([(T0 - DAY, "unseen", Property.CATEGORY, "top")])
    return Index.fit(InteractionLog.of(*events), catalogue, [CoVisitation])


def source_of(index: Index) -> CoVisitation:
    source = index.sources[0]
    assert isinstance(source, CoVisitation)
    return source


def said(index: Index, *items: str) -> Table:
    """The columns of every item of the shop, for somebody who has just looked at these items."""
    every = np.arange(len(index.items), dtype=np.int32)
    table = index.sources[0].ask(asked(index, *items)).columns(every)
    return dict(zip(index.items.ids(every), table.tolist(), strict=True))


def listed(index: Index, *items: str, limit: int = 10_000) -> list[str]:
    shortlist = index.sources[0].ask(asked(index, *items)).shortlist(limit)
    assert set(shortlist.reason.tolist()) <= {Reason.SESSION_NEIGHBOURS}
    return index.items.ids(shortlist.item)


def partners_of(index: Index, item: str) -> dict[str, list[float]]:
    """The partners that are kept of one item, and their shares."""
    source, row = source_of(index), index.items.row(item)
    mine = slice(source.first[row], source.first[row + 1])
    return dict(zip(index.items.ids(source.item[mine]), source.share[mine].tolist(), strict=True))


def slow_partners(log: InteractionLog) -> dict[str, dict[str, tuple[float, float]]]:
    """Of each item its partners: which share of the steps leads there, and which comes from there."""
    weight = [
        EVENT_WEIGHTS[kind] * 0.5 ** ((log.end - 1 - time) / HALF_LIFE)
        for kind, time in zip(log.type.tolist(), log.timestamp.tolist(), strict=True)
    ]
    steps = slow_pairs(log, LONGEST_STEP, DISTANCE_DECAY, weight)
    begin, end = slow_totals(steps)
    partners: dict[str, dict[str, tuple[float, float]]] = defaultdict(dict)
    for pair in steps:
        for here, there in (pair, pair[::-1]):
            partners[here][there] = (
                steps.get((here, there), 0.0) / (begin[here] + PRIOR),
                steps.get((there, here), 0.0) / (end[here] + PRIOR),
            )
    return partners


def slow_table(log: InteractionLog, items: Sequence[str]) -> Table:
    """Let the latest items vote for their partners one by one."""
    latest = list(dict.fromkeys(reversed(items)))[:LATEST_ITEMS]
    partners = slow_partners(log)
    votes: dict[str, float] = defaultdict(float)
    for step, item in enumerate(latest):
        for other, (onwards, back) in partners.get(item, {}).items():
            votes[other] += (onwards + BACKWARDS * back) * STEP_DECAY**step
    whole = sum(votes.values())
    of_latest = partners.get(latest[0], {}) if latest else {}
    return {
        other: [log1p(VOTE * vote), vote / whole, *of_latest.get(other, (0.0, 0.0))]
        for other, vote in votes.items()
    }


def known(log: InteractionLog, items: Sequence[str]) -> list[str]:
    return [item for item in items if log.items.row(item) >= 0]


@given(event_lists(least=1), ITEMS)
@LAW
def test_what_is_said_of_items_is_what_counting_step_by_step_says(
    events: list[Event], items: list[str]
) -> None:
    log, index = InteractionLog.of(*events), index_of(events)
    looked_at = known(log, items)
    slow = slow_table(log, looked_at)
    for item, columns in said(index, *looked_at).items():
        assert columns == pytest.approx(slow.get(item, [0.0] * 4)), item
    assert set(listed(index, *looked_at)) == set(slow)


@given(event_lists(least=1), ITEMS, st.integers(0, 6))
@LAW
def test_candidates_are_ordered_by_score_then_row_and_a_shorter_list_begins_a_longer_one(
    events: list[Event], items: list[str], limit: int
) -> None:
    index = index_of(events)
    looked_at = known(InteractionLog.of(*events), items)
    whole, columns = listed(index, *looked_at), said(index, *looked_at)
    assert whole == sorted(whole, key=lambda item: (-columns[item][0], item))
    assert listed(index, *looked_at, limit=limit) == whole[:limit]


@given(event_lists(least=1), ITEMS)
@LAW
def test_the_shares_of_the_votes_add_up_to_one_if_there_are_any(
    events: list[Event], items: list[str]
) -> None:
    index = index_of(events)
    share = [columns[1] for columns in said(index, *known(InteractionLog.of(*events), items)).values()]
    assert sum(share) == pytest.approx(1.0 if any(share) else 0.0)


@given(event_lists(least=1))
@LAW
def test_the_steps_from_an_item_and_those_to_it_lead_somewhere_in_less_than_all_cases(
    events: list[Event],
) -> None:
    index = index_of(events)
    for item in index.items.ids(range(len(index.items))):
        shares = partners_of(index, item).values()
        assert sum(onwards for onwards, _ in shares) < 1
        assert sum(back for _, back in shares) < 1


def test_an_empty_log_says_nothing() -> None:
    source = CoVisitation.fit(InteractionLog.of(), catalogue_of([]).at(T0))
    assert [source.first.tolist(), source.item.tolist(), source.share.shape] == [[0], [], (0, 2)]


def test_one_event_says_nothing() -> None:
    index = index_of(walk("a"))
    assert listed(index, "a") == []
    assert said(index, "a") == {"a": [0.0] * 4, "unseen": [0.0] * 4}


def test_an_item_that_is_looked_at_twice_in_a_row_is_no_partner_of_itself() -> None:
    assert listed(index_of(walk("a", "a")), "a") == []


def test_a_guest_is_told_nothing() -> None:
    index = index_of(walk("a", "b"))
    assert listed(index) == []
    assert set(map(tuple, said(index).values())) == {(0.0, 0.0, 0.0, 0.0)}


def test_an_item_that_nobody_ever_looked_at_has_no_partner() -> None:
    index = index_of(walk("a", "b"))
    assert listed(index, "unseen") == []
    assert listed(index, "a", "unseen") == ["b"]


def test_of_no_items_nothing_is_said() -> None:
    index = index_of(walk("a", "b"))
    findings = index.sources[0].ask(asked(index, "a"))
    assert findings.columns(np.empty(0, np.int32)).shape == (0, 4)


def test_a_step_tells_more_of_what_comes_after_than_of_what_came_before() -> None:
    index = index_of(walk("a", "b"))
    onwards, back = said(index, "a")["b"], said(index, "b")["a"]
    assert onwards[2:] == pytest.approx([1 / (1 + PRIOR), 0.0])
    assert back[2:] == pytest.approx([0.0, 1 / (1 + PRIOR)])
    assert back[0] == pytest.approx(log1p(VOTE * BACKWARDS / (1 + PRIOR)))
    assert back[0] < onwards[0]


def test_a_nearer_item_is_a_better_partner() -> None:
    assert listed(index_of(walk("a", "z", "m")), "a") == ["z", "m"]


def test_a_newer_step_counts_more_and_half_after_each_half_life() -> None:
    index = index_of([*walk("a", "old", user="u"), *walk("a", "new", user="v", start=T0 + HALF_LIFE)])
    old, new = partners_of(index, "a")["old"][0], partners_of(index, "a")["new"][0]
    assert old == pytest.approx(new / 2)


def test_a_step_to_a_purchase_counts_more_than_one_to_a_view() -> None:
    events = [*walk("a", "seen"), (T0, "v", VIEW, "a"), (T0 + 1_000, "v", BUY, "bought")]
    partners = partners_of(index_of(events), "a")
    assert partners["bought"][0] == pytest.approx(partners["seen"][0] * EVENT_WEIGHTS[BUY])


def test_equally_good_partners_come_in_order_of_row() -> None:
    events = [each for item in "dbc" for each in walk("a", item, user=item)]
    assert listed(index_of(events), "a") == ["b", "c", "d"]


def test_the_latest_item_counts_most() -> None:
    index = index_of([*walk("a", "x", user="u"), *walk("b", "y", user="v")])
    assert listed(index, "a", "b")[:2] == ["y", "x"]
    assert listed(index, "b", "a")[:2] == ["x", "y"]


def test_so_many_partners_are_kept_of_an_item_and_these_are_the_best() -> None:
    shoppers = range(KEPT + 20)
    events = [
        each for day in shoppers for each in walk("a", f"x{day:03d}", user=f"u{day}", start=T0 + day * DAY)
    ]
    assert set(partners_of(index_of(events), "a")) == {f"x{day:03d}" for day in shoppers[-KEPT:]}


def test_of_the_partners_that_are_kept_those_before_an_item_are_the_first_to_go() -> None:
    half = range(KEPT * 3 // 5)
    before = [each for at in half for each in walk(f"b{at:02d}", "i", user=f"before-{at}")]
    after = [each for at in half for each in walk("i", f"f{at:02d}", user=f"after-{at}")]
    kept = partners_of(index_of([*before, *after]), "i")
    assert [item for item in kept if item.startswith("b")] == [f"b{at:02d}" for at in range(KEPT - len(half))]
    assert len(kept) == KEPT


def test_of_a_long_session_the_latest_items_ask() -> None:
    events = [each for at in range(12) for each in walk(f"i{at:02d}", f"x{at:02d}", user=f"u{at}")]
    found = listed(index_of(events), *(f"i{at:02d}" for at in range(12)))
    assert set(found) == {f"x{at:02d}" for at in range(12 - LATEST_ITEMS, 12)}


@pytest.mark.parametrize("size", [1_000, 10_000])
def test_a_robot_of_ten_thousand_events_moves_a_share_as_far_as_a_shopper_of_a_hundred(size: int) -> None:
    honest = [each for at in range(200) for each in walk("a", "x", user=f"u{at}", start=T0 + at * MINUTE)]
    shares = [
        partners_of(index_of([*honest, *walk(*["a", "b"] * (events // 2), user="robot")]), "a")["b"][0]
        for events in (100, size)
    ]
    assert shares[1] == pytest.approx(shares[0], rel=0.05)


@given(st.integers(0, 20), st.integers(1, 1_000))
@LAW
def test_one_shopper_has_no_more_of_the_steps_from_an_item_than_a_hundred_events_allow(
    others: int, visits: int
) -> None:
    honest = [each for at in range(others) for each in walk("a", "x", user=f"u{at}")]
    index = index_of([*honest, *walk(*["a", "b"] * visits, user="robot")])
    most = 100 * sum(DISTANCE_DECAY**step for step in range(LONGEST_STEP))
    assert partners_of(index, "a")["b"][0] <= most / (most + others + PRIOR)
