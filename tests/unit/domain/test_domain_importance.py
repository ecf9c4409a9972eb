from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from worlds import EVENTS, NOW, VIEW, ranker_of, shop_index

from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.importance import importance
from recommender.domain.metrics import average_precision
from recommender.domain.ranking import LogisticRanker
from recommender.domain.replay import Replay
from recommender.domain.targets import INTERACTION
from recommender.domain.training import training_rows

SHOP = shop_index()
SEEDS = st.integers(0, 2**32 - 1)


def ranker(**weights: float) -> LogisticRanker:
    return LogisticRanker(tuple(weights), np.array(list(weights.values())), 0.0)


def rows(seed: int, columns: int = 3, count: int = 60) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Rows of which those with a high first column are positive, one of them for certain."""
    table = np.random.default_rng(seed).random((count, columns))
    return table, table[:, 0] >= np.quantile(table[:, 0], 0.8)


@given(SEEDS, SEEDS)
def test_a_column_without_weight_loses_nothing(seed: int, other: int) -> None:
    found = importance(ranker(a=5.0, b=0.0, c=1.0), *rows(seed), np.random.default_rng(other))
    assert found["b"] == 0.0


@given(SEEDS)
def test_the_only_column_that_matters_comes_first_and_loses_what_its_shuffling_does(seed: int) -> None:
    table, positive = rows(seed)
    found = importance(ranker(a=5.0, b=0.0, c=0.0), table, positive, np.random.default_rng(seed))
    shuffled = np.random.default_rng(seed).permutation(table[:, 0])
    assert next(iter(found)) == "a"
    assert found["a"] == pytest.approx(1 - average_precision(shuffled, positive))


def test_a_column_that_misleads_gains_by_being_shuffled_and_comes_last() -> None:
    table, positive = rows(1, count=400)
    found = importance(ranker(a=1.0, b=0.0, c=0.0), -table, positive, np.random.default_rng(1))
    assert list(found)[-1] == "a"
    assert found["a"] < 0


def test_ties_are_in_the_order_of_their_names() -> None:
    found = importance(ranker(z=0.0, a=0.0, m=0.0), *rows(1), np.random.default_rng(1))
    assert list(found.items()) == [("a", 0.0), ("m", 0.0), ("z", 0.0)]


@given(SEEDS)
def test_the_same_rows_and_seed_give_the_same_and_the_rows_stay_as_they_are(seed: int) -> None:
    table, positive = rows(seed)
    before = table.copy()
    one, other = (
        importance(ranker(a=2.0, b=1.0, c=-1.0), table, positive, np.random.default_rng(3)) for _ in range(2)
    )
    assert list(one.items()) == list(other.items())
    np.testing.assert_array_equal(table, before)


@pytest.mark.parametrize("count", [0, 5])
def test_without_a_positive_row_there_is_nothing_to_lose(count: int) -> None:
    found = importance(
        ranker(a=1.0), np.zeros((count, 1)), np.zeros(count, np.bool_), np.random.default_rng(1)
    )
    assert found == {}


def test_where_every_row_is_positive_no_column_matters() -> None:
    found = importance(ranker(a=1.0), np.eye(4, 1), np.ones(4, np.bool_), np.random.default_rng(1))
    assert found == {"a": 0.0}


def replayed(*items: str) -> Replay:
    """Ada looks at an item every minute."""
    later = [(NOW + each * MINUTE, "ada", VIEW, item) for each, item in enumerate(items)]
    return Replay.of(SHOP, InteractionLog.of(*EVENTS, *later), NOW + DAY, INTERACTION)


def test_what_a_loyal_ranker_looks_at_is_the_latest_item() -> None:
    loyal = ranker_of(SHOP, is_latest_item=10.0)
    replay, rng = replayed("rake", "rake", "rake", "rake"), np.random.default_rng(1)
    rows = training_rows(SHOP, replay, (replay.target,), np.arange(4), 1.0, rng)
    found = importance(loyal, *rows.of_target(0), rng)
    assert next(iter(found)) == "is_latest_item"
    assert {value for name, value in found.items() if name != "is_latest_item"} == {0.0}
