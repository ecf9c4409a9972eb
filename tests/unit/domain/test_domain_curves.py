from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from unit.domain.test_domain_shops import LAW

from recommender.domain.curves import POINTS, precision_recall_curve, roc_curve
from recommender.domain.metrics import average_precision, roc_auc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

ROWS = st.lists(st.tuples(st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0]), st.booleans()), min_size=1)
SEEDS = st.integers(0, 2**32 - 1)
EVERY = 10**9
"""More points than any curve here has."""


def columns(rows: list[tuple[float, bool]]) -> tuple[Floats, Bools]:
    return np.array([each[0] for each in rows]), np.array([each[1] for each in rows], bool)


def of_both_kinds(rows: list[tuple[float, bool]]) -> bool:
    return len({each[1] for each in rows}) == 2


def of_chance(seed: int, number: int = 3_000) -> tuple[Floats, Bools]:
    """Scores of which few are tied, right about as often as they say; one row in ten is positive."""
    rng = np.random.default_rng(seed)
    score = rng.beta(0.5, 4.5, number)
    positive = rng.random(number) < score
    positive[:2] = True, False
    return score, positive


def stepped(recall: Floats, precision: Floats) -> float:
    """The area under steps that hold each precision to its left."""
    return float((np.diff(recall) * precision[1:]).sum())


def farthest(full: tuple[Floats, Floats], kept: tuple[Floats, Floats]) -> float:
    """The distance, both coordinates summed, of the loneliest point of `full` from its nearest in `kept`."""
    away = sum(np.abs(np.subtract.outer(one, other)) for one, other in zip(full, kept, strict=True))
    return float(np.min(away, axis=1).max())


def test_curves_worked_out_by_hand() -> None:
    score, positive = np.array([0.9, 0.5, 0.5, 0.1]), np.array([True, True, False, False])
    roc = roc_curve(score, positive)
    assert roc.threshold.tolist() == [np.inf, 0.9, 0.5, 0.1]
    assert roc.false_positive_rate.tolist() == [0, 0, 0.5, 1]
    assert roc.true_positive_rate.tolist() == [0, 0.5, 1, 1]
    found = precision_recall_curve(score, positive)
    assert found.threshold.tolist() == [np.inf, 0.9, 0.5, 0.1]
    assert found.recall.tolist() == [0, 0.5, 1, 1]
    assert found.precision.tolist() == [1, 1, 2 / 3, 0.5]


@given(ROWS.filter(of_both_kinds))
@LAW
def test_every_point_is_what_its_threshold_gives(rows: list[tuple[float, bool]]) -> None:
    score, positive = columns(rows)
    roc, found = roc_curve(score, positive), precision_recall_curve(score, positive)
    assert roc.threshold[1:].tolist() == found.threshold[1:].tolist() == sorted(set(score), reverse=True)
    for point, threshold in enumerate(roc.threshold):
        called = score >= threshold
        assert roc.true_positive_rate[point] == found.recall[point] == called[positive].mean()
        assert roc.false_positive_rate[point] == called[~positive].mean()
        if called.any():
            assert found.precision[point] == positive[called].mean()


@given(ROWS.filter(of_both_kinds))
@LAW
def test_the_areas_under_the_curves_are_the_metrics(rows: list[tuple[float, bool]]) -> None:
    score, positive = columns(rows)
    roc, found = roc_curve(score, positive), precision_recall_curve(score, positive)
    area = np.trapezoid(roc.true_positive_rate, roc.false_positive_rate)
    assert area == pytest.approx(roc_auc(score, positive))
    assert stepped(found.recall, found.precision) == pytest.approx(average_precision(score, positive))


@given(SEEDS, st.integers(2, 40))
@LAW
def test_a_thinned_curve_keeps_its_ends_and_its_order_and_stays_near_what_it_leaves_out(
    seed: int, points: int
) -> None:
    score, positive = of_chance(seed, 300)
    roc, thin = (roc_curve(score, positive, each) for each in (EVERY, points))
    assert 2 <= len(thin.threshold) <= points
    assert (thin.false_positive_rate[0], thin.true_positive_rate[0]) == (0, 0)
    assert (thin.false_positive_rate[-1], thin.true_positive_rate[-1]) == (1, 1)
    assert (np.diff(thin.false_positive_rate) >= 0).all()
    assert (np.diff(thin.true_positive_rate) >= 0).all()
    assert (np.diff(thin.threshold) < 0).all()
    full = roc.false_positive_rate, roc.true_positive_rate
    kept = thin.false_positive_rate, thin.true_positive_rate
    assert farthest(full, kept) <= 2 / (points - 1) + 1e-9


