from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.lib.recfunctions import append_fields, drop_fields, rename_fields
from threadpoolctl import threadpool_limits
from unit.contracts.trainer import COLUMNS, TRUTH, Rows, TrainerContract, rows

from recommender.adapters.models.codec import decode, encode
from recommender.adapters.sklearn import BoostedTrainer, LogisticTrainer
from recommender.adapters.sklearn.boosted import check, forest_of, tree_of
from recommender.application.ports import Fitted, Trainer
from recommender.domain.ranking import Ranker
from recommender.domain.trees import BoostedRanker

TRAINER = BoostedTrainer(rounds=20, positives_per_leaf=100, penalty=0.001)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """For predict_proba: threads of OpenMP that compete with other work would make the tests slow."""
    with threadpool_limits(limits=1, user_api="openmp"):
        yield


def crossed(number: int, seed: int = 0) -> Rows:
    """Rows whose label says whether two columns have the same sign: neither column alone tells anything."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(number, len(COLUMNS)))
    return table, (table[:, 0] > 0) == (table[:, 1] > 0)


def fitted(given_rows: Rows, kept: float = 1.0, trainer: BoostedTrainer = TRAINER) -> Fitted:
    return trainer.fit(COLUMNS, *given_rows, kept)


def boosted(found: Fitted) -> BoostedRanker:
    assert isinstance(found.ranker, BoostedRanker)
    return found.ranker


def area_under_curve(ranker: Ranker, given_rows: Rows) -> float:
    """How often a positive is above a negative."""
    table, label = given_rows
    probability = ranker.probabilities(table)
    return float((probability[label][:, None] > probability[~label]).mean())


class TestBoostedTrainer(TrainerContract):
    @pytest.fixture
    def trainer(self) -> Trainer:
        return BoostedTrainer()


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 40), st.sampled_from([0.0, 0.1, 0.9]))
def test_the_probabilities_are_those_of_the_pipeline_that_people_can_open(
    seed: int, leaves: int, missing: float
) -> None:
    """Also where values are missing, infinite or equal to many others."""
    rng = np.random.default_rng(seed)
    table, label = rows(600, seed)
    table[:, 3] = rng.integers(0, 4, len(table))
    label[:2] = True, False
    table[rng.random(table.shape) < missing] = np.nan
    trainer = BoostedTrainer(rounds=15, most_leaves=leaves, positives_per_leaf=1, smallest_leaf=5)
    found = fitted((table, label), trainer=trainer)
    other, _ = rows(600, seed + 1)
    other[rng.random(table.shape) < 0.1] = np.nan
    other[:3, :2] = np.inf, -np.inf
    pipeline = joblib.load(io.BytesIO(found.pipeline))
    for each in (table, other):
        assert np.abs(found.ranker.probabilities(each) - pipeline.predict_proba(each)[:, 1]).max() < 1e-12


def test_the_pipeline_shows_what_was_done() -> None:
    pipeline = joblib.load(io.BytesIO(fitted(rows(1_000)).pipeline))
    assert list(pipeline.named_steps) == ["histgradientboostingclassifier"]
    booster = pipeline[0]
    assert (booster.max_iter, booster.max_leaf_nodes, booster.n_iter_) == (20, 4, 20)


@pytest.mark.parametrize(
    ("positives", "leaves"), [(1, 4), (499, 4), (500, 5), (1_499, 14), (1_600, 16), (2_500, 16)]
)
def test_trees_grow_with_the_positive_rows_within_bounds(positives: int, leaves: int) -> None:
    table, _ = rows(5_000)
    label = np.arange(len(table)) < positives
    found = fitted((table, label), trainer=BoostedTrainer(rounds=1, positives_per_leaf=100))
    booster = joblib.load(io.BytesIO(found.pipeline))[0]
    assert (booster.max_leaf_nodes, booster.l2_regularization) == (leaves, 0.02 * positives)


def test_the_truth_is_found() -> None:
    other, _ = rows(1_000, seed=2)
    found = fitted(rows(100_000)).ranker.probabilities(other)
    assert np.abs(found - TRUTH.probabilities(other)).mean() < 0.01


def test_columns_that_only_tell_together_are_learnt() -> None:
    learnt, other = crossed(4_000), crossed(1_000, seed=2)
    assert area_under_curve(fitted(learnt).ranker, other) > 0.95
    assert area_under_curve(LogisticTrainer().fit(COLUMNS, *learnt, 1.0).ranker, other) < 0.6


def test_scores_are_calibrated_on_what_was_learnt_from() -> None:
    table, label = rows(20_000)
    assert fitted((table, label)).ranker.probabilities(table).mean() == pytest.approx(label.mean(), rel=0.02)


def test_the_sampling_is_undone_by_moving_all_log_odds() -> None:
    learnt = rows(2_000)
    whole, sample = boosted(fitted(learnt)), boosted(fitted(learnt, 0.1))
    assert sample.baseline == pytest.approx(whole.baseline + np.log(0.1))
    assert sample.value.tobytes() == whole.value.tobytes()


@pytest.mark.parametrize("label", [True, False])
def test_labels_that_are_all_the_same_are_refused(label: bool) -> None:  # noqa: FBT001 - a case
    with pytest.raises(ValueError, match="rows of both labels"):
        fitted((rows(100)[0], np.full(100, label)))


def test_too_few_rows_for_two_leaves_give_everybody_the_same() -> None:
    table, label = rows(60)
    label[:3] = True
    assert len(set(fitted((table, label)).ranker.probabilities(table).tolist())) == 1


def test_what_is_stored_and_loaded_gives_the_very_same_probabilities() -> None:
    ranker = boosted(fitted(rows(2_000)))
    structure, arrays = encode(ranker)
    again = decode(json.loads(json.dumps(structure)), arrays, BoostedRanker)
    table, _ = rows(300, seed=2)
    assert again.probabilities(table).tobytes() == ranker.probabilities(table).tobytes()
    assert sum(each.nbytes for each in arrays.values()) < 100_000


def test_trees_that_are_described_in_another_way_are_refused() -> None:
    nodes = joblib.load(io.BytesIO(fitted(rows(1_000)).pipeline))[0]._predictors[0][0].nodes  # noqa: SLF001 - as there
    for other in (
        rename_fields(nodes, {"num_threshold": "threshold"}),
        append_fields(drop_fields(nodes, "num_threshold"), "num_threshold", nodes["bin_threshold"]),
    ):
        with pytest.raises(RuntimeError, match=r"scikit-learn \d.* describes trees without num_threshold"):
            tree_of(np.asarray(other))


def test_tests_on_categories_are_refused() -> None:
    nodes = joblib.load(io.BytesIO(fitted(rows(1_000)).pipeline))[0]._predictors[0][0].nodes  # noqa: SLF001 - as there
    nodes["is_categorical"] = 1
    with pytest.raises(RuntimeError, match="categories"):
        tree_of(nodes)


def test_trees_that_are_kept_in_another_place_are_refused() -> None:
    with pytest.raises(RuntimeError, match=r"scikit-learn \d.* keeps its trees in another place"):
        forest_of(object())


@pytest.mark.parametrize("wrong", [1e-5, np.nan])
def test_probabilities_that_differ_from_those_of_scikit_learn_are_refused(wrong: float) -> None:
    table, _ = rows(10)
    with pytest.raises(RuntimeError, match="give other probabilities"):
        check(TRUTH, table, TRUTH.probabilities(table) + wrong)


_IN_ANOTHER_PROCESS = """
import hashlib, sys
import numpy as np
from recommender.adapters.models.codec import encode
from recommender.adapters.sklearn import BoostedTrainer
table = np.random.default_rng(0).random((500, 2))
found = BoostedTrainer(rounds=10).fit(("a", "b"), table, table[:, 0] > table[:, 1], 1.0)
arrays = b"".join(each.tobytes() for _, each in sorted(encode(found.ranker)[1].items()))
sys.stdout.write(hashlib.sha256(found.pipeline + arrays).hexdigest())
"""


def test_the_same_rows_give_the_same_bytes_in_another_process() -> None:
    """The version's name is a hash of them; a machine may have more or fewer cores."""
    table = np.random.default_rng(0).random((500, 2))
    here = BoostedTrainer(rounds=10).fit(("a", "b"), table, table[:, 0] > table[:, 1], 1.0)
    arrays = b"".join(each.tobytes() for _, each in sorted(encode(here.ranker)[1].items()))
    command = [sys.executable, "-c", _IN_ANOTHER_PROCESS]
    environment = os.environ | {"OMP_NUM_THREADS": "2"}
    there = subprocess.run(command, capture_output=True, check=True, env=environment)  # noqa: S603 - our own interpreter
    assert there.stdout.decode() == hashlib.sha256(here.pipeline + arrays).hexdigest()
