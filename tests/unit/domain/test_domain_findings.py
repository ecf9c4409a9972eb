from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW

from recommender.domain.retrieval import Reason
from recommender.domain.retrieval.findings import Listed, Votes

SCORES = st.dictionaries(st.integers(0, 12), st.sampled_from([0.0, 0.5, 1.0, 2.0]))
LIMITS = st.integers(0, 14)


def rows(*items: int) -> np.typing.NDArray[np.int32]:
    return np.array(items, np.int32)


def votes_of(scores: dict[int, float]) -> Votes:
    """Votes whose second column says ten times as much."""
    item = sorted(scores)
    table = np.array([[scores[row], 10 * scores[row]] for row in item]).reshape(-1, 2)
    return Votes(rows(*item), table, Reason.TRENDING)


def a_list(*items: int) -> Listed:
    return Listed(rows(*items), np.full(len(items), Reason.POPULAR, np.int8))


@given(SCORES, LIMITS)
@LAW
def test_items_are_listed_by_their_votes_ties_by_row(scores: dict[int, float], limit: int) -> None:
    shortlist = votes_of(scores).shortlist(limit)
    assert shortlist.item.tolist() == sorted(scores, key=lambda row: (-scores[row], row))[:limit]
    assert shortlist.reason.tolist() == [Reason.TRENDING] * len(shortlist.item)
    assert [shortlist.item.dtype, shortlist.reason.dtype] == [np.int32, np.int8]


@given(SCORES, st.lists(st.integers(0, 14)))
@LAW
def test_of_any_items_in_any_order_the_votes_are_said_and_zeros_where_there_are_none(
    scores: dict[int, float], items: list[int]
) -> None:
    said = votes_of(scores).columns(rows(*items))
    assert said.tolist() == [[scores.get(row, 0.0), 10 * scores.get(row, 0.0)] for row in items]
    assert said.shape == (len(items), 2)


def test_what_is_said_may_be_written_to_and_the_votes_stay() -> None:
    votes = votes_of({1: 2.0})
    votes.columns(rows(1))[:] = 7.0
    assert votes.columns(rows(1)).tolist() == [[2.0, 20.0]]


def test_without_votes_nothing_is_listed_and_zeros_are_said() -> None:
    assert votes_of({}).shortlist(5).item.tolist() == []
    assert votes_of({}).columns(rows(0, 3)).tolist() == [[0.0, 0.0], [0.0, 0.0]]


@given(st.lists(st.integers(0, 12), unique=True), LIMITS)
@LAW
def test_a_list_is_given_from_its_beginning(items: list[int], limit: int) -> None:
    shortlist = a_list(*items).shortlist(limit)
    assert shortlist.item.tolist() == items[:limit]
    assert shortlist.reason.tolist() == [Reason.POPULAR] * min(limit, len(items))


def test_a_list_says_nothing_of_items_but_how_many_were_asked_for() -> None:
    assert a_list(3, 1).columns(rows(1, 2, 3)).shape == (3, 0)
    assert a_list().columns(rows()).shape == (0, 0)
