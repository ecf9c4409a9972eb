from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from fakes.catalogue import FakeCatalogue, Said
from fakes.catalogue import batch_of as properties_of
from fakes.clock import FixedClock
from fakes.events import FakeEventStore
from fakes.models import FakeModelStore
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers
from numpy.typing import NDArray
from worlds import NOW
from worlds_large import ITEMS, TREE, batch_of, continued, large_log, large_properties

from recommender.application.evaluate import Evaluate
from recommender.application.fit import Fit
from recommender.application.methods import Trainers
from recommender.application.ports import Fitted, Trainer
from recommender.application.promotion import Compare
from recommender.application.reproduce import Reproduce, Reproduced
from recommender.application.train import Train
from recommender.domain.errors import UnknownVersion
from recommender.domain.events import InteractionLog
from recommender.domain.retrieval import SOURCES, Source

LOG = large_log(visits=180)


class OtherTrainer(FakeTrainer):
    """Puts the worst first."""

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        return super().fit(columns, -table, label, kept)


@dataclass
class Shop:
    """A shop with a log, on which one version was trained."""

    events: FakeEventStore = field(default_factory=FakeEventStore)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    models: FakeModelStore = field(default_factory=FakeModelStore)
    log: InteractionLog = LOG
    goal: str | None = None

    def __post_init__(self) -> None:
        self.events.append(batch_of(self.log))
        self.catalogue.plant(TREE)
        self.catalogue.record(large_properties())
        evaluate = self.evaluate()
        train = Train(
            self.events,
            self.catalogue,
            self.models,
            evaluate.fit,
            evaluate,
            evaluate.trainers,
            Compare(self.models, evaluate.fit),
            FixedClock(NOW),
        )
        self.version = train(self.goal, 1).version

    def evaluate(self, trainer: Trainer | None = None, sources: Sequence[type[Source]] = SOURCES) -> Evaluate:
        fit = Fit(InProcessWorkers(), FakeProgress(), sources)
        return Evaluate(fit, Trainers(trainer or FakeTrainer(), FakeTrainer()))

    def reproduce(
        self,
        version: str | None = None,
        trainer: Trainer | None = None,
        sources: Sequence[type[Source]] = SOURCES,
        *,
        thorough: bool = False,
    ) -> Reproduced:
        evaluate = self.evaluate(trainer, sources)
        reproduce = Reproduce(self.events, self.catalogue, self.models, evaluate)
        return reproduce(version or self.version, thorough=thorough)


def test_the_same_log_gives_the_figures_of_the_card() -> None:
    shop = Shop()
    again = shop.reproduce()
    assert again.same_log
    assert again.same_sources
    assert again.same_figures
    assert again.card == shop.models.card(shop.version)


@pytest.mark.parametrize(("goal", "others"), [(None, {"cart"}), ("cart", {"interaction"})])
def test_the_figures_of_several_goals_come_out_again_and_so_does_which_goals_they_are(
    goal: str | None, others: set[str]
) -> None:
    shop = Shop(log=large_log(visits=700, carts=0.6), goal=goal)
    again = shop.reproduce()
    assert set(again.card.others) == others
    assert again.same_figures
    assert again.card == shop.models.card(shop.version)


def test_a_thorough_repetition_says_more_and_contradicts_nothing() -> None:
    shop = Shop()
    again = shop.reproduce(thorough=True)
    assert again.same_figures
    assert again.card == shop.models.card(shop.version)
    assert set(again.judged.evaluation.lists) > set(again.card.lists)
    assert again.judged.unfiltered["cases"] >= again.card.judged["cases"]


def test_other_sources_are_noticed() -> None:
    again = Shop().reproduce(sources=SOURCES[:-1])
    assert again.same_log
    assert not again.same_sources
    assert not again.same_figures
    assert SOURCES[-1].NAME not in again.card.lists


def test_what_happened_since_the_training_changes_nothing() -> None:
    shop = Shop()
    shop.events.append(batch_of(continued(LOG, after=LOG.end).between(LOG.end, LOG.end * 2), "later"))
    shop.catalogue.record(properties_of(*(Said(LOG.end, item, "category-0") for item in ITEMS)))
    again = shop.reproduce()
    assert again.same_log
    assert again.same_figures


def test_an_event_that_arrived_late_is_noticed() -> None:
    shop = Shop()
    shop.events.append(batch_of(LOG.taking(slice(5, 6)), "late"))
    again = shop.reproduce()
    assert not again.same_log
    assert not again.same_figures or again.card == shop.models.card(shop.version)


def test_a_program_that_learns_something_else_is_noticed() -> None:
    again = Shop().reproduce(trainer=OtherTrainer())
    assert again.same_log
    assert not again.same_figures


def test_a_card_that_says_something_else_is_noticed() -> None:
    shop = Shop()
    card = shop.models.card(shop.version)
    better = replace(card, lists={method: {"HR@20": 1.0} for method in card.lists})
    praised = shop.models.publish(shop.models.load(shop.version), better, {}, NOW)
    again = shop.reproduce(praised)
    assert again.same_log
    assert not again.same_figures
    assert again.card == card, "the figures that were computed are those to show"


def test_figures_of_another_goal_that_say_something_else_are_noticed() -> None:
    shop = Shop()
    card = replace(shop.models.card(shop.version), others={"cart": {"HR@20": 1.0}})
    praised = shop.models.publish(shop.models.load(shop.version), card, {}, NOW)
    again = shop.reproduce(praised)
    assert not again.same_figures
    assert again.card.others == {}


def test_a_version_that_is_not_there_is_unknown() -> None:
    with pytest.raises(UnknownVersion, match="no such version"):
        Shop().reproduce("no such version")
