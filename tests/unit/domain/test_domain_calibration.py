from __future__ import annotations

from math import isnan, log
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from unit.domain.test_domain_shops import LAW

from recommender.domain.calibration import (
    FEWEST_ROWS,
    MOST_BINS,
    brier,
    expected_calibration_error,
    log_loss,
    reliability,
    wilson_interval,
)

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Row = tuple[float, bool, int]

SCORES = st.integers(0, 64).map(lambda number: number / 64)
"""Scores whose sums are exact, so that the slow way of cutting bins cannot differ by rounding."""
ROWS = st.lists(st.tuples(SCORES, st.booleans(), st.integers(-3, 3)), min_size=1, max_size=80)
FEWEST, MOST = st.integers(1, 20), st.integers(1, 8)


def columns(rows: list[Row]) -> tuple[Floats, Bools, NDArray[np.int64]]:
    score, positive, group = zip(*rows, strict=True)
    return np.array(score), np.array(positive), np.array(group)


def of_chance(number: int, seed: int = 0) -> tuple[Floats, Bools]:
    """Calibrated scores, of which most are tiny; about one row in two hundred is positive."""
    rng = np.random.default_rng(seed)
    score = rng.beta(0.3, 60, number)
    return score, rng.random(number) < score


def cut_slowly(scores: list[float], fewest: int, most: int) -> list[list[float]]:
    """Bins, highest first: threshold by threshold, until a bin has its rows and its share of what is left."""
    thresholds = sorted(set(scores), reverse=True)
    bins: list[list[float]] = []
    left = sorted(scores, reverse=True)
    while left and len(bins) < most - 1:
        taken: list[float] = []
        for threshold in thresholds:
            taken = [each for each in left if each >= threshold]
            if len(taken) >= fewest and sum(taken) >= sum(left) / (most - len(bins)):
                break
        rest = left[len(taken) :]
        if len(taken) < fewest or len(rest) < fewest:
            break
        bins.append(taken)
        left = rest
    return [*bins, left] if left else bins


@given(ROWS, FEWEST, st.sampled_from([1, 2, 4]))
@LAW
def test_bins_are_those_of_the_slow_way(rows: list[Row], fewest: int, most: int) -> None:
    score, positive, _ = columns(rows)
    found = reliability(score, positive, fewest, most)
    expected = cut_slowly(score.tolist(), fewest, most)[::-1]
    assert found.rows.tolist() == [len(each) for each in expected]
    assert found.score == pytest.approx([np.mean(each) for each in expected])
    for number, scores in enumerate(expected):
        inside = (min(scores) <= score) & (score <= max(scores))
        assert inside.sum() == len(scores)
        assert found.rate[number] == pytest.approx(positive[inside].mean())


@given(ROWS, FEWEST, MOST)
@LAW
def test_every_row_is_in_one_of_few_bins_that_are_large_enough(
    rows: list[Row], fewest: int, most: int
) -> None:
    score, positive, _ = columns(rows)
    found = reliability(score, positive, fewest, most)
    assert 1 <= len(found.rows) <= most
    assert found.rows.sum() == len(rows)
    assert (found.rows >= fewest).all() or len(found.rows) == 1
    assert (np.diff(found.score) > 0).all()
    assert found.rows @ found.rate == pytest.approx(positive.sum())
    assert found.rows @ found.score == pytest.approx(score.sum())


@given(ROWS, FEWEST)
@LAW
def test_intervals_hold_their_rates_and_are_never_empty(rows: list[Row], fewest: int) -> None:
    score, positive, group = columns(rows)
    for known in (None, group):
        found = reliability(score, positive, fewest, group=known)
        ends = np.column_stack((np.zeros(len(found.rows)), found.low, found.rate, found.high))
        assert (np.diff(ends, append=1) >= 0).all()
        assert (found.low < found.high).all()


@given(ROWS, FEWEST)
@LAW
def test_allowing_for_shoppers_never_makes_an_interval_narrower(rows: list[Row], fewest: int) -> None:
    score, positive, group = columns(rows)
    without, with_groups = (reliability(score, positive, fewest, group=each) for each in (None, group))
    assert with_groups.rate.tolist() == without.rate.tolist()
    assert (with_groups.low <= without.low + 1e-12).all()
    assert (with_groups.high >= without.high - 1e-12).all()


