from __future__ import annotations

from itertools import product
from math import isnan, log2

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score
from unit.domain.test_domain_shops import LAW

from recommender.domain.metrics import (
    CUTOFFS,
    LONGEST,
    METRICS,
    average_precision,
    hit,
    list_metrics,
    ndcg,
    recall,
    reciprocal_rank,
    roc_auc,
)

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), st.booleans()), min_size=1)
LISTS = st.permutations(range(25)).flatmap(
    lambda items: st.integers(0, 25).map(lambda length: list(items[:length]))
)


def judged(item: list[int], relevant: list[int]) -> dict[str, float]:
    """Metric -> value of one list."""
    values = list_metrics(np.array(item, np.int32), np.array(relevant, np.int32))
    assert values.dtype == np.float64
    return dict(zip(METRICS, values.tolist(), strict=True))


def places(*hits: int, of: int = 10) -> np.typing.NDArray[np.bool_]:
    """A list of so many places, with hits at some of them, the first place being 1."""
    return np.isin(np.arange(1, of + 1), hits)


def test_a_list_worked_out_by_hand() -> None:
    hits = places(2, 4)
    assert (hit(hits, 1), hit(hits, 2)) == (0, 1)
    assert (reciprocal_rank(hits, 1), reciprocal_rank(hits, 5)) == (0, 1 / 2)
    assert (recall(hits, 3, 2), recall(hits, 3, 5)) == pytest.approx((1 / 3, 2 / 3))
    gained, best = 1 / log2(3) + 1 / log2(5), 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert ndcg(hits, 3, 5) == pytest.approx(gained / best)


def test_more_relevant_items_than_places_still_make_a_perfect_ndcg() -> None:
    assert ndcg(places(1, 2, 3, 4, 5), 9, 5) == pytest.approx(1)
    assert recall(places(1, 2, 3, 4, 5), 9, 5) == pytest.approx(5 / 9)


def test_a_list_shorter_than_n_is_judged_by_the_places_it_has() -> None:
    short = places(2, of=2)
    assert (hit(short, 5), reciprocal_rank(short, 5), recall(short, 2, 5)) == (1, 1 / 2, 1 / 2)
    assert ndcg(short, 1, 5) == pytest.approx(1 / log2(3))


def test_an_empty_list_scores_nothing_everywhere() -> None:
    assert set(judged([], [1]).values()) == {0.0}


def test_a_perfect_list_scores_one_everywhere() -> None:
    assert set(judged([3, 1, 2], [3]).values()) == {1.0}


@pytest.mark.parametrize("item", [[], [1], list(range(30))])
def test_a_list_without_a_right_answer_cannot_be_judged_by_any_metric(item: list[int]) -> None:
    assert all(isnan(value) for value in judged(item, []).values())


def test_every_metric_is_there_at_every_cutoff() -> None:
    expected = [f"{name}@{n}" for n, name in product(CUTOFFS, ("HR", "MRR", "nDCG", "recall"))]
    assert list(METRICS) == expected


def test_a_list_is_judged_by_its_names() -> None:
    found = judged([7, 1, 8, 9, 10, 2], [1, 2, 3])
    hits = places(2, 6)
    for n in CUTOFFS:
        assert found[f"HR@{n}"] == 1
        assert found[f"MRR@{n}"] == 1 / 2
        assert found[f"nDCG@{n}"] == ndcg(hits, 3, n)
        assert found[f"recall@{n}"] == recall(hits, 3, n)


@given(LISTS, st.sets(st.integers(0, 30), min_size=1))
@LAW
def test_metrics_are_shares_that_do_not_fall_with_n_and_keep_their_order(
    item: list[int], relevant: set[int]
) -> None:
    found = judged(item, sorted(relevant))
    assert all(0 <= value <= 1 + 1e-12 for value in found.values())
    for name in ("HR", "MRR", "recall"):
        assert found[f"{name}@5"] <= found[f"{name}@10"] <= found[f"{name}@20"]
    for n in CUTOFFS:
        assert found[f"MRR@{n}"] <= found[f"HR@{n}"] == bool(set(item[:n]) & relevant)
        assert found[f"recall@{n}"] == len(set(item[:n]) & relevant) / len(relevant)


@given(LISTS, st.sets(st.integers(0, 30)).map(sorted))
@LAW
def test_neither_what_comes_behind_the_last_cutoff_nor_the_order_of_the_right_items_counts(
    item: list[int], relevant: list[int]
) -> None:
    assert judged(item[:LONGEST], relevant[::-1]) == pytest.approx(judged(item, relevant), nan_ok=True)


def test_the_area_is_the_share_of_pairs_in_the_right_order_and_ties_are_half() -> None:
    score, positive = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    assert roc_auc(score, positive) == pytest.approx((1 + 1 + 0.5 + 1) / 4)


def test_precision_is_averaged_over_the_thresholds_that_gain_recall() -> None:
    score, positive = np.array([0.9, 0.8, 0.7]), np.array([True, False, True])
    assert average_precision(score, positive) == pytest.approx(1 / 2 * 1 + 1 / 2 * 2 / 3)


def test_equal_scores_reach_the_base_rate_and_an_area_of_one_half() -> None:
    score, positive = np.full(8, 0.3), np.arange(8) < 2
    assert roc_auc(score, positive) == pytest.approx(0.5)
    assert average_precision(score, positive) == pytest.approx(0.25)


@pytest.mark.parametrize("positive", [[], [True], [True, True], [False], [False, False]])
def test_without_rows_of_both_kinds_there_is_no_area(positive: list[bool]) -> None:
    assert isnan(roc_auc(np.full(len(positive), 0.5), np.array(positive, bool)))


@pytest.mark.parametrize("positive", [[], [False], [False, False]])
def test_without_a_positive_row_there_is_no_precision(positive: list[bool]) -> None:
    assert isnan(average_precision(np.full(len(positive), 0.5), np.array(positive, bool)))


def test_positive_rows_alone_have_perfect_precision() -> None:
    assert average_precision(np.array([0.5, 0.1]), np.array([True, True])) == 1


@given(ROWS.filter(lambda rows: 0 < sum(each[1] for each in rows) < len(rows)))
@LAW
def test_both_areas_are_those_of_scikit_learn(rows: list[tuple[float, bool]]) -> None:
    score, positive = np.array([each[0] for each in rows]), np.array([each[1] for each in rows])
    assert roc_auc(score, positive) == pytest.approx(roc_auc_score(positive, score))
    assert average_precision(score, positive) == pytest.approx(average_precision_score(positive, score))
