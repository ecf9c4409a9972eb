"""A new version and the current one: compared on the same cases, promoted or not, by several at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
from fakes.clock import FixedClock
from fakes.models import FakeModelStore
from fakes.trainer import FakeTrainer
from integration.test_reproduce import OtherTrainer
from integration.test_train import Shop, stocked
from numpy.typing import NDArray
from unit.contracts.model_store import answers
from worlds import NOW, SHOP_CARD, shop_model
from worlds_large import batch_of, large_log

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.application.ports import Fitted
from recommender.application.train import Trained
from recommender.domain.errors import CorruptModel
from recommender.domain.events import DAY
from recommender.domain.index import Index
from recommender.domain.model import Model, recommend
from recommender.domain.promotion import by_common_cases
from recommender.domain.ranking import Ranker
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.rules import Rules
from recommender.domain.targets import INTERACTION

LOG = large_log(visits=1_000, days=20)
STOP = LOG.end - INTERACTION.horizon


class ConfusedTrainer(FakeTrainer):
    """Takes every other column the wrong way, and remembers what it fitted: first for the evaluation."""

    def __init__(self) -> None:
        super().__init__()
        self.rankers: list[Ranker] = []

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        way = np.where(np.arange(len(columns)) % 2, 1.0, -1.0)
        fitted = super().fit(columns, table * way, label, kept)
        self.rankers.append(fitted.ranker)
        return fitted


def growing(days: float) -> Shop:
    """A shop whose first version does not know the last days of the log."""
    until = LOG.end - int(days * DAY)
    shop = Shop(LOG.until(until))
    shop.train()
    shop.events.append(batch_of(LOG.between(until, LOG.end), "later"))
    shop.clock.advance(DAY)
    return shop


def current(shop: Shop) -> Model:
    version = shop.models.current()
    assert version is not None
    return shop.models.load(version)


def hits(index: Index, ranker: Ranker, since: int) -> tuple[list[float], list[int]]:
    """Of every case since a moment that has an answer, whether it is recommended, and the shopper."""
    replay = Replay.of(index, LOG, STOP, INTERACTION, known_only=False).since(since)
    answered = [case for case in range(len(replay)) if len(replay.positives(case))]
    shown = [recommend(index, ranker, replay.query(index, case), Rules(), 20).item for case in answered]
    found = [
        float(np.isin(item, replay.positives(case)).any()) for item, case in zip(shown, answered, strict=True)
    ]
    return found, [replay.shopper(case) for case in answered]


def test_the_first_version_is_promoted_and_says_so() -> None:
    trained = Shop().train()
    assert trained.verdict.why == "No version was current."
    assert trained.allowed
    assert trained.promoted


@pytest.mark.parametrize("days", [7.0, 4.8])
def test_with_enough_cases_both_are_judged_on_the_same_by_what_they_would_have_answered(days: float) -> None:
    """The current version is older than the cut of the evaluation, or younger: then the other one is fitted
    on as much of the log, or it would lose by its age, which its published version does not have.
    """
    shop = growing(days)
    champion, trainer = current(shop), ConfusedTrainer()
    trained = shop.train(trainer=trainer)
    since = max(champion.index.end, trained.card.cut)
    assert (since > trained.card.cut) == (days < 5)
    index = Index.fit(LOG.until(since), stocked().history(), SOURCES)
    of_champion, _ = hits(champion.index, champion.ranker(), since)
    of_challenger, shopper = hits(index, trainer.rankers[0], since)
    assert of_champion != of_challenger
    expected = by_common_cases(np.array(of_champion), np.array(of_challenger), np.array(shopper))
    assert trained.verdict == expected


def refused_after(days: float, *, force: bool = False) -> tuple[Shop, Trained]:
    """A training that puts the worst first, in a shop with a good version."""
    shop = growing(days)
    return shop, shop.train(trainer=OtherTrainer(), force=force)


def test_a_version_that_is_clearly_worse_is_published_and_not_promoted() -> None:
    shop, trained = refused_after(7)
    assert not trained.verdict.promoted
    assert not trained.allowed
    assert not trained.promoted
    assert trained.verdict.why.endswith("so that it is behind by more than two standard errors.")
    assert shop.models.versions()[-1] == trained.version
    assert shop.models.history() == (shop.models.versions()[0],)


def test_by_force_it_is_promoted_and_the_verdict_is_said_all_the_same() -> None:
    shop, trained = refused_after(7, force=True)
    assert not trained.verdict.promoted
    assert trained.promoted
    assert shop.models.current() == trained.version


def test_with_few_common_cases_each_counts_by_its_own_stretch() -> None:
    shop, trained = refused_after(1)
    assert trained.verdict.why.startswith("With ")
    assert "fewer than 500" in trained.verdict.why
    own = shop.models.card(shop.models.versions()[0])
    assert f"that of the current one {own.lists['logistic']['HR@20']:.1%} of " in trained.verdict.why
    assert not trained.promoted


def test_on_the_same_log_there_is_no_common_case() -> None:
    shop = Shop()
    shop.train()
    shop.clock.advance(DAY)
    trained = shop.train()
    assert trained.verdict.why.startswith("With 0 cases that neither has seen")
    assert trained.promoted


def test_a_current_version_that_is_damaged_is_replaced_and_the_sentence_says_so() -> None:
    models = FakeModelStore()
    shop = Shop(models=models)
    first = shop.train().version
    models.damaged.add(first)
    shop.clock.advance(DAY)
    trained = shop.train(trainer=OtherTrainer())
    assert trained.promoted
    assert trained.verdict.why.startswith("The current version could not be used any more: ")
    assert str(CorruptModel(first, "it was damaged")) in trained.verdict.why


def test_a_version_for_another_goal_is_not_promoted_unless_by_force() -> None:
    shop = Shop()
    bought = shop.models.publish(shop_model(), SHOP_CARD, {}, NOW - DAY)
    shop.models.promote(bought, None)
    trained = shop.train("interaction")
    assert not trained.promoted
    assert "for the goal 'interaction' and the current one for 'purchase'" in trained.verdict.why
    assert shop.models.current() == bought
    shop.clock.advance(DAY)
    assert shop.train("interaction", force=True).promoted


class Together(FixedClock):
    """Shows nobody the time before all have asked for it, which trainers do before they publish."""

    def __init__(self, trainers: int) -> None:
        super().__init__(NOW)
        self.all = Barrier(trainers)

    def now(self) -> int:
        self.all.wait(timeout=120)
        return super().now()


@pytest.mark.parametrize("has_a_current_version", [True, False])
def test_of_two_trainers_at_once_both_publish_and_one_promotes(
    tmp_path: Path, *, has_a_current_version: bool
) -> None:
    models = BlobModelStore(LocalBlobStore(tmp_path))
    if has_a_current_version:
        Shop(models=models).train()
    before = models.history()
    shop = Shop(models=models)
    shop.clock = Together(2)
    shop.clock.advance(DAY)
    with ThreadPoolExecutor(2) as pool:
        trained = list(pool.map(lambda seed: shop.train(seed=seed), (1, 2)))
    assert all(each.allowed for each in trained)
    assert sorted(each.promoted for each in trained) == [False, True]
    assert set(models.versions()) == {*before, *(each.version for each in trained)}
    (winner,) = (each.version for each in trained if each.promoted)
    assert models.history() == (*before, winner)
    for each in models.versions():
        assert len(answers(models.load(each))) > 0