@given(ROWS, FEWEST, st.randoms(use_true_random=False))
@LAW
def test_neither_the_order_of_rows_nor_the_names_of_shoppers_matter(
    rows: list[Row], fewest: int, chance: np.random.Generator
) -> None:
    other = [(score, positive, 1_000 - 7 * group) for score, positive, group in rows]
    chance.shuffle(other)
    (score, positive, group), (shuffled, same, renamed) = columns(rows), columns(other)
    one, two = (
        reliability(score, positive, fewest, group=group),
        reliability(shuffled, same, fewest, group=renamed),
    )
    for name, values in vars(one).items():
        assert vars(two)[name] == pytest.approx(values)


def test_at_a_low_base_rate_bins_hold_about_as_many_expected_positives_each() -> None:
    found = reliability(*of_chance(400_000))
    assert len(found.rows) == MOST_BINS
    expected = found.rows * found.score
    assert expected == pytest.approx(np.full(MOST_BINS, expected.mean()), rel=0.02)
    # Bins of equal rows would look at the upper half of what is expected in one or two bins.
    assert (found.score > 0.01).sum() >= MOST_BINS / 2


def test_where_high_scores_are_few_bins_are_filled_to_the_fewest_rows() -> None:
    score, positive = of_chance(10_000)
    found = reliability(score, positive)
    assert found.rows[-1] == FEWEST_ROWS
    assert (found.rows >= FEWEST_ROWS).all()


def test_equal_scores_are_one_bin() -> None:
    found = reliability(np.full(5_000, 0.25), np.arange(5_000) < 1_000)
    assert (found.rows.tolist(), found.score.tolist(), found.rate.tolist()) == ([5_000], [0.25], [0.2])


def test_scores_of_zero_are_one_bin() -> None:
    found = reliability(np.zeros(5_000), np.zeros(5_000, bool))
    assert (found.rows.tolist(), found.score.tolist(), found.rate.tolist()) == ([5_000], [0], [0])
    assert (found.low[0], found.high[0]) == (0, pytest.approx(3.84 / 5_003.84, rel=1e-3))


def test_fewer_rows_than_a_bin_needs_are_one_bin() -> None:
    assert reliability(np.array([0.1, 0.9]), np.array([False, True])).rows.tolist() == [2]


@pytest.mark.parametrize("group", [None, np.empty(0, np.int64)])
def test_without_rows_there_are_no_bins_and_no_figures(group: NDArray[np.int64] | None) -> None:
    score, positive = np.empty(0), np.empty(0, bool)
    found = reliability(score, positive, group=group)
    assert [len(each) for each in vars(found).values()] == [0] * 5
    assert isnan(expected_calibration_error(found))
    assert isnan(brier(score, positive))
    assert isnan(log_loss(score, positive))


@given(st.integers(0, 50), st.floats(1, 1_000))
@LAW
def test_wilsons_interval_ends_where_the_rate_would_be_just_unlikely(part: int, rows: float) -> None:
    rate = part / 50
    for end in wilson_interval(np.array([rate]), np.array([rows])):
        error = NormalDist().inv_cdf(0.975) * np.sqrt(end * (1 - end) / rows)
        assert np.abs(rate - end) == pytest.approx(error, abs=1e-9)


def test_wilsons_interval_has_its_coverage_at_a_low_rate() -> None:
    rate = np.random.default_rng(0).binomial(1_000, 0.005, 5_000) / 1_000
    low, high = wilson_interval(rate, np.full(5_000, 1_000.0))
    assert ((low <= 0.005) & (high >= 0.005)).mean() == pytest.approx(0.95, abs=0.02)


