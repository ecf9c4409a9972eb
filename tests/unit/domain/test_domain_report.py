from __future__ import annotations

from collections import defaultdict
from math import isnan, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.domain.evaluation import Tally
from recommender.domain.metrics import METRICS
from recommender.domain.report import Report

SERVED, OTHER = "served", "other"
Case = tuple[int, list[int], list[int], list[int]]
"""Shopper, what the served method shows, what the other one does, and what was right."""

ITEMS = st.lists(st.integers(0, 5), max_size=4, unique=True)
CASES = st.lists(st.tuples(st.integers(0, 4), ITEMS, ITEMS, ITEMS), min_size=1, max_size=12)


def rows(items: list[int]) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
    return np.array(items, np.int32)


def tallied(*cases: Case, session: tuple[int, ...] = (0,)) -> Tally:
    """Each case has two candidates that score 0.2 and 0.4; the second was right if anything was."""
    tally = Tally()
    for shopper, mine, others, relevant in cases:
        new = rows([item for item in relevant if item not in session])
        tally.add_list(SERVED, rows(mine), rows(relevant), new)
        tally.add_list(OTHER, rows(others), rows(relevant), new)
        tally.shopper.append(shopper)
        tally.positive.append(np.array([False, bool(relevant)]))
        tally.rows.append(2)
        for method in (SERVED, "popularity"):
            tally.score.setdefault(method, []).append(np.array([0.2, 0.4]))
    return tally


def report(tally: Tally, seed: int = 1, *probabilities: str) -> Report:
    return Report.of(tally, frozenset(probabilities or (SERVED,)), np.random.default_rng(seed))


ANN, BEN, CAT = 3, 40, 500
WALK: tuple[Case, ...] = (
    (ANN, [1, 2], [2, 1], [1]),
    (ANN, [1, 2], [3], [2]),
    (BEN, [3], [4], [3]),
    (BEN, [1], [1], []),
    (CAT, [4], [5], [5]),
)


def test_the_served_method_comes_first_and_is_not_compared_with_itself() -> None:
    found = report(tallied(*WALK))
    assert list(found.lists) == [SERVED, OTHER]
    assert found.lists[SERVED].ahead == {}
    assert set(found.lists[OTHER].ahead) == set(found.lists[OTHER].mean)


@given(CASES)
def test_every_shopper_counts_once_in_the_mean_of_means(cases: list[Case]) -> None:
    tally = tallied(*cases)
    mine = report(tally).lists[OTHER].per_shopper
    of_shopper = defaultdict(list)
    for (shopper, *_), values in zip(cases, tally.all[OTHER], strict=True):
        if not isnan(values[0]):
            of_shopper[shopper].append(values)
    if not of_shopper:
        assert mine == {}
        return
    means = np.mean([np.mean(each, axis=0) for each in of_shopper.values()], axis=0)
    assert [mine[metric] for metric in METRICS] == pytest.approx(means.tolist())


def test_a_heavy_shopper_does_not_decide_the_mean_of_means() -> None:
    heavy = [(ANN, [1], [2], [1])] * 98
    light = [(BEN, [1], [2], [2]), (CAT, [1], [2], [2])]
    found = report(tallied(*heavy, *light))
    assert found.lists[SERVED].per_shopper["HR@5"] == pytest.approx(1 / 3)
    assert found.lists[OTHER].per_shopper["HR@5"] == pytest.approx(2 / 3)


@given(CASES, st.integers(0, 2**32 - 1))
def test_a_method_that_shows_the_same_is_neither_ahead_nor_behind(cases: list[Case], seed: int) -> None:
    found = report(tallied(*((shopper, mine, mine, right) for shopper, mine, _, right in cases)), seed)
    for low, high in found.lists[OTHER].ahead.values():
        assert (low, high) == (0, 0) or (isnan(low) and isnan(high))


def test_a_method_that_is_always_better_is_surely_ahead() -> None:
    cases = [(shopper, [1], [2, 1], [1]) for shopper in range(20)]
    ahead = report(tallied(*cases)).lists[OTHER].ahead
    assert ahead["MRR@5"] == pytest.approx((0.5, 0.5))
    assert ahead["HR@5"] == (0, 0)


