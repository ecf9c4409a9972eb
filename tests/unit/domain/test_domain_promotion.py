"""The promotion rule: who replaces whom, and why."""

from __future__ import annotations

from math import inf, sqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from recommender.domain.metrics import METRICS, list_metrics
from recommender.domain.popularity import Floats
from recommender.domain.promotion import (
    ENOUGH,
    HIT,
    METRIC,
    Record,
    by_common_cases,
    by_own_figures,
    clustered_error,
    other_goal,
)

Cases = tuple[Floats, Floats, NDArray[np.int64]]
"""Hits of the champion and of the challenger, and the shoppers."""


def cases_of(rows: list[tuple[bool, bool, int]]) -> Cases:
    champion, challenger, shopper = zip(*rows, strict=True)
    return np.array(champion, float), np.array(challenger, float), np.array(shopper, np.int64)


ROWS = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 9)), min_size=2, max_size=60)
VALUES = st.lists(
    st.tuples(st.floats(-1, 1, allow_subnormal=False), st.integers(0, 9)), min_size=2, max_size=40
)


def slow_error(values: list[tuple[float, int]]) -> float:
    """The formula, cluster by cluster."""
    mean = sum(value for value, _ in values) / len(values)
    sums: dict[int, float] = {}
    for value, cluster in values:
        sums[cluster] = sums.get(cluster, 0.0) + value - mean
    if len(sums) == 1:
        return inf
    squares = sum(each**2 for each in sums.values())
    return sqrt(len(sums) / (len(sums) - 1) * squares) / len(values)


def error_of(values: list[tuple[float, int]]) -> float:
    value, cluster = zip(*values, strict=True)
    return clustered_error(np.array(value), np.array(cluster))


def test_what_is_compared_is_the_hit_rate_of_a_full_list() -> None:
    assert METRICS[HIT] == METRIC == "HR@20"
    found = list_metrics(np.arange(25, dtype=np.int32), np.array([19], np.int32))
    assert (found[HIT], list_metrics(np.arange(25, dtype=np.int32), np.array([20], np.int32))[HIT]) == (1, 0)


@given(VALUES)
def test_the_error_is_that_of_the_formula(values: list[tuple[float, int]]) -> None:
    assert error_of(values) == pytest.approx(slow_error(values), abs=1e-12)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=30))
def test_where_each_case_has_its_own_shopper_the_error_is_the_usual_one(values: list[float]) -> None:
    found = clustered_error(np.array(values), np.arange(len(values)))
    assert found == pytest.approx(np.std(values, ddof=1) / sqrt(len(values)), abs=1e-12)


@given(VALUES)
def test_cases_that_say_the_same_again_make_nothing_surer(values: list[tuple[float, int]]) -> None:
    assert error_of(values * 3) == pytest.approx(error_of(values), abs=1e-12)


def test_the_cases_of_one_shopper_tell_nothing_of_others() -> None:
    assert clustered_error(np.array([0.0, 1.0]), np.array([7, 7])) == inf
    assert by_common_cases(np.ones(600), np.zeros(600), np.zeros(600, np.int64)).promoted


@given(ROWS)
def test_equal_lists_are_promoted(rows: list[tuple[bool, bool, int]]) -> None:
    champion, _, shopper = cases_of(rows)
    assert by_common_cases(champion, champion, shopper).promoted


@given(ROWS)
def test_of_two_at_least_one_may_replace_the_other(rows: list[tuple[bool, bool, int]]) -> None:
    champion, challenger, shopper = cases_of(rows)
    verdicts = by_common_cases(champion, challenger, shopper), by_common_cases(challenger, champion, shopper)
    assert any(each.promoted for each in verdicts)
    if champion.mean() <= challenger.mean():
        assert verdicts[0].promoted


@given(ROWS, st.randoms())
def test_the_order_of_the_cases_and_the_numbers_of_the_shoppers_do_not_matter(
    rows: list[tuple[bool, bool, int]], chance: st.DataObject
) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    renamed = [(one, other, 1_000 - shopper) for one, other, shopper in shuffled]
    # Sums of floats depend on their order in the last digit: what lies on the line may fall to either side.
    difference = error_and_difference(cases_of(rows))
    if abs(difference[0] + 2 * difference[1]) > 1e-9:
        assert by_common_cases(*cases_of(rows)).promoted == by_common_cases(*cases_of(renamed)).promoted


def error_and_difference(cases: Cases) -> tuple[float, float]:
    champion, challenger, shopper = cases
    return float((challenger - champion).mean()), clustered_error(challenger - champion, shopper)


