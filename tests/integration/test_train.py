from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes.blobs import FakeBlobStore
from fakes.catalogue import FakeCatalogue
from fakes.clock import FixedClock
from fakes.events import FakeEventStore
from fakes.models import FakeModelStore
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers, ThreadWorkers
from worlds import NOW, SHOP_CARD, shop_log, shop_model
from worlds_large import TREE, batch_of, large_log, large_properties

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.application.card import ModelCard
from recommender.application.evaluate import Evaluate
from recommender.application.fit import FEWEST_POSITIVES, PART, Fit
from recommender.application.methods import CATEGORY, TIME, Trainers
from recommender.application.ports import ModelStore, Trainer, Workers
from recommender.application.promotion import Compare
from recommender.application.recommend import Recommend, Request
from recommender.application.train import Train, Trained, fingerprint
from recommender.domain.errors import CorruptModel, NotEnoughData, StorageUnavailable
from recommender.domain.events import DAY, HOUR, EventType, InteractionLog
from recommender.domain.ids import IdTable
from recommender.domain.model import Model
from recommender.domain.retrieval import SOURCES, Source
from recommender.domain.targets import ENOUGH, TARGETS

LOG = large_log(visits=180)
PURCHASES = int((LOG.type == EventType.TRANSACTION).sum())


def filled(log: InteractionLog) -> FakeEventStore:
    events = FakeEventStore()
    events.append(batch_of(log))
    return events


def stocked() -> FakeCatalogue:
    catalogue = FakeCatalogue()
    catalogue.plant(TREE)
    catalogue.record(large_properties())
    return catalogue


class Shop:
    """A shop with a log, and everything that training on it reaches."""

    def __init__(self, log: InteractionLog = LOG, models: ModelStore | None = None) -> None:
        self.events = filled(log)
        self.catalogue = stocked()
        self.models = FakeModelStore() if models is None else models
        self.progress = FakeProgress()
        self.clock = FixedClock(NOW)

    def train(
        self,
        goal: str | None = None,
        *,
        seed: int = 1,
        trainer: Trainer | None = None,
        workers: Workers | None = None,
        sources: Sequence[type[Source]] = SOURCES,
        force: bool = False,
    ) -> Trained:
        """`trainer` fits the rankers that are served, and another one the baselines."""
        fit = Fit(workers or InProcessWorkers(), self.progress, sources)
        trainers = Trainers(trainer or FakeTrainer(), FakeTrainer())
        evaluate = Evaluate(fit, trainers)
        compare = Compare(self.models, fit)
        train = Train(self.events, self.catalogue, self.models, fit, evaluate, trainers, compare, self.clock)
        return train(goal, seed, force=force)


def content(version: str) -> str:
    """The part of a version's name that is the hash of what it is."""
    return version.partition("-")[2]


@pytest.fixture(scope="module")
def shop() -> Shop:
    shop = Shop()
    shop.train()
    return shop


def published(shop: Shop) -> tuple[Model, ModelCard]:
    version = shop.models.current()
    assert version is not None
    return shop.models.load(version), shop.models.card(version)


def test_the_first_version_is_published_and_promoted(shop: Shop) -> None:
    assert shop.models.versions() == [shop.models.current()]


def test_what_is_published_knows_the_whole_log_and_answers(shop: Shop) -> None:
    model, _ = published(shop)
    assert (model.index.start, model.index.end) == (LOG.start, LOG.end)
    last_shopper = LOG.users.id(int(LOG.user[-1]))
    found = Recommend(model)(Request(user_id=last_shopper, n=20), LOG.end)
    assert found.user_known
    assert len(found.recommendations) == 20


def test_the_card_says_what_the_version_was_made_from(shop: Shop) -> None:
    model, card = published(shop)
    assert (card.start, card.end, card.events) == (LOG.start, LOG.end, len(LOG))
    assert (card.users, card.items) == (len(LOG.users), len(model.index.items))
    assert card.start < card.cut < card.end
    assert (card.goal, model.goals) == ("interaction", ("interaction",))
    assert card.sources == tuple(source.NAME for source in SOURCES)
    assert card.fingerprint == fingerprint(LOG)
    assert card.judged["cases"] > card.judged["cases with an answer"] > 0
    assert set(card.lists) == {"logistic", CATEGORY, *card.sources}
    assert set(card.scores) == {"logistic", TIME, CATEGORY, "popularity"}
    assert card.others == {}


def test_the_pipeline_is_published_for_people_under_its_goal() -> None:
    models = FakeModelStore()
    trained = Shop(models=models).train()
    assert models.pipelines[trained.version].keys() == {"interaction"}
    assert models.pipelines[trained.version]["interaction"]


