from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from unit.domain.test_domain_shops import T0, assert_close, assert_same, catalogue_of
from worlds import BUY, CATEGORY, EVENTS, NOW, VIEW, shop_index

from recommender.domain.catalogue import Property
from recommender.domain.events import DAY, MINUTE, InteractionLog
from recommender.domain.features import feature_names, features
from recommender.domain.index import Index
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.rules import Rules
from recommender.domain.search import Search
from recommender.domain.targets import INTERACTION, PURCHASE, Target
from recommender.domain.training import MOST_NEGATIVES, TrainingRows, share_kept, training_rows

SHOP = shop_index()
CLICKS = tuple(
    (NOW + 20 * MINUTE * each, "ada", VIEW, item) for each, item in enumerate([*CATEGORY, *CATEGORY][:16])
)
TARGETS = (INTERACTION, PURCHASE)


def replayed() -> Replay:
    """Ada goes through the shop, an item every twenty minutes, and buys a hose in the end."""
    log = InteractionLog.of(*EVENTS, *CLICKS, (NOW + DAY, "ada", BUY, "hose"))
    return Replay.of(SHOP, log, NOW + 30 * DAY, INTERACTION)


def everything(replay: Replay) -> NDArray[np.int64]:
    return np.arange(len(replay))


def rows(kept: float, seed: int = 1, targets: Sequence[Target] = TARGETS) -> TrainingRows:
    replay = replayed()
    return training_rows(SHOP, replay, targets, everything(replay), kept, np.random.default_rng(seed))


def test_with_every_row_kept_the_rows_are_all_candidates_of_all_cases_with_a_label_per_target() -> None:
    replay, found = replayed(), rows(1.0)
    tables, labels = [], []
    for case in range(len(replay)):
        search = Search.of(SHOP, replay.query(SHOP, case))
        candidates = search.candidates(Rules(), 1)
        tables.append(features(search, candidates))
        positives = [replay.towards(target).positives(case).tolist() for target in TARGETS]
        labels += [[item in each for each in positives] for item in candidates.item.tolist()]
    np.testing.assert_array_equal(found.table, np.concatenate(tables))
    assert found.label.tolist() == labels
    assert found.label.any(axis=0).all()
    assert found.drawn.all()


@pytest.mark.parametrize("kept", [0.0, 0.01, 0.5])
def test_every_positive_of_any_target_is_kept_however_few_rows_are(kept: float) -> None:
    all_rows, sampled = rows(1.0), rows(kept)
    positive, still = all_rows.label.any(axis=1), sampled.label.any(axis=1)
    assert_close(sampled.table[still], all_rows.table[positive])
    np.testing.assert_array_equal(sampled.label[still], all_rows.label[positive])


def test_no_negative_is_kept_where_none_is_asked_for() -> None:
    found = rows(0.0)
    assert found.label.any(axis=1).all()
    assert not found.drawn.any()


def test_about_the_asked_share_of_the_rows_is_drawn_whatever_their_labels() -> None:
    size = len(rows(1.0).label)
    assert size > 150
    drawn = [int(rows(0.5, seed).drawn.sum()) for seed in range(5)]
    assert sum(drawn) / (5 * size) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("kept", [0.0, 0.3, 1.0])
def test_a_target_learns_from_the_rows_that_it_would_have_had_alone(number: int, kept: float) -> None:
    alone = rows(kept, targets=TARGETS[number : number + 1])
    table, label = rows(kept).of_target(number)
    assert_close(table, alone.table)
    np.testing.assert_array_equal(label, alone.label[:, 0])
    assert label.any()


def test_the_same_chance_draws_the_same_rows_and_another_draws_others() -> None:
    assert_same(rows(0.5, seed=1), rows(0.5, seed=1))
    assert not np.array_equal(rows(0.5, seed=1).table, rows(0.5, seed=2).table)


def test_no_cases_give_no_rows_with_all_columns() -> None:
    rng = np.random.default_rng(1)
    nothing = training_rows(SHOP, replayed(), TARGETS, np.empty(0, np.int64), 1.0, rng)
    assert nothing.table.shape == (0, len(feature_names(SHOP)))
    assert (nothing.label.shape, nothing.drawn.shape) == ((0, 2), (0,))
    assert nothing.label.dtype == nothing.drawn.dtype == np.bool_


def test_rows_of_all_parts_are_joined_in_their_order() -> None:
    replay = replayed()
    parts = [
        training_rows(SHOP, replay, TARGETS, cases, 1.0, np.random.default_rng(1))
        for cases in (everything(replay)[:5], everything(replay)[5:])
    ]
    assert_same(TrainingRows.joined(iter(parts)), rows(1.0))


def test_all_rows_are_kept_where_there_are_few() -> None:
    replay = replayed()
    for cases in (everything(replay), everything(replay)[:1]):
        assert share_kept(SHOP, replay, cases, len(cases)) == 1.0


def test_of_many_rows_about_the_most_that_fit_are_kept() -> None:
    replay = replayed()
    sizes = [
        len(Search.of(SHOP, replay.query(SHOP, case)).candidates(Rules(), 1)) for case in range(len(replay))
    ]
    in_all = 60_000 * len(replay)
    kept = share_kept(SHOP, replay, everything(replay), in_all)
    assert kept * np.mean(sizes) * in_all == pytest.approx(MOST_NEGATIVES)
    many = np.tile(everything(replay), 100)
    assert share_kept(SHOP, replay, many, in_all) == pytest.approx(kept, rel=0.05)


def test_all_rows_are_kept_where_there_are_none() -> None:
    sold_out = catalogue_of([(T0, "a", Property.AVAILABLE, "0")])
    past = (T0, "u", VIEW, "a")
    index = Index.fit(InteractionLog.of(past), sold_out, SOURCES)
    replay = Replay.of(index, InteractionLog.of(past, (T0 + 1, "u", VIEW, "a")), T0 + DAY, INTERACTION)
    assert len(replay) == 1
    assert share_kept(index, replay, everything(replay), 1) == 1.0
