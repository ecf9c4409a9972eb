from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from unit.domain.test_domain_shops import LAW

from recommender.domain.bootstrap import (
    RankedRows,
    area_difference_intervals,
    area_intervals,
    mean_interval,
    ratio_interval,
)
from recommender.domain.metrics import average_precision, roc_auc

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Row = tuple[float, bool, int]

SEEDS = st.integers(0, 2**32 - 1)
DRAWS = 37
"""Not a multiple of any number of draws that could be handled at once."""
SCORES = st.sampled_from([0.0, 0.1, 0.25, 0.5, 1.0])
ROWS = st.lists(st.tuples(SCORES, st.booleans(), st.integers(0, 4)), max_size=60)


def columns(rows: list[Row]) -> tuple[Floats, Bools, Ints]:
    return (
        np.array([each[0] for each in rows], np.float64),
        np.array([each[1] for each in rows], np.bool_),
        np.array([each[2] for each in rows], np.int64),
    )


def cases(seed: int, shoppers: int = 30, metrics: int = 3) -> tuple[Floats, Ints]:
    """Values of one to five cases a shopper, in no order; shoppers have any numbers and differ."""
    rng = np.random.default_rng(seed)
    group = rng.permutation(
        np.repeat(rng.choice(10**6, shoppers, replace=False), rng.integers(1, 6, shoppers))
    )
    _, code = np.unique(group, return_inverse=True)
    return rng.random((shoppers, metrics))[code] + rng.random((len(group), metrics)), group


def scored(seed: int, shoppers: int = 60) -> tuple[Floats, Bools, Ints]:
    """Ten rows a shopper, one in five positive; scores are tied now and then and better than chance."""
    rng = np.random.default_rng(seed)
    group = np.repeat(np.arange(shoppers), 10)
    positive = rng.random(len(group)) < 0.2
    return rng.integers(100, size=len(group)) / 100 + 0.25 * positive, positive, group


def drawn_slowly(group: Ints, seed: int) -> list[Ints]:
    """For each draw the positions of all cases of the shoppers drawn, repeated as often as they are drawn."""
    rng, names = np.random.default_rng(seed), np.unique(group)
    return [
        np.concatenate(
            [np.flatnonzero(group == names[each]) for each in rng.integers(len(names), size=len(names))]
        )
        for _ in range(DRAWS)
    ]


def between(figures: list[Floats]) -> tuple[Floats, Floats]:
    low, high = np.percentile(np.array(figures), [2.5, 97.5], axis=0)
    return low, high


