from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from unit.domain.test_domain_shops import T0, assert_same, catalogue_of
from worlds import BUY, CATEGORY, EVENTS, NOW, VIEW, shop_index

from recommender.domain.catalogue import Property
from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.features import feature_names, features
from recommender.domain.index import Index
from recommender.domain.model import candidates_for
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.rules import Rules
from recommender.domain.targets import INTERACTION, PURCHASE, Target
from recommender.domain.training import MOST_NEGATIVES, TrainingRows, share_kept, training_rows

SHOP = shop_index()
CLICKS = tuple(
    (NOW + 20 * MINUTE * each, "ada", VIEW, item) for each, item in enumerate([*CATEGORY, *CATEGORY][:16])
)


def replayed(target: Target = INTERACTION) -> Replay:
    """Ada goes through the shop, an item every twenty minutes, and buys a hose in the end."""
    log = InteractionLog.of(*EVENTS, *CLICKS, (NOW + DAY, "ada", BUY, "hose"))
    return Replay.of(SHOP, log, NOW + 30 * DAY, target)


def everything(replay: Replay) -> NDArray[np.int64]:
    return np.arange(len(replay))


def rows(kept: float, seed: int = 1, target: Target = INTERACTION) -> TrainingRows:
    replay = replayed(target)
    return training_rows(SHOP, replay, everything(replay), kept, np.random.default_rng(seed))


@pytest.mark.parametrize("target", [INTERACTION, PURCHASE])
def test_with_every_negative_kept_the_rows_are_all_candidates_of_all_cases(target: Target) -> None:
    replay, found = replayed(target), rows(1.0, target=target)
    tables, labels = [], []
    for case in range(len(replay)):
        query = replay.query(SHOP, case)
        candidates = candidates_for(SHOP, query, Rules(), 1)
        tables.append(features(SHOP, query, candidates))
        labels += [item in replay.positives(case).tolist() for item in candidates.item.tolist()]
    np.testing.assert_array_equal(found.table, np.concatenate(tables))
    assert found.label.tolist() == labels
    assert found.label.sum() > 0


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5])
def test_every_positive_is_kept_however_few_negatives_are(kept: float) -> None:
    all_rows, sampled = rows(1.0), rows(kept)
    np.testing.assert_array_equal(sampled.table[sampled.label], all_rows.table[all_rows.label])


def test_no_negative_is_kept_where_none_is_asked_for() -> None:
    assert rows(0.0).label.all()


def test_about_the_asked_share_of_the_negatives_is_kept() -> None:
    negatives = int((~rows(1.0).label).sum())
    assert negatives > 150
    kept = [int((~rows(0.5, seed).label).sum()) for seed in range(5)]
    assert sum(kept) / (5 * negatives) == pytest.approx(0.5, abs=0.1)


def test_the_same_chance_draws_the_same_rows_and_another_draws_others() -> None:
    assert_same(rows(0.5, seed=1), rows(0.5, seed=1))
    assert not np.array_equal(rows(0.5, seed=1).table, rows(0.5, seed=2).table)


def test_no_cases_give_no_rows_with_all_columns() -> None:
    nothing = training_rows(SHOP, replayed(), np.empty(0, np.int64), 1.0, np.random.default_rng(1))
    assert nothing.table.shape == (0, len(feature_names(SHOP)))
    assert nothing.label.dtype == np.bool_
    assert len(nothing.label) == 0


def test_rows_of_all_parts_are_joined_in_their_order() -> None:
    replay = replayed()
    parts = [
        training_rows(SHOP, replay, cases, 1.0, np.random.default_rng(1))
        for cases in (everything(replay)[:5], everything(replay)[5:])
    ]
    assert_same(TrainingRows.joined(iter(parts)), rows(1.0))


def test_all_negatives_are_kept_where_there_are_few() -> None:
    replay = replayed()
    assert share_kept(SHOP, replay, everything(replay)) == 1.0
    assert share_kept(SHOP, replay, everything(replay)[:1]) == 1.0


def test_of_many_negatives_about_the_most_that_fit_are_kept() -> None:
    replay = replayed()
    cases = np.tile(everything(replay), 60_000)
    sizes = [len(candidates_for(SHOP, replay.query(SHOP, case), Rules(), 1)) for case in range(len(replay))]
    kept = share_kept(SHOP, replay, cases)
    assert kept * np.mean(sizes) * len(cases) == pytest.approx(MOST_NEGATIVES, rel=0.05)


def test_all_negatives_are_kept_where_there_are_none() -> None:
    sold_out = catalogue_of([(T0, "a", Property.AVAILABLE, "0")])
    past = (T0, "u", VIEW, "a")
    index = Index.fit(InteractionLog.of(past), sold_out, SOURCES)
    replay = Replay.of(index, InteractionLog.of(past, (T0 + 1, "u", VIEW, "a")), T0 + DAY, INTERACTION)
    assert len(replay) == 1
    assert share_kept(index, replay, everything(replay)) == 1.0
