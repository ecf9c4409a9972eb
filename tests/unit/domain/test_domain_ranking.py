from __future__ import annotations

from math import exp
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.domain.test_domain_shops import LAW

from recommender.domain.ranking import LogisticRanker, top_n

SCORES = st.lists(
    st.tuples(st.sampled_from([0.0, -0.0, 0.1, 0.1 + 1e-16, 0.5, 1.0]), st.integers(0, 50)),
    max_size=20,
    unique_by=lambda each: each[1],
)


def logistic(*weights: float, intercept: float = 0.0) -> LogisticRanker:
    names = tuple(f"column {each}" for each in range(len(weights)))
    return LogisticRanker(names, np.array(weights), intercept)


def best(score: list[float], item: list[int], n: int) -> list[int]:
    found: list[int] = top_n(np.array(score, np.float64), np.array(item, np.int32), n).tolist()
    return found


def test_the_probability_is_the_logistic_function_of_the_weighted_columns() -> None:
    table = np.array([[1.0, 2.0], [0.0, 0.0], [-3.0, 0.5]])
    expected = [1 / (1 + exp(-(0.5 * a - 1.0 * b + 0.25))) for a, b in table.tolist()]
    assert logistic(0.5, -1.0, intercept=0.25).probabilities(table) == pytest.approx(expected)


def test_extreme_scores_stay_probabilities_and_do_not_overflow() -> None:
    table = np.array([[-1e300], [-1e4], [0.0], [1e4], [1e300]])
    probability = logistic(1.0).probabilities(table)
    assert np.isfinite(probability).all()
    assert probability[[0, 1]] == pytest.approx([0, 0])
    assert probability[2:].tolist() == [0.5, 1.0, 1.0]


def test_no_rows_have_no_probabilities() -> None:
    assert logistic(1.0, 2.0).probabilities(np.empty((0, 2))).tolist() == []


def test_the_best_come_first() -> None:
    assert best([0.1, 0.9, 0.5], [10, 11, 12], 2) == [1, 2]


def test_equal_scores_are_ordered_by_item_and_not_by_place() -> None:
    assert best([0.5] * 4, [9, 3, 7, 1], 2) == [3, 1]
    assert best([0.5] * 4, [9, 3, 7, 1], 10) == [3, 1, 2, 0]


@pytest.mark.parametrize("n", [0, -1])
def test_none_are_asked_for_and_none_come(n: int) -> None:
    assert best([0.5, 0.1], [1, 2], n) == []


@pytest.mark.parametrize("n", [0, 1, 5])
def test_of_nothing_nothing_is_best(n: int) -> None:
    assert best([], [], n) == []


def test_more_than_there_are_gives_all_of_them() -> None:
    assert best([0.1, 0.2], [1, 2], 3) == [1, 0]
    assert top_n(np.array([0.1]), np.array([1], np.int32), 3).dtype == np.int64


@given(SCORES, st.integers(0, 22))
@LAW
def test_the_n_best_are_how_sorting_all_of_them_begins(scored: list[tuple[float, int]], n: int) -> None:
    score, item = [each[0] for each in scored], [each[1] for each in scored]
    everything = sorted(range(len(score)), key=lambda at: (-score[at], item[at]))
    assert best(score, item, n) == everything[:n]


@given(SCORES, st.integers(1, 22), st.randoms(use_true_random=False))
@LAW
def test_the_order_of_candidates_does_not_matter(
    scored: list[tuple[float, int]], n: int, random: Random
) -> None:
    shuffled = random.sample(scored, len(scored))
    mine, theirs = (
        [each[at][1] for at in best([one[0] for one in each], [one[1] for one in each], n)]
        for each in (scored, shuffled)
    )
    assert mine == theirs
