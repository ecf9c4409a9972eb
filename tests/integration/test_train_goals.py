"""One training, several goals: each has its own ranker, is served when it is asked for, and is judged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pytest
from fakes.models import FakeModelStore
from fakes.trainer import FakeTrainer
from integration.test_train import LOG, Shop, published
from worlds_large import large_log, rows_of

from recommender.application.recommend import Recommend, Request
from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.errors import InvalidRequest, NotEnoughData
from recommender.domain.events import DAY, HOUR, EventType, InteractionLog
from recommender.domain.retrieval import SOURCES
from recommender.domain.retrieval.own_items import OwnItems
from recommender.domain.targets import ENOUGH

BUSY = large_log(carts=0.6)
GOALS = ("purchase", "cart", "interaction")


@dataclass(frozen=True)
class Trained:
    """A shop with enough of everything, where it is published, and who fitted its rankers."""

    shop: Shop
    models: FakeModelStore
    trainer: FakeTrainer


@pytest.fixture(scope="module")
def busy() -> Trained:
    models, trainer = FakeModelStore(), FakeTrainer()
    shop = Shop(BUSY, models)
    shop.train(trainer=trainer)
    return Trained(shop, models, trainer)


def with_lonely(kind: EventType) -> InteractionLog:
    """A log of views, and enough events of one type by people who never come before or after."""
    times = np.linspace(LOG.start, LOG.end - 1, ENOUGH).astype(np.int64).tolist()
    lonely = [(time, f"lonely-{each}", kind, "item-00") for each, time in enumerate(times)]
    views = replace(LOG, type=np.zeros_like(LOG.type))
    return InteractionLog.of(*rows_of(views), *lonely)


def test_every_goal_that_the_log_supports_is_published_the_default_first(busy: Trained) -> None:
    model, card = published(busy.shop)
    assert model.goals == GOALS
    assert len(model.rankers) == 3
    assert card.goal == "purchase"
    assert set(card.others) == {"cart", "interaction"}


def test_each_goal_is_served_by_its_own_ranker(busy: Trained) -> None:
    model, _ = published(busy.shop)
    recommend = Recommend(model)
    shopper = BUSY.users.id(int(BUSY.user[-1]))
    scores: dict[str, dict[str, float]] = {}
    for goal in GOALS:
        found = recommend(Request(user_id=shopper, n=20, goal=goal), BUSY.end).recommendations
        assert len(found) == 20
        scores[goal] = {each.item_id: each.score for each in found}
    default = recommend(Request(user_id=shopper, n=20), BUSY.end).recommendations
    assert {each.item_id: each.score for each in default} == scores["purchase"]
    assert len({tuple(each.values()) for each in scores.values()}) == 3
    with pytest.raises(InvalidRequest, match="purchase, cart, interaction"):
        recommend(Request(user_id=shopper, goal="wish"), BUSY.end)


def test_a_pipeline_is_published_for_every_goal(busy: Trained) -> None:
    (pipelines,) = busy.models.pipelines.values()
    assert tuple(pipelines) == GOALS
    assert len(set(pipelines.values())) == 3


def test_asking_for_a_goal_changes_the_default_and_which_goals_are_there_only_in_order() -> None:
    shop = Shop(BUSY)
    card = shop.train("interaction").card
    model, _ = published(shop)
    assert (card.goal, model.goals) == ("interaction", ("interaction", "purchase", "cart"))
    assert set(card.others) == {"purchase", "cart"}


def test_each_goal_is_fitted_on_the_past_and_then_on_everything(busy: Trained) -> None:
    past, everything = busy.trainer.fits[:3], busy.trainer.fits[3:]
    assert len({positives for _, positives, _ in everything}) == 3
    assert not {positives for _, positives, _ in everything} & {positives for _, positives, _ in past}


def test_a_goal_that_happens_often_but_cannot_be_learnt_is_left_out_of_the_model_and_of_the_card() -> None:
    shop = Shop(with_lonely(EventType.ADDTOCART))
    shop.train()
    model, card = published(shop)
    assert model.goals == ("interaction",)
    assert card.others == {}


def test_a_default_goal_that_happens_often_but_cannot_be_learnt_is_refused_and_another_is_not() -> None:
    shop = Shop(with_lonely(EventType.TRANSACTION))
    with pytest.raises(NotEnoughData, match="The goal 'purchase' has 0 positive rows to learn from"):
        shop.train()
    assert shop.models.versions() == []
    assert shop.train("interaction").card.goal == "interaction"


def test_a_busy_shop_of_ten_days_can_be_trained_for_what_takes_minutes() -> None:
    """Purchases, of which it has enough, would take weeks to be judged."""
    log = large_log(days=10, carts=0.6)
    assert (log.type == EventType.TRANSACTION).sum() >= ENOUGH
    with pytest.raises(NotEnoughData, match=r"the goal 'purchase' needs at least \d"):
        Shop(log).train()
    shop = Shop(log)
    shop.train("interaction")
    assert published(shop)[0].goals == ("interaction", "cart")


def test_no_index_is_fitted_twice() -> None:
    """Most of what a training takes is fitting indexes: those of the judgement are used again."""
    fitted: list[int] = []

    class Remembering(OwnItems):
        @classmethod
        def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
            fitted.append(log.end)
            return super().fit(log, catalogue)

    log = large_log(days=60)
    card = Shop(log).train(sources=(*SOURCES[1:], Remembering)).card
    assert card.cut == log.end - 7 * DAY
    weeks = [log.end - 7 * DAY * each for each in (3, 2, 1, 0)]
    assert sorted(fitted) == [log.until(moment).end for moment in weeks]


def test_the_moment_of_an_answer_may_be_hours_after_the_training(busy: Trained) -> None:
    model, _ = published(busy.shop)
    for goal in GOALS:
        found = Recommend(model)(Request(user_id="nobody", goal=goal), BUSY.end + 9 * HOUR)
        assert not found.user_known
        assert len(found.recommendations) == 5
