from __future__ import annotations

from collections import Counter, defaultdict
from itertools import product
from math import sqrt

import numpy as np
import pytest
from fakes.events import rows_of
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW, T0, Event, catalogue_of, event_lists, happened

from recommender.domain.discovery import (
    KNN_WEIGHTS,
    LENGTH,
    Hidden,
    ItemKnn,
    best_unseen,
    bought_most,
    judged,
)
from recommender.domain.events import DAY, EventType, InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.index import Index

VIEW, CART, BUY = EventType


def hidden_of(*events: Event) -> Hidden:
    return Hidden.last(InteractionLog.of(*events))


def named(hidden: Hidden) -> dict[str, str]:
    """Shopper -> the item hidden of them."""
    users, items = hidden.log.users.ids(hidden.user), hidden.log.items.ids(hidden.item)
    return dict(zip(users, items, strict=True))


def rows(*item: int) -> Rows:
    return np.array(item, np.int32)


def slow_knn(log: InteractionLog) -> dict[str, dict[str, float]]:
    """Shopper -> item -> score, by comparing all columns of the matrix."""
    cell: dict[tuple[str, str], float] = defaultdict(float)
    for _, user, kind, item in rows_of(log):
        cell[user, item] = max(cell[user, item], KNN_WEIGHTS[kind])
    users, items = {user for user, _ in cell}, {item for _, item in cell}
    column = {item: {user: cell[user, item] for user in users if (user, item) in cell} for item in items}
    length = {item: sqrt(sum(weight**2 for weight in column[item].values())) for item in items}
    scores: dict[str, dict[str, float]] = {user: dict.fromkeys(items, 0.0) for user in users}
    for user, mine, other in product(users, items, items):
        if (user, mine) in cell:
            dot = sum(weight * column[other].get(each, 0.0) for each, weight in column[mine].items())
            scores[user][other] += cell[user, mine] * dot / length[mine] / length[other]
    return scores


@given(event_lists(least=1))
@LAW
def test_hiding_takes_all_rows_of_the_item_bought_last_and_nothing_else(events: list[Event]) -> None:
    log = InteractionLog.of(*events)
    last = {user: item for _, user, kind, item in rows_of(log) if kind is BUY}
    hidden = Hidden.last(log)
    left = [row for row in rows_of(log) if last.get(row[1]) != row[3]]
    assert rows_of(hidden.log) == left
    with_others = {row[1] for row in left}
    assert named(hidden) == {user: item for user, item in last.items() if user in with_others}


@given(event_lists(least=1))
@LAW
def test_own_items_are_those_left_and_never_the_hidden_one(events: list[Event]) -> None:
    hidden = hidden_of(*events)
    for user, item, own in zip(hidden.user.tolist(), hidden.item.tolist(), hidden.own(), strict=True):
        assert own.tolist() == sorted(set(hidden.log.item[hidden.log.user == user].tolist()))
        assert item not in own


@given(event_lists(least=1))
@LAW
def test_item_knn_is_that_of_comparing_all_columns(events: list[Event]) -> None:
    log = InteractionLog.of(*events)
    knn, slow = ItemKnn.fit(log), slow_knn(log)
    for user in range(len(log.users)):
        found = dict(zip(log.items.ids(range(len(log.items))), knn.scores(user).tolist(), strict=True))
        assert found == pytest.approx(slow[log.users.id(user)])


@given(event_lists())
@LAW
def test_popularity_counts_purchases(events: list[Event]) -> None:
    log = InteractionLog.of(*events)
    counted = Counter(item for _, _, kind, item in events if kind is BUY)
    assert bought_most(log).tolist() == [counted[item] for item in log.items.ids(range(len(log.items)))]


@given(st.lists(st.sampled_from([0.0, 0.5, 1.0, 2.0]), max_size=40), st.sets(st.integers(0, 39)))
def test_the_best_unseen_are_those_of_sorting_all_others(score: list[float], own: set[int]) -> None:
    owned = rows(*sorted(each for each in own if each < len(score)))
    expected = sorted(set(range(len(score))) - own, key=lambda item: (-score[item], item))[:LENGTH]
    assert best_unseen(np.array(score), owned).tolist() == expected


def test_of_purchases_at_one_time_the_last_of_the_log_is_hidden() -> None:
    assert named(hidden_of((T0, "ada", BUY, "b"), (T0, "ada", BUY, "a"))) == {"ada": "a"}


def test_other_events_can_be_hidden_too() -> None:
    log = InteractionLog.of((T0, "ada", BUY, "a"), (T0 + 1, "ada", CART, "b"), (T0 + 2, "ada", VIEW, "c"))
    assert named(Hidden.last(log, (CART, BUY))) == {"ada": "b"}


def test_a_shopper_with_nothing_left_is_no_case_and_what_was_hidden_stays_hidden() -> None:
    hidden = hidden_of((T0, "ada", VIEW, "a"), (T0 + 1, "ada", BUY, "a"), (T0 + 2, "bob", VIEW, "a"))
    assert len(hidden) == 0
    assert hidden.own() == []
    assert rows_of(hidden.log) == [(T0 + 2, "bob", VIEW, "a")]


def test_an_empty_log_hides_nothing() -> None:
    hidden = hidden_of()
    assert len(hidden) == len(hidden.own()) == len(hidden.log) == 0
    assert len(bought_most(hidden.log)) == len(ItemKnn.fit(hidden.log).length) == 0


def test_a_shopper_asks_at_the_moment_of_the_last_event_that_is_left() -> None:
    hidden = hidden_of((T0, "ada", VIEW, "a"), (T0 + DAY, "ada", VIEW, "b"), (T0 + 2 * DAY, "ada", BUY, "c"))
    index = Index.fit(hidden.log, catalogue_of([]), [])
    query = hidden.query(index, 0)
    assert query.moment == T0 + DAY
    a, b = index.items.rows(["a", "b"]).tolist()
    assert happened(query.history) == [(T0, VIEW, a), (T0 + DAY, VIEW, b)]
    assert index.items.row("c") < 0


def test_an_item_that_nobody_has_left_scores_nothing() -> None:
    hidden = hidden_of((T0, "ada", VIEW, "a"), (T0, "ada", BUY, "z"), (T0, "bob", VIEW, "a"))
    assert ItemKnn.fit(hidden.log).scores(int(hidden.user[0])).tolist() == pytest.approx([1.0, 0.0])


def test_a_list_is_judged_by_its_first_right_item_among_twenty() -> None:
    long = np.arange(LENGTH + 1, dtype=np.int32)
    lists = [rows(4, 7), rows(4, 7), rows(), long, rows(3)]
    relevant = [rows(7), rows(4, 7), rows(1), rows(LENGTH), rows()]
    assert judged(lists, relevant).tolist() == [[1, 0.5], [1, 1], [0, 0], [0, 0], [0, 0]]
    assert judged([], []).shape == (0, 2)
