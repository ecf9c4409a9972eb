from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers
from numpy.typing import NDArray
from worlds_large import (
    ITEMS,
    TREE,
    continued,
    large_catalogue,
    large_log,
    large_properties,
    rows_of,
    without_signal,
)

from recommender.adapters.sklearn import LogisticTrainer
from recommender.application.evaluate import Evaluate, Fit
from recommender.application.ports import Fitted, Trainer
from recommender.domain.catalogue import CatalogueHistory, CategoryTree, Property, PropertyBatch
from recommender.domain.errors import NotEnoughData
from recommender.domain.evaluation import Evaluation, Tally, judge
from recommender.domain.events import DAY, HOUR, EventType, InteractionLog
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import INTERACTION, PURCHASE, Target

LOG = large_log(visits=600)
CATALOGUE = large_catalogue()
CUT = newest_stretch(LOG.start, LOG.end, INTERACTION).start
SHORT = large_log(visits=180)
SHORT_CUT = newest_stretch(SHORT.start, SHORT.end, INTERACTION).start


def fit(trainer: Trainer | None = None) -> Fit:
    return Fit(trainer or FakeTrainer(), InProcessWorkers(), FakeProgress(), SOURCES)


def evaluated(
    log: InteractionLog,
    target: Target = INTERACTION,
    *,
    trainer: Trainer | None = None,
    catalogue: CatalogueHistory = CATALOGUE,
    seed: int = 1,
) -> Evaluation:
    return Evaluate(fit(trainer))(log, catalogue, target, seed)[0]


class RememberingTrainer(FakeTrainer):
    """Keeps what it was last given to learn from."""

    learnt: tuple[NDArray[np.float64], NDArray[np.bool_]]

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        self.learnt = table, label
        return super().fit(columns, table, label, kept)


@pytest.fixture(scope="module")
def found() -> Evaluation:
    return evaluated(LOG, trainer=LogisticTrainer())


def test_what_is_in_the_log_is_learnt(found: Evaluation) -> None:
    assert found.scores["logistic"]["ROC-AUC"] > 0.9
    assert found.scores["logistic"]["ROC-AUC"] > found.scores["popularity"]["ROC-AUC"]
    assert found.scores["logistic"]["average precision"] > 10 * found.judged["base rate"]
    assert found.lists["logistic"]["MRR@20"] > found.lists["popular_in_category"]["MRR@20"]


def test_purchases_are_learnt_too() -> None:
    found = evaluated(large_log(carts=0.6), PURCHASE, trainer=LogisticTrainer())
    assert found.scores["logistic"]["ROC-AUC"] > 0.8
    assert found.scores["logistic"]["average precision"] > 5 * found.judged["base rate"]


def test_where_the_next_item_is_drawn_by_lot_nothing_is_learnt() -> None:
    scores = evaluated(without_signal(LOG), trainer=LogisticTrainer()).scores
    assert 0.45 < scores["logistic"]["ROC-AUC"] < 0.55
    assert 0.45 < scores["popularity"]["ROC-AUC"] < 0.55


def test_labels_drawn_by_lot_after_the_cut_cannot_be_guessed() -> None:
    later = np.random.default_rng(0).integers(len(LOG.items), size=len(LOG)).astype(np.int32)
    log = replace(LOG, item=np.where(LOG.timestamp < CUT, LOG.item, later))
    assert 0.45 < evaluated(log, trainer=LogisticTrainer()).scores["logistic"]["ROC-AUC"] < 0.55


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_are_probabilities_on_the_rows_that_were_not_learnt_from(seed: int) -> None:
    found = evaluated(large_log(seed, days=60), trainer=LogisticTrainer())
    factor = found.scores["logistic"]["mean score"] / found.judged["base rate"]
    assert found.judged["positive rows"] > 200
    assert 1 / 1.2 < factor < 1.2


def test_everything_is_counted(found: Evaluation) -> None:
    judged = found.judged
    stop = LOG.end - INTERACTION.horizon
    assert judged["cases"] == ((LOG.timestamp >= CUT) & (LOG.timestamp < stop)).sum()
    assert judged["cases"] < judged["rows"] <= judged["cases"] * len(ITEMS)
    assert judged["base rate"] == judged["positive rows"] / judged["rows"]
    assert judged["positive rows"] <= judged["cases with an answer"] < judged["cases"]
    assert judged["cases with a new answer"] < judged["cases with an answer"]


def test_the_same_seed_gives_the_same_figures(found: Evaluation) -> None:
    assert evaluated(LOG, trainer=LogisticTrainer()) == found


def test_the_cut_is_where_the_newest_stretch_begins() -> None:
    _, cut = Evaluate(fit())(SHORT, CATALOGUE, INTERACTION, 1)
    assert cut == SHORT_CUT


def test_what_happens_after_the_log_s_end_changes_no_figure() -> None:
    longer = continued(SHORT, after=SHORT.end)
    assert len(longer) > len(SHORT)
    assert evaluated(longer.until(SHORT.end)) == evaluated(SHORT)


