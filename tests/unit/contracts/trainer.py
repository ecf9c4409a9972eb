"""What every trainer promises."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from recommender.application.ports import Trainer
from recommender.domain.ranking import LogisticRanker

Rows = tuple[NDArray[np.float64], NDArray[np.bool_]]
COLUMNS = ("height", "width", "constant", "noise")
TRUTH = LogisticRanker(COLUMNS, np.array([1.5, -0.02, 0.0, 0.0]), -4.5)


def rows(number: int, seed: int = 0) -> Rows:
    """Rows whose labels follow TRUTH: about one in 23 is positive; the columns differ in scale."""
    rng = np.random.default_rng(seed)
    table = rng.normal((0.5, 20.0, 3.0, 0.0), (1.0, 30.0, 0.0, 1e-3), (number, len(COLUMNS)))
    return table, rng.random(number) < TRUTH.probabilities(table)


def sampled(given_rows: Rows, kept: float) -> Rows:
    """All positives, and about the share `kept` of the negatives."""
    table, label = given_rows
    chosen = label | (np.random.default_rng(1).random(len(label)) < kept)
    return table[chosen], label[chosen]


class TrainerContract:
    """Subclass with a fixture `trainer`."""

    def test_the_ranker_keeps_the_columns_in_the_order_they_were_given(self, trainer: Trainer) -> None:
        assert trainer.fit(COLUMNS, *rows(1_000), 1.0).ranker.features == COLUMNS

    def test_there_is_a_pipeline_for_people(self, trainer: Trainer) -> None:
        assert len(trainer.fit(COLUMNS, *rows(1_000), 1.0).pipeline) > 0

    def test_the_same_rows_give_the_same_ranker_whatever_was_fitted_before(self, trainer: Trainer) -> None:
        first = trainer.fit(COLUMNS, *rows(1_000), 1.0)
        table, label = rows(500, seed=9)
        trainer.fit(COLUMNS[:2], table[:, :2], label, 0.5)
        again = trainer.fit(COLUMNS, *rows(1_000), 1.0)
        other, _ = rows(1_000, seed=2)
        assert again.pipeline == first.pipeline
        assert again.ranker.probabilities(other).tobytes() == first.ranker.probabilities(other).tobytes()

    def test_the_rows_are_not_changed(self, trainer: Trainer) -> None:
        table, label = rows(1_000)
        before = table.copy(), label.copy()
        for each in (table, label):
            each.setflags(write=False)
        trainer.fit(COLUMNS, table, label, 0.5)
        np.testing.assert_array_equal(table, before[0])
        np.testing.assert_array_equal(label, before[1])

    @pytest.mark.parametrize("kept", [1.0, 0.1, 0.001])
    def test_probabilities_are_between_zero_and_one_also_far_from_what_was_learnt(
        self, trainer: Trainer, kept: float
    ) -> None:
        table, label = rows(1_000)
        ranker = trainer.fit(COLUMNS, table, label, kept).ranker
        for each in (table, 1e6 * table, -1e6 * table):
            probability = ranker.probabilities(each)
            assert probability.shape == label.shape
            assert ((probability >= 0) & (probability <= 1)).all()

    @pytest.mark.parametrize("kept", [1.0, 0.5, 0.1])
    def test_sampled_negatives_give_the_probabilities_of_the_whole(
        self, trainer: Trainer, kept: float
    ) -> None:
        everything = table, label = rows(50_000)
        whole = trainer.fit(COLUMNS, table, label, 1.0).ranker.probabilities(table)
        from_sample = trainer.fit(COLUMNS, *sampled(everything, kept), kept).ranker.probabilities(table)
        assert from_sample.mean() == pytest.approx(label.mean(), rel=0.1)
        assert np.abs(from_sample - whole).mean() < 0.25 * label.mean()

    def test_sampling_that_is_not_undone_would_be_seen(self, trainer: Trainer) -> None:
        everything = table, label = rows(50_000)
        not_undone = trainer.fit(COLUMNS, *sampled(everything, 0.1), 1.0).ranker.probabilities(table)
        assert not_undone.mean() > 4 * label.mean()