def test_a_ranker_is_fitted_twice_on_the_past_and_then_on_everything() -> None:
    trainer = FakeTrainer()
    Shop().train(trainer=trainer)
    judged, final = trainer.fits
    assert judged != final
    assert min(judged[1], final[1]) >= FEWEST_POSITIVES
    assert judged[2] == final[2] == 1.0, "so few rows need no sampling"


def test_training_shows_how_far_it_has_come(shop: Shop) -> None:
    assert [what for what, _, _ in shop.progress.shown] == [
        *["replaying for the ranker"] * 2,
        "fitting rankers",
        "fitting",
        "judging",
        *["replaying for the ranker"] * 2,
        "fitting rankers",
    ]
    for what, total, passed in shop.progress.shown:
        assert passed > 0
        assert total == (None if what == "fitting" else passed)


def test_a_later_version_takes_over_and_the_earlier_one_stays() -> None:
    shop = Shop()
    first = shop.train()
    shop.clock.advance(DAY)
    second = shop.train(seed=2)
    assert first.promoted
    assert second.promoted
    assert shop.models.current() == second.version
    assert shop.models.versions() == [first.version, second.version]


def test_a_version_that_became_current_meanwhile_is_not_replaced() -> None:
    class Raced(FakeModelStore):
        def promote(self, version: str, instead_of: str | None) -> bool:
            if len(self.versions()) == 1:
                other = self.publish(shop_model(), SHOP_CARD, {}, NOW)
                super().promote(other, instead_of)
            return super().promote(version, instead_of)

    shop = Shop(models=Raced())
    trained = shop.train()
    assert not trained.promoted
    assert shop.models.current() != trained.version
    assert trained.version in shop.models.versions()


def test_the_goal_that_was_asked_for_is_taken(shop: Shop) -> None:
    _, card = published(shop)
    asked = Shop().train("interaction").card
    assert asked == replace(card, why_goal="it was asked for")


def test_with_few_purchases_the_default_goal_is_the_next_interaction(shop: Shop) -> None:
    _, card = published(shop)
    assert card.goal == "interaction"
    assert card.why_goal == f"the log has {PURCHASES} purchases, fewer than 1,000"


def test_with_enough_purchases_the_default_goal_is_a_purchase() -> None:
    log = large_log(carts=0.6)
    purchases = int((log.type == EventType.TRANSACTION).sum())
    card = Shop(log).train().card
    assert purchases >= ENOUGH
    assert card.goal == "purchase"
    assert card.why_goal == f"the log has {purchases:,} purchases, at least 1,000"


def refused(shop: Shop, goal: str | None = None) -> str:
    """Why a training is refused; nothing is published then."""
    with pytest.raises(NotEnoughData) as refusal:
        shop.train(goal)
    assert shop.models.versions() == []
    assert shop.models.current() is None
    return str(refusal.value)


def test_a_pointer_that_cannot_be_replaced_is_found_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "current.json").write_text("{")
    trainer = FakeTrainer()
    with pytest.raises(CorruptModel, match=r"delete models/current\.json, and promote"):
        Shop(models=BlobModelStore(LocalBlobStore(tmp_path))).train(trainer=trainer)
    assert trainer.fits == []


def test_an_empty_store_is_refused_and_says_what_to_do() -> None:
    assert refused(Shop(InteractionLog.of())) == "The event store is empty: run `recommender ingest` first."