@pytest.mark.parametrize("target", [INTERACTION, PURCHASE])
def test_what_happens_after_the_last_horizon_changes_no_judgement(target: Target) -> None:
    """Shoppers go on, others come, and items nobody has heard of: cases and labels end before that."""
    begin, stop = CUT - target.horizon, LOG.end - target.horizon
    index = fit().index(LOG.until(begin), CATALOGUE)
    ranker = fit().ranker(LOG.until(begin), CATALOGUE, INTERACTION, 1, begin).ranker

    def judged(log: InteractionLog) -> Tally:
        replay = Replay.of(index, log, stop, target)
        return judge(index, ranker, replay, np.arange(len(replay)))

    without, longer = judged(LOG), judged(continued(LOG, after=LOG.end))
    assert figures(Evaluation.of(index, ranker, longer)) == pytest.approx(
        figures(Evaluation.of(index, ranker, without)), rel=1e-9
    )


def figures(evaluation: Evaluation) -> dict[str, float]:
    tables = {"judged": evaluation.judged} | evaluation.lists | evaluation.scores
    return {f"{table} {name}": value for table, row in tables.items() for name, value in row.items()}


def learnt_from(log: InteractionLog, catalogue: CatalogueHistory = CATALOGUE) -> bytes:
    trainer = RememberingTrainer()
    evaluated(log, trainer=trainer, catalogue=catalogue)
    table, label = trainer.learnt
    return table.tobytes() + label.tobytes()


@pytest.mark.parametrize(
    "changed",
    [
        lambda log, later: replace(log, item=np.where(later, log.item[::-1], log.item)),
        lambda log, later: replace(log, user=np.where(later, log.user[::-1], log.user)),
        lambda log, later: replace(log, type=np.where(later, np.int8(EventType.TRANSACTION), log.type)),
    ],
    ids=["other items", "other shoppers", "other types"],
)
def test_nothing_after_the_cut_is_learnt_from(
    changed: Callable[[InteractionLog, NDArray[np.bool_]], InteractionLog],
) -> None:
    other = changed(SHORT, SHORT.timestamp >= SHORT_CUT)
    assert learnt_from(other) == learnt_from(SHORT)
    assert evaluated(other) != evaluated(SHORT)


def said(timestamp: int, kind: Property, *values: str) -> PropertyBatch:
    """The same kind of row for every item; the values take turns."""
    return PropertyBatch(
        np.full(len(ITEMS), timestamp),
        np.array(ITEMS, np.object_),
        np.full(len(ITEMS), kind, np.int8),
        np.resize(np.array(values, np.object_), len(ITEMS)),
    )


def catalogue_of(*batches: PropertyBatch) -> CatalogueHistory:
    """What `large_catalogue` says, and then this."""
    rows = [large_properties(), *batches]
    return CatalogueHistory.of(
        PropertyBatch(
            np.concatenate([each.timestamp for each in rows]),
            np.concatenate([each.item_id for each in rows]),
            np.concatenate([each.property for each in rows]),
            np.concatenate([each.value for each in rows]),
        ),
        CategoryTree.of(TREE),
    )


def test_what_the_catalogue_says_after_the_cut_changes_no_figure() -> None:
    sold_out = said(SHORT_CUT, Property.AVAILABLE, "0")
    moved = said(SHORT_CUT, Property.CATEGORY, "category-0", "category-1", "a category of its own")
    newcomers = np.array([f"a-new-{each}" for each in ITEMS], np.object_)
    later = catalogue_of(sold_out, moved, replace(moved, item_id=newcomers))
    assert evaluated(SHORT, catalogue=later) == evaluated(SHORT)


def test_what_the_catalogue_says_before_the_cut_does_count() -> None:
    moved = said(SHORT.start, Property.CATEGORY, "category-0", "category-1")
    assert evaluated(SHORT, catalogue=catalogue_of(moved)) != evaluated(SHORT)


def test_a_shop_with_nothing_on_sale_is_refused() -> None:
    sold_out = said(SHORT.start, Property.AVAILABLE, "0")
    with pytest.raises(NotEnoughData):
        evaluated(SHORT, catalogue=catalogue_of(sold_out))


def test_a_shop_that_sold_out_just_before_the_cut_is_refused() -> None:
    """There is something to learn from, and nothing to judge."""
    sold_out = said(SHORT.until(SHORT_CUT).end - 1, Property.AVAILABLE, "0")
    with pytest.raises(NotEnoughData, match="no case has an answer to judge by"):
        evaluated(SHORT, catalogue=catalogue_of(sold_out))


def test_a_newest_stretch_in_which_nobody_looks_at_a_second_item_is_refused() -> None:
    """No figure of it would be a number."""
    lonely = [
        (SHORT.end + number * HOUR, f"newcomer-{number:03d}", EventType.VIEW, ITEMS[number % len(ITEMS)])
        for number in range(8 * 24)
    ]
    with pytest.raises(NotEnoughData, match="no case has an answer to judge by"):
        evaluated(InteractionLog.of(*rows_of(SHORT), *lonely))


def test_a_newest_stretch_without_an_event_is_refused() -> None:
    straggler = (SHORT.end + 7 * DAY + HOUR, "shopper-001", EventType.VIEW, "item-01")
    with pytest.raises(NotEnoughData, match="The newest stretch of the log has no case to judge"):
        evaluated(InteractionLog.of(*rows_of(SHORT), straggler))