def generator(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(SEEDS)
@LAW
def test_means_are_those_of_repeating_the_cases_of_the_drawn_shoppers(seed: int) -> None:
    values, group = cases(seed)
    expected = between([values[drawn].mean(axis=0) for drawn in drawn_slowly(group, seed)])
    found = mean_interval(values, group, DRAWS, generator(seed))
    assert found.low == pytest.approx(expected[0])
    assert found.high == pytest.approx(expected[1])


@given(SEEDS)
@LAW
def test_two_methods_are_judged_by_the_same_shoppers_in_every_draw(seed: int) -> None:
    (one, group), (other, _) = cases(seed), cases(seed + 1)
    other = other[np.arange(len(one)) % len(other)]
    found = ratio_interval(one, other, group, DRAWS, generator(seed))
    means = [(one[drawn].mean(axis=0), other[drawn].mean(axis=0)) for drawn in drawn_slowly(group, seed)]
    for interval, expected in (
        (found.ratio, between([mine / theirs for mine, theirs in means])),
        (found.difference, between([mine - theirs for mine, theirs in means])),
    ):
        assert interval.low == pytest.approx(expected[0])
        assert interval.high == pytest.approx(expected[1])


def test_areas_are_those_of_repeating_the_rows_of_the_drawn_shoppers() -> None:
    score, positive, group = scored(0)
    found = area_intervals(score, positive, group, DRAWS, generator(3))
    for interval, metric in ((found.roc_auc, roc_auc), (found.average_precision, average_precision)):
        figures = [np.array(metric(score[drawn], positive[drawn])) for drawn in drawn_slowly(group, 3)]
        assert interval == pytest.approx(between(figures))


def test_differences_of_areas_are_those_of_repeating_the_rows_of_the_drawn_shoppers() -> None:
    (one, positive, group), (other, _, _) = scored(0), scored(1)
    found = area_difference_intervals(one, other, positive, group, DRAWS, generator(3))
    for interval, metric in ((found.roc_auc, roc_auc), (found.average_precision, average_precision)):
        figures = [
            np.array(metric(one[drawn], positive[drawn]) - metric(other[drawn], positive[drawn]))
            for drawn in drawn_slowly(group, 3)
        ]
        assert interval == pytest.approx(between(figures))


@given(ROWS)
@LAW
def test_rows_that_all_count_once_have_the_areas_of_the_metrics(rows: list[Row]) -> None:
    score, positive, group = columns(rows)
    area, precision = RankedRows.of(score, positive, group).areas(np.ones(5, np.int64))
    assert area == roc_auc(score, positive) or (isnan(area) and isnan(roc_auc(score, positive)))
    assert precision == pytest.approx(average_precision(score, positive), rel=1e-12, nan_ok=True)


@given(ROWS, st.lists(st.integers(0, 4), min_size=5, max_size=5))
@LAW
def test_rows_that_count_more_than_once_or_not_at_all_are_as_good_as_repeated(
    rows: list[Row], counts: list[int]
) -> None:
    score, positive, group = columns(rows)
    count = np.array(counts)
    repeated = np.repeat(score, count[group]), np.repeat(positive, count[group])
    found = RankedRows.of(score, positive, group).areas(count)
    assert found == pytest.approx((roc_auc(*repeated), average_precision(*repeated)), nan_ok=True)


def all_ends(values: Floats, group: Ints, seed: int) -> list[float]:
    """Both ends of every interval of means and of ratios to the first metric's."""
    mean = mean_interval(values, group, DRAWS, generator(seed))
    ratio, difference = ratio_interval(values, values[:, [0, 0, 0]], group, DRAWS, generator(seed))
    return [float(end) for interval in (mean, ratio, difference) for ends in interval for end in ends]


@given(SEEDS)
@LAW
def test_the_same_generator_gives_the_same_intervals_and_another_gives_others(seed: int) -> None:
    values, group = cases(seed)
    assert all_ends(values, group, seed) == all_ends(values, group, seed)
    assert all_ends(values, group, seed) != all_ends(values, group, seed + 1)
    rows = scored(seed)
    one, same, other = (area_intervals(*rows, DRAWS, generator(each)) for each in (seed, seed, seed + 1))
    assert one == same
    assert one != other


@given(SEEDS)
@LAW
def test_the_order_of_cases_does_not_matter(seed: int) -> None:
    values, group = cases(seed)
    order = generator(seed).permutation(len(group))
    assert all_ends(values[order], group[order], seed) == pytest.approx(all_ends(values, group, seed))
    score, positive, shopper = scored(seed)
    order = generator(seed).permutation(len(score))
    one = area_intervals(score, positive, shopper, DRAWS, generator(seed))
    two = area_intervals(score[order], positive[order], shopper[order], DRAWS, generator(seed))
    assert np.array(one) == pytest.approx(np.array(two))


@given(SEEDS)
@LAW
def test_an_interval_lies_within_the_values_and_low_is_not_above_high(seed: int) -> None:
    values, group = cases(seed)
    low, high = mean_interval(values, group, DRAWS, generator(seed))
    assert (values.min(axis=0) <= low).all()
    assert (low <= high).all()
    assert (high <= values.max(axis=0)).all()
    assert all(0 <= low <= high <= 1 for low, high in area_intervals(*scored(seed), DRAWS, generator(seed)))


def test_an_interval_holds_the_figure_that_it_is_of() -> None:
    for seed in range(20):
        values, group = cases(seed)
        low, high = mean_interval(values, group, 100, generator(seed))
        assert (low < values.mean(axis=0)).all()
        assert (values.mean(axis=0) < high).all()
        score, positive, shopper = scored(seed)
        found = area_intervals(score, positive, shopper, 100, generator(seed))
        assert found.roc_auc[0] < roc_auc(score, positive) < found.roc_auc[1]
        low_precision, high_precision = found.average_precision
        assert low_precision < average_precision(score, positive) < high_precision


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    low, high = mean_interval(np.full((40, 2), 0.25), np.arange(40) // 2, DRAWS, generator())
    assert low.tolist() == high.tolist() == [0.25, 0.25]


def test_a_method_compared_with_itself_is_exactly_as_good() -> None:
    values, group = cases(0)
    ratio, difference = ratio_interval(values, values, group, DRAWS, generator())
    assert [each.tolist() for each in ratio] == [[1, 1, 1]] * 2
    assert [each.tolist() for each in difference] == [[0, 0, 0]] * 2
    score, positive, shopper = scored(0)
    found = area_difference_intervals(score, score, positive, shopper, DRAWS, generator())
    assert found == ((0, 0), (0, 0))


def width(interval: tuple[Floats, Floats]) -> Floats:
    return interval[1] - interval[0]


def test_intervals_are_wider_with_fewer_shoppers() -> None:
    few, many = (mean_interval(*cases(0, number), 500, generator()) for number in (100, 1_600))
    assert width(few) == pytest.approx(4 * width(many), rel=0.3)
    fewer, more = (area_intervals(*scored(0, number), 100, generator()) for number in (20, 320))
    assert (np.ptp(np.array(fewer), axis=1) > 2 * np.ptp(np.array(more), axis=1)).all()


def test_taking_the_cases_of_a_shopper_for_independent_would_make_intervals_too_narrow() -> None:
    value = np.repeat(generator(1).random((50, 1)), 20, axis=0)
    honest = mean_interval(value, np.repeat(np.arange(50), 20), 300, generator())
    naive = mean_interval(value, np.arange(1_000), 300, generator())
    assert width(honest) == pytest.approx(np.sqrt(20) * width(naive), rel=0.3)


def test_a_small_gain_that_every_shopper_sees_is_certain_only_when_paired() -> None:
    values, group = cases(0)
    better = values + 0.01
    assert (ratio_interval(better, values, group, 200, generator()).difference.low > 0).all()
    assert (mean_interval(better, group, 200, generator()).low < values.mean(axis=0)).all()


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    held = []
    for seed in range(300):
        rng = generator(seed)
        rate = np.where(rng.random(80) < 0.5, 0.1, 0.5)
        group = np.repeat(np.arange(80), 5)
        hits = (rng.random(400) < rate[group]).astype(float)[:, np.newaxis]
        low, high = mean_interval(hits, group, 200, rng)
        held.append(bool(low[0] <= 0.3 <= high[0]))
    assert np.mean(held) == pytest.approx(0.94, abs=0.03)


@pytest.mark.parametrize("number", [0, 1, 5])
def test_one_shopper_or_none_says_nothing_about_others(number: int) -> None:
    group = np.full(number, 7)
    values = np.ones((number, 2))
    assert np.isnan(mean_interval(values, group, DRAWS, generator())).all()
    assert np.isnan(ratio_interval(values, values, group, DRAWS, generator())).all()
    score, positive = np.linspace(0, 1, number), np.arange(number) % 2 == 0
    assert np.isnan(area_intervals(score, positive, group, DRAWS, generator())).all()
    assert np.isnan(area_difference_intervals(score, score, positive, group, DRAWS, generator())).all()


def test_a_ratio_to_what_a_draw_leaves_at_zero_has_no_interval_but_the_difference_has() -> None:
    one, other = np.ones((10, 2)), np.column_stack((np.zeros(10), np.ones(10)))
    ratio, difference = ratio_interval(one, other, np.arange(10), DRAWS, generator())
    assert np.isnan(ratio.low).tolist() == np.isnan(ratio.high).tolist() == [True, False]
    assert difference.low.tolist() == difference.high.tolist() == [1, 0]


def test_without_positive_rows_in_some_draw_there_are_no_areas() -> None:
    score, group = np.linspace(0, 1, 20), np.arange(20)
    assert np.isnan(area_intervals(score, np.zeros(20, bool), group, DRAWS, generator())).all()
    assert np.isnan(area_intervals(score, score == 1, group, DRAWS, generator())).all()


def test_positive_rows_alone_have_a_precision_but_no_area() -> None:
    found = area_intervals(np.linspace(0, 1, 20), np.ones(20, bool), np.arange(20), DRAWS, generator())
    assert np.isnan(found.roc_auc).all()
    assert found.average_precision == (1, 1)


def test_equal_scores_have_an_area_of_one_half_in_every_draw() -> None:
    _, positive, group = scored(0)
    found = area_intervals(np.full(len(group), 0.3), positive, group, DRAWS, generator())
    assert found.roc_auc == (0.5, 0.5)