def of_length(milliseconds: int) -> InteractionLog:
    """A log that covers so long, in which somebody looks at something twice an hour and never goes on."""
    times = np.append(np.arange(0, milliseconds - 1, HOUR // 2), milliseconds - 1) + LOG.start
    return InteractionLog.of(*((int(time), f"{time}", EventType.VIEW, "item-00") for time in times))


def lengths(said: str) -> tuple[float, float]:
    """Days that the log covers and days that are needed, from a refusal."""
    found = re.fullmatch(r"The log covers ([\d.]+) days; the goal '\w+' needs at least ([\d.]+) days.", said)
    assert found, said
    return float(found[1]), float(found[2])


@pytest.mark.parametrize("goal", TARGETS)
def test_a_log_that_is_too_short_is_refused_and_says_how_long_it_is(goal: str) -> None:
    covered, needed = lengths(refused(Shop(of_length(12 * HOUR)), goal))
    assert covered == 0.5
    assert needed > 1


def test_a_log_of_one_event_is_refused() -> None:
    assert lengths(refused(Shop(LOG.taking(slice(0, 1)))))[0] == 0


def test_a_log_that_can_be_judged_on_but_not_learnt_from_is_refused_by_its_own_length() -> None:
    """The past that a ranker is fitted on is shorter than the log, and nobody but us knows of it."""
    covered, needed = lengths(refused(Shop(of_length(10 * DAY)), "purchase"))
    assert covered == 10
    assert needed > 10


@pytest.mark.parametrize("goal", TARGETS)
def test_a_log_of_the_length_that_a_refusal_asks_for_is_long_enough(goal: str) -> None:
    _, needed = lengths(refused(Shop(of_length(12 * HOUR)), goal))
    assert "positive rows" in refused(Shop(of_length(round(needed * DAY) + HOUR)), goal)


def test_a_log_with_too_few_positives_is_refused_and_says_how_many() -> None:
    assert refused(Shop(of_length(40 * DAY)), "interaction") == (
        f"The goal 'interaction' has 0 positive rows to learn from, at least {FEWEST_POSITIVES} are needed."
    )
    few = re.search(r"has (\d+) positive rows", refused(Shop(large_log(visits=40))))
    assert few
    assert 0 < int(few[1]) < FEWEST_POSITIVES


def test_a_log_whose_newest_stretch_is_empty_before_the_cut_is_refused() -> None:
    assert "has no case to learn from" in refused(Shop(shop_log()), "interaction")


def test_a_log_without_a_purchase_is_refused_for_the_goal_purchase() -> None:
    assert "0 positive rows" in refused(Shop(LOG.taking(LOG.type == EventType.VIEW)), "purchase")


def test_the_same_log_and_seed_give_the_same_content() -> None:
    stores = BlobModelStore(FakeBlobStore()), BlobModelStore(FakeBlobStore())
    first, second = (Shop(models=store).train().version for store in stores)
    assert first == second


def test_training_again_later_gives_the_same_content_under_a_later_name() -> None:
    shop = Shop(models=BlobModelStore(FakeBlobStore()))
    first = shop.train().version
    shop.clock.advance(DAY)
    second = shop.train().version
    assert first < second
    assert content(first) == content(second)


def test_another_seed_is_another_version() -> None:
    shop = Shop(models=BlobModelStore(FakeBlobStore()))
    assert content(shop.train(seed=1).version) != content(shop.train(seed=2).version)


def test_the_number_of_workers_and_the_order_in_which_they_finish_change_nothing() -> None:
    log = large_log()
    shops = [Shop(log, BlobModelStore(FakeBlobStore())) for _ in range(2)]
    alone = shops[0].train(workers=InProcessWorkers())
    assert alone.card.judged["cases"] > PART, "there is only one part"
    together = shops[1].train(workers=ThreadWorkers())
    assert together == alone


def test_an_event_more_changes_the_content() -> None:
    longer = Shop(models=BlobModelStore(FakeBlobStore()))
    before = longer.train().version
    longer.events.append(batch_of(LOG.taking(slice(5, 6)), "once more"))
    assert content(longer.train().version) != content(before)


@pytest.mark.parametrize("fit", [1, 2])
def test_an_interrupted_training_publishes_nothing(fit: int) -> None:
    shop = Shop()
    with pytest.raises(KeyboardInterrupt):
        shop.train(trainer=FakeTrainer(interrupted_at=fit))
    assert shop.models.versions() == []
    assert shop.models.current() is None


def test_a_store_that_cannot_be_reached_is_not_an_empty_one() -> None:
    shop = Shop()
    shop.events.unreachable = True
    with pytest.raises(StorageUnavailable):
        shop.train()
    assert shop.models.versions() == []


def test_a_shop_without_a_catalogue_can_be_trained_on() -> None:
    shop = Shop()
    shop.catalogue = FakeCatalogue()
    assert shop.train().card.items == len(LOG.items)


def test_the_fingerprint_is_of_everything_in_the_log() -> None:
    other = [
        replace(LOG, timestamp=LOG.timestamp + 1),
        replace(LOG, user=LOG.user[::-1]),
        replace(LOG, item=LOG.item[::-1]),
        replace(LOG, type=LOG.type[::-1]),
        replace(LOG, users=IdTable.of(f"_{each}" for each in LOG.users.ids(range(len(LOG.users))))),
        replace(LOG, items=IdTable.of(f"_{each}" for each in LOG.items.ids(range(len(LOG.items))))),
        LOG.taking(slice(0, -1)),
        InteractionLog.of(),
    ]
    prints = {fingerprint(each) for each in [LOG, *other]}
    assert len(prints) == 1 + len(other)
    assert all(len(each) == 32 for each in prints)


def test_the_fingerprint_does_not_depend_on_ids_that_no_event_has() -> None:
    users = IdTable.of([*LOG.users.ids(range(len(LOG.users))), "~nobody"])
    assert fingerprint(replace(LOG, users=users).compact()) == fingerprint(LOG)
