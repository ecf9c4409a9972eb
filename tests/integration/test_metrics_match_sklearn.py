"""The domain's own figures against scikit-learn's, which the domain may not import."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn import metrics
from sklearn.calibration import calibration_curve

from recommender.domain.bootstrap import RankedRows
from recommender.domain.calibration import brier, expected_calibration_error, log_loss, reliability
from recommender.domain.curves import precision_recall_curve, roc_curve

Rows = tuple[NDArray[np.float64], NDArray[np.bool_]]


@pytest.fixture(params=[None, 3], ids=["hardly tied", "often tied"])
def rows(request: pytest.FixtureRequest) -> Rows:
    """Calibrated scores; one row in twenty is positive. Some are sure, and some of those wrong."""
    rng = np.random.default_rng(0)
    score = rng.beta(0.5, 9.5, 20_000)
    positive = rng.random(len(score)) < score
    score[:4], positive[:4] = (0, 0, 1, 1), (False, True, False, True)
    return score if request.param is None else np.round(score, request.param), positive


def test_the_roc_curve_is_scikit_learns(rows: Rows) -> None:
    score, positive = rows
    false, true, threshold = metrics.roc_curve(positive, score, drop_intermediate=False)
    found = roc_curve(score, positive, points=len(score) + 1)
    assert found.false_positive_rate == pytest.approx(false)
    assert found.true_positive_rate == pytest.approx(true)
    assert found.threshold.tolist() == threshold.tolist()


def test_the_thinned_roc_curve_has_scikit_learns_area(rows: Rows) -> None:
    score, positive = rows
    found = roc_curve(score, positive)
    area = metrics.auc(found.false_positive_rate, found.true_positive_rate)
    assert area == pytest.approx(metrics.roc_auc_score(positive, score), abs=5e-4)


def test_the_precision_recall_curve_is_scikit_learns_but_for_its_first_point(rows: Rows) -> None:
    score, positive = rows
    precision, recall, threshold = metrics.precision_recall_curve(positive, score)
    found = precision_recall_curve(score, positive, points=len(score) + 1)
    assert found.recall[1:] == pytest.approx(recall[-2::-1])
    assert found.precision[1:] == pytest.approx(precision[-2::-1])
    assert found.threshold[1:].tolist() == threshold[::-1].tolist()


def test_losses_are_scikit_learns(rows: Rows) -> None:
    score, positive = rows
    assert brier(score, positive) == pytest.approx(metrics.brier_score_loss(positive, score))
    assert log_loss(score, positive) == pytest.approx(metrics.log_loss(positive, score))


def test_bins_of_equal_scores_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    score = rng.choice([0.05, 0.15, 0.45, 0.75], 2_000)
    positive = rng.random(2_000) < score
    # Its bins are of equal width, ours of equal sums: the same where every bin is to hold one score.
    rate, mean = calibration_curve(positive, score, n_bins=10)
    found = reliability(score, positive, fewest=1, most=2_000)
    assert found.score == pytest.approx(mean)
    assert found.rate == pytest.approx(rate)
    share = np.unique(score, return_counts=True)[1] / len(score)
    assert expected_calibration_error(found) == pytest.approx(share @ np.abs(rate - mean))


def test_areas_under_weights_are_scikit_learns(rows: Rows) -> None:
    score, positive = rows
    rng = np.random.default_rng(2)
    group, count = rng.integers(500, size=len(score)), rng.integers(0, 4, 500)
    area, precision = RankedRows.of(score, positive, group).areas(count)
    weight = count[group]
    assert area == pytest.approx(metrics.roc_auc_score(positive, score, sample_weight=weight))
    assert precision == pytest.approx(metrics.average_precision_score(positive, score, sample_weight=weight))