def test_intervals_hold_the_mean_and_are_shares() -> None:
    rng = np.random.default_rng(0)
    cases = [(int(rng.integers(50)), [int(rng.integers(3))], [1], [1]) for _ in range(300)]
    tally = tallied(*cases)
    for metric, (low, high) in report(tally).lists[SERVED].mean.items():
        if not metric.startswith("new "):
            mean = np.stack(tally.all[SERVED])[:, METRICS.index(metric)].mean()
            assert 0 <= low < mean < high <= 1


def test_cases_without_an_answer_change_nothing() -> None:
    more: list[Case] = [(each, [1], [2], []) for each in (ANN, BEN, CAT)]
    assert report(tallied(*WALK, *more)).lists[OTHER].__dict__ == report(tallied(*WALK)).lists[OTHER].__dict__


def test_without_answers_that_are_new_there_are_no_figures_of_them() -> None:
    found = report(tallied(*WALK, session=(1, 2, 3, 4, 5))).lists[SERVED]
    assert set(found.mean) == set(found.per_shopper) == set(METRICS)


def test_one_shopper_leaves_every_interval_open() -> None:
    found = report(tallied((ANN, [1], [2], [1]), (ANN, [1], [2], [2])))
    assert all(isnan(low) and isnan(high) for low, high in found.lists[SERVED].mean.values())
    assert found.lists[SERVED].per_shopper["HR@5"] == 0.5
    assert isnan(found.scores[SERVED].areas.roc_auc[0])


def test_the_served_scores_are_ahead_of_worse_ones_in_every_draw_and_not_compared_with_themselves() -> None:
    tally = tallied(*WALK)
    tally.score["logistic"] = [np.array([0.4, 0.2])] * len(WALK)
    found = report(tally, 1, SERVED, "logistic").scores
    assert found[SERVED].ahead is None
    ahead = found["logistic"].ahead
    assert ahead is not None
    assert ahead.roc_auc[0] > 0
    assert ahead.average_precision[0] > 0


def test_only_what_is_meant_as_a_probability_is_judged_as_one() -> None:
    assert list(report(tallied(*WALK), 1, SERVED, "unheard of").scores) == [SERVED]


def test_the_figures_of_scores_are_worked_out_by_hand() -> None:
    """Five moments, two rows each; in four of them the second, which scores 0.4, was right."""
    found = report(tallied(*WALK)).scores[SERVED]
    assert found.brier == pytest.approx((5 * 0.2**2 + 4 * 0.6**2 + 0.4**2) / 10)
    assert found.log_loss == pytest.approx(-(5 * log(0.8) + 4 * log(0.4) + log(0.6)) / 10)
    assert found.reliability.rows.tolist() == [10]
    assert found.expected_calibration_error == pytest.approx(abs(0.4 - 0.3))
    assert found.roc.true_positive_rate.tolist() == [0, 1, 1]
    assert found.precision_recall.precision.tolist() == pytest.approx([0.8, 0.8, 0.4])


def test_without_a_right_candidate_there_are_no_curves_and_no_areas() -> None:
    found = report(tallied((ANN, [1], [1], []), (BEN, [1], [1], []))).scores[SERVED]
    assert len(found.roc.threshold) == len(found.precision_recall.threshold) == 0
    assert isnan(found.areas.average_precision[0])
    assert found.brier == pytest.approx((0.2**2 + 0.4**2) / 2)


def test_the_same_rng_gives_the_same_intervals_and_another_gives_others() -> None:
    rng = np.random.default_rng(0)
    cases = [(int(rng.integers(50)), rng.permutation(6)[:4].tolist(), [1], [1]) for _ in range(300)]
    one, same, other = (report(tallied(*cases), seed).lists[SERVED].mean for seed in (1, 1, 2))
    assert one["MRR@5"] == same["MRR@5"] != other["MRR@5"]