@given(SEEDS, st.integers(2, 40))
@LAW
def test_so_does_a_thinned_precision_recall_curve_by_its_length(seed: int, points: int) -> None:
    score, positive = of_chance(seed, 300)
    full, thin = (precision_recall_curve(score, positive, each) for each in (EVERY, points))
    assert 2 <= len(thin.threshold) <= points
    assert (thin.recall[0], thin.recall[-1]) == (0, 1)
    assert (thin.precision[0], thin.precision[-1]) == (full.precision[0], full.precision[-1])
    assert (np.diff(thin.recall) >= 0).all()
    length = 1 + np.abs(np.diff(full.precision)).sum()
    away = farthest((full.recall, full.precision), (thin.recall, thin.precision))
    assert away <= length / (points - 1) + 1e-9


def test_at_the_default_number_of_points_nobody_sees_the_difference() -> None:
    score, positive = of_chance(0, 50_000)
    roc, found = roc_curve(score, positive), precision_recall_curve(score, positive)
    assert max(len(roc.threshold), len(found.threshold)) <= POINTS
    area = np.trapezoid(roc.true_positive_rate, roc.false_positive_rate)
    assert area == pytest.approx(roc_auc(score, positive), abs=5e-4)
    assert stepped(found.recall, found.precision) == pytest.approx(
        average_precision(score, positive), abs=0.005
    )


def test_a_curve_of_few_thresholds_is_not_thinned() -> None:
    score, positive = np.repeat([0.1, 0.2, 0.3], 1_000), np.tile([True, False], 1_500)
    assert len(roc_curve(score, positive, 4).threshold) == 4
    assert len(roc_curve(score, positive, 3).threshold) <= 3


@given(ROWS.filter(of_both_kinds), st.randoms(use_true_random=False))
@LAW
def test_neither_the_order_of_rows_nor_the_unit_of_scores_matters(
    rows: list[tuple[float, bool]], chance: np.random.Generator
) -> None:
    score, positive = columns(rows)
    other = list(rows)
    chance.shuffle(other)
    shuffled, same = columns(other)
    for one, two in (
        (roc_curve(score, positive), roc_curve(100 * shuffled - 7, same)),
        (precision_recall_curve(score, positive), precision_recall_curve(100 * shuffled - 7, same)),
    ):
        names = [name for name in vars(one) if name != "threshold"]
        assert all(vars(one)[name].tolist() == vars(two)[name].tolist() for name in names)


def test_equal_scores_make_a_diagonal_and_a_level_at_the_base_rate() -> None:
    score, positive = np.full(8, 0.3), np.arange(8) < 2
    roc, found = roc_curve(score, positive), precision_recall_curve(score, positive)
    assert roc.false_positive_rate.tolist() == roc.true_positive_rate.tolist() == [0, 1]
    assert (found.recall.tolist(), found.precision.tolist()) == ([0, 1], [0.25, 0.25])


def test_perfect_scores_touch_the_corner() -> None:
    score = np.linspace(0, 1, 100)
    roc, found = roc_curve(score, score > 0.9), precision_recall_curve(score, score > 0.9)
    assert (0, 1) in zip(roc.false_positive_rate, roc.true_positive_rate, strict=True)
    assert (1, 1) in zip(found.recall, found.precision, strict=True)


@pytest.mark.parametrize("positive", [[], [True], [True, True], [False], [False, False]])
def test_without_rows_of_both_kinds_there_is_no_roc_curve(positive: list[bool]) -> None:
    found = roc_curve(np.full(len(positive), 0.5), np.array(positive, bool))
    assert [len(each) for each in vars(found).values()] == [0, 0, 0]


@pytest.mark.parametrize("positive", [[], [False], [False, False]])
def test_without_a_positive_row_there_is_no_precision_recall_curve(positive: list[bool]) -> None:
    found = precision_recall_curve(np.full(len(positive), 0.5), np.array(positive, bool))
    assert [len(each) for each in vars(found).values()] == [0, 0, 0]


def test_positive_rows_alone_have_a_precision_recall_curve_at_the_top() -> None:
    found = precision_recall_curve(np.array([0.5, 0.1]), np.array([True, True]))
    assert (found.recall.tolist(), found.precision.tolist()) == ([0, 0.5, 1], [1, 1, 1])