@given(ROWS.filter(lambda rows: len({row[2] for row in rows}) > 1 and len({row[1] for row in rows}) == 2))
@LAW
def test_the_interval_is_wilsons_for_the_rows_over_the_design_effect(rows: list[Row]) -> None:
    _, positive, group = columns(rows)
    found = reliability(np.full(len(rows), 0.5), positive, group=group)
    rate, groups = positive.mean(), sorted(set(group.tolist()))
    residuals = [sum(positive[group == each] - rate) for each in groups]
    variance = len(groups) / (len(groups) - 1) * sum(each**2 for each in residuals) / len(rows) ** 2
    effect = max(1, variance / (rate * (1 - rate) / len(rows)))
    low, high = wilson_interval(np.array([rate]), np.array([len(rows) / effect]))
    assert found.low == pytest.approx(low)
    assert found.high == pytest.approx(high)


def covered(seed: int, *, with_groups: bool) -> bool:
    """Whether the interval of one bin holds the rate of 5 %, when shoppers differ: half of them never buy."""
    rng = np.random.default_rng(seed)
    rates = np.where(rng.random(200) < 0.5, 0, 0.1)
    group = np.repeat(np.arange(200), 20)
    positive = rng.random(len(group)) < rates[group]
    found = reliability(np.full(len(group), 0.05), positive, group=group if with_groups else None)
    return bool(found.low[0] <= 0.05 <= found.high[0])


def test_where_rows_of_a_shopper_are_alike_only_allowing_for_it_has_coverage() -> None:
    assert np.mean([covered(seed, with_groups=True) for seed in range(400)]) >= 0.93
    assert np.mean([covered(seed, with_groups=False) for seed in range(400)]) <= 0.90


def test_one_shopper_is_one_observation() -> None:
    score, positive = np.full(1_000, 0.1), np.arange(1_000) < 100
    found = reliability(score, positive, group=np.zeros(1_000, np.int64))
    low, high = wilson_interval(np.array([0.1]), np.array([1.0]))
    assert (found.low.tolist(), found.high.tolist()) == (low.tolist(), high.tolist())


def test_the_calibration_error_is_worked_out_by_hand() -> None:
    score, positive = np.repeat([0.1, 0.6], [3, 1]), np.array([False, False, True, True])
    found = reliability(score, positive, fewest=1)
    assert expected_calibration_error(found) == pytest.approx((3 * (1 / 3 - 0.1) + 0.4) / 4)


@given(ROWS, FEWEST, MOST)
@LAW
def test_the_calibration_error_is_a_share_and_at_least_that_of_the_mean(
    rows: list[Row], fewest: int, most: int
) -> None:
    score, positive, _ = columns(rows)
    error = expected_calibration_error(reliability(score, positive, fewest, most))
    assert abs(score.mean() - positive.mean()) - 1e-12 <= error <= 1


def test_calibrated_scores_have_hardly_any_error_and_doubled_scores_that_of_the_base_rate() -> None:
    score, positive = of_chance(400_000)
    assert expected_calibration_error(reliability(score, positive)) < 0.1 * positive.mean()
    doubled = expected_calibration_error(reliability(np.minimum(2 * score, 1), positive))
    assert doubled == pytest.approx(positive.mean(), rel=0.1)


def test_losses_worked_out_by_hand() -> None:
    score, positive = np.array([0.8, 0.4]), np.array([True, False])
    assert brier(score, positive) == pytest.approx((0.2**2 + 0.4**2) / 2)
    assert log_loss(score, positive) == pytest.approx(-(log(0.8) + log(0.6)) / 2)


def test_sure_and_right_costs_nothing_and_sure_and_wrong_costs_a_finite_loss() -> None:
    score, positive = np.array([0.0, 1.0]), np.array([False, True])
    assert (brier(score, positive), log_loss(score, positive)) == (0, 0)
    assert brier(score, ~positive) == 1
    assert log_loss(score, ~positive) == pytest.approx(36.04, abs=0.01)


@given(ROWS, SCORES)
@LAW
def test_of_equal_scores_the_base_rate_costs_least(rows: list[Row], other: float) -> None:
    _, positive, _ = columns(rows)
    for loss in (brier, log_loss):
        best = loss(np.full(len(rows), positive.mean()), positive)
        assert 0 <= best + 1e-12 <= loss(np.full(len(rows), other), positive) + 2e-12
