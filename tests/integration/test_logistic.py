from __future__ import annotations

import hashlib
import io
import subprocess
import sys

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.contracts.trainer import COLUMNS, TRUTH, Rows, TrainerContract, rows, sampled

from recommender.adapters.sklearn import LogisticTrainer
from recommender.application.ports import Fitted, Trainer
from recommender.domain.ranking import LogisticRanker


def fitted(given_rows: Rows, kept: float = 1.0) -> Fitted:
    return LogisticTrainer().fit(COLUMNS, *given_rows, kept)


class TestLogisticTrainer(TrainerContract):
    @pytest.fixture
    def trainer(self) -> Trainer:
        return LogisticTrainer()


def test_the_probabilities_are_those_of_the_pipeline_that_people_can_open() -> None:
    found = fitted(rows(5_000))
    pipeline = joblib.load(io.BytesIO(found.pipeline))
    other, _ = rows(1_000, seed=2)
    assert np.abs(found.ranker.probabilities(other) - pipeline.predict_proba(other)[:, 1]).max() < 1e-9


def test_the_pipeline_shows_what_was_done() -> None:
    pipeline = joblib.load(io.BytesIO(fitted(rows(1_000)).pipeline))
    assert list(pipeline.named_steps) == ["standardscaler", "logisticregression"]


def test_the_truth_is_found() -> None:
    other, _ = rows(1_000, seed=2)
    found = fitted(rows(100_000)).ranker.probabilities(other)
    assert found == pytest.approx(TRUTH.probabilities(other), abs=0.02)


def test_scores_are_calibrated_on_what_was_learnt_from() -> None:
    table, label = rows(20_000)
    assert fitted((table, label)).ranker.probabilities(table).mean() == pytest.approx(label.mean(), rel=0.01)


@pytest.mark.parametrize("kept", [0.1, 0.02])
def test_sampled_negatives_give_each_row_the_probability_that_the_whole_gives_it(kept: float) -> None:
    everything = rows(200_000)
    other, _ = rows(2_000, seed=2)
    whole = fitted(everything).ranker.probabilities(other)
    from_sample = fitted(sampled(everything, kept), kept).ranker.probabilities(other)
    assert from_sample == pytest.approx(whole, rel=0.25, abs=0.002)


def test_a_column_that_never_changes_has_no_weight() -> None:
    ranker = fitted(rows(1_000)).ranker
    assert isinstance(ranker, LogisticRanker)
    assert ranker.weights[COLUMNS.index("constant")] == pytest.approx(0, abs=1e-9)
    assert np.isfinite(ranker.weights).all()


def test_the_unit_of_a_column_does_not_matter() -> None:
    table, label = rows(2_000)
    in_millimetres = table * np.array([1_000.0, 1.0, 1.0, 1.0])
    found = fitted((in_millimetres, label)).ranker.probabilities(in_millimetres)
    assert found == pytest.approx(fitted((table, label)).ranker.probabilities(table), rel=1e-3)


def test_columns_that_say_the_same_twice_do_no_harm() -> None:
    table, label = rows(2_000)
    table[:, 3] = table[:, 0]
    assert np.isfinite(fitted((table, label)).ranker.probabilities(table)).all()


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1), st.floats(0.01, 1.0))
def test_probabilities_are_in_the_order_of_the_pipeline(seed: int, kept: float) -> None:
    table, label = rows(300, seed)
    label[:2] = True, False
    found = fitted((table, label), kept)
    probability = found.ranker.probabilities(table)
    pipeline = joblib.load(io.BytesIO(found.pipeline))
    best_first = np.argsort(-pipeline.decision_function(table), kind="stable")
    assert (np.diff(probability[best_first]) <= 1e-12).all()


_IN_ANOTHER_PROCESS = """
import hashlib, sys
import numpy as np
from recommender.adapters.sklearn import LogisticTrainer
table = np.random.default_rng(0).random((500, 2))
label = table[:, 0] > table[:, 1]
sys.stdout.write(hashlib.sha256(LogisticTrainer().fit(("a", "b"), table, label, 1.0).pipeline).hexdigest())
"""


def test_the_same_rows_give_the_same_bytes_in_another_process() -> None:
    """The version's name is a hash of them."""
    table = np.random.default_rng(0).random((500, 2))
    here = LogisticTrainer().fit(("a", "b"), table, table[:, 0] > table[:, 1], 1.0).pipeline
    command = [sys.executable, "-c", _IN_ANOTHER_PROCESS]
    there = subprocess.run(command, capture_output=True, check=True)  # noqa: S603 - our own interpreter
    assert there.stdout.decode() == hashlib.sha256(here).hexdigest()