@given(VALUES, st.floats(0, 1))
def test_a_challenger_that_is_better_by_the_same_for_everybody_is_promoted_no_less(
    values: list[tuple[float, int]], more: float
) -> None:
    value, shopper = (np.array(each) for each in zip(*values, strict=True))
    nothing = np.zeros(len(value))
    if by_common_cases(nothing, value, shopper).promoted:
        assert by_common_cases(nothing, value + more + 1e-9, shopper).promoted


def test_whoever_is_behind_by_a_lot_is_refused_with_the_figures() -> None:
    champion = np.tile([1.0, 1.0, 1.0, 0.0], 150)
    challenger = np.tile([0.0, 1.0, 0.0, 0.0], 150)
    verdict = by_common_cases(champion, challenger, np.arange(600))
    assert not verdict.promoted
    assert verdict.why == (
        "On 600 cases that neither has seen, HR@20 of the new version is 25.0% and that of the current one "
        "75.0%: -50.00 points with a standard error of 2.04, so that it is behind by more than two standard "
        "errors."
    )
    assert by_common_cases(challenger, champion, np.arange(600)).promoted


def test_whoever_is_behind_in_every_single_case_is_refused() -> None:
    assert not by_common_cases(np.ones(600), np.zeros(600), np.arange(600)).promoted


def test_who_is_behind_by_chance_is_promoted() -> None:
    champion = np.zeros(600)
    champion[:3] = 1
    assert by_common_cases(champion, np.zeros(600), np.arange(600)).promoted
    champion[:6] = 1
    assert not by_common_cases(champion, np.zeros(600), np.arange(600)).promoted


def test_cases_of_one_shopper_count_together() -> None:
    """Six cases behind are no chance, unless they are all the same shopper's."""
    champion, shopper = np.zeros(600), np.arange(600)
    champion[:6], shopper[:6] = 1, 0
    assert by_common_cases(champion, np.zeros(600), shopper).promoted


def test_by_their_own_figures_chance_is_that_of_both() -> None:
    verdict = by_own_figures(Record(0.50, 400), Record(0.44, 500), 12)
    assert verdict.promoted
    assert verdict.why == (
        "With 12 cases that neither has seen, fewer than 500, each counts by its own unseen stretch: HR@20 "
        "of the new version is 44.0% of 500 cases, that of the current one 50.0% of 400: -6.00 points with a "
        "standard error of 3.34, so that it is not behind by more than two standard errors."
    )
    assert not by_own_figures(Record(0.50, 400), Record(0.42, 500), 12).promoted
    assert not by_own_figures(Record(1.0, 400), Record(0.0, 500), 12).promoted


RECORDS = st.integers(0, 900).flatmap(
    lambda cases: st.builds(lambda hits: Record(hits / max(cases, 1), cases), st.integers(0, cases))
)


@given(RECORDS, RECORDS)
def test_by_their_own_figures_who_is_not_behind_is_promoted(one: Record, other: Record) -> None:
    assert by_own_figures(one, one).promoted
    verdicts = by_own_figures(one, other), by_own_figures(other, one)
    assert any(each.promoted for each in verdicts)
    if other.hit_rate >= one.hit_rate:
        assert verdicts[0].promoted


@given(RECORDS, st.integers(1, 900), st.data())
def test_by_their_own_figures_more_hits_do_no_harm(champion: Record, cases: int, data: st.DataObject) -> None:
    few = data.draw(st.integers(0, cases))
    many = data.draw(st.integers(few, cases))
    if by_own_figures(champion, Record(few / cases, cases)).promoted:
        assert by_own_figures(champion, Record(many / cases, cases)).promoted


def test_where_nobody_looked_for_common_cases_none_are_spoken_of() -> None:
    why = by_own_figures(Record(0.50, 400), Record(0.44, 500)).why
    assert why.startswith("Each counts by its own unseen stretch: HR@20 of the new version is 44.0% of 500")


def test_a_version_without_figures_keeps_nobody_out() -> None:
    assert by_own_figures(Record(0.0, 0), Record(0.4, 100)).promoted


def test_goals_cannot_be_compared_and_the_sentence_says_what_to_do() -> None:
    verdict = other_goal("purchase", "interaction")
    assert not verdict.promoted
    assert "`recommender models promote VERSION --force`" in verdict.why


def test_enough_cases_tell_differences_of_a_few_points() -> None:
    """The error of a share of one in two, of as many cases as are enough."""
    assert Record(0.5, ENOUGH).error < 0.025
