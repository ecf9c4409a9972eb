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

from recommender.adapters.sklearn import BoostedTrainer, LogisticTrainer
from recommender.application.evaluate import Evaluate, Judged
from recommender.application.fit import Fit
from recommender.application.methods import CATEGORY, TIME, Trainers, all_methods
from recommender.application.ports import Fitted, Trainer
from recommender.domain.catalogue import CatalogueHistory, CategoryTree, Property, PropertyBatch
from recommender.domain.errors import NotEnoughData
from recommender.domain.evaluation import POPULARITY, Evaluation, Tally, judge
from recommender.domain.events import DAY, HOUR, EventType, InteractionLog
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import CART, INTERACTION, PURCHASE, Target

LOG = large_log(visits=600)
CATALOGUE = large_catalogue()
CUT = newest_stretch(LOG.start, LOG.end, [INTERACTION]).start
SHORT = large_log(visits=180)
SHORT_CUT = newest_stretch(SHORT.start, SHORT.end, [INTERACTION]).start
LOGISTIC, BOOSTED = LogisticTrainer(), BoostedTrainer(rounds=20, penalty=0.0)


def fit() -> Fit:
    return Fit(InProcessWorkers(), FakeProgress(), SOURCES)


def judged(
    log: InteractionLog,
    *targets: Target,
    trainer: Trainer | None = None,
    catalogue: CatalogueHistory = CATALOGUE,
    seed: int = 1,
) -> Judged:
    """What is judged for some targets, or for interactions; the baselines are those of the same kind."""
    ranker = trainer or FakeTrainer()
    trainers = Trainers(ranker, LOGISTIC if isinstance(ranker, BoostedTrainer) else ranker)
    return Evaluate(fit(), trainers)(log, catalogue, targets or (INTERACTION,), seed)


def evaluated(
    log: InteractionLog, *, trainer: Trainer | None = None, catalogue: CatalogueHistory = CATALOGUE
) -> Evaluation:
    """The figures for interactions."""
    return judged(log, trainer=trainer, catalogue=catalogue).evaluation


class RememberingTrainer(FakeTrainer):
    """Keeps everything that it was given to learn from, several fits at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.learnt: list[bytes] = []

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        self.learnt.append(table.tobytes() + label.tobytes())
        return super().fit(columns, table, label, kept)


@pytest.fixture(scope="module")
def found() -> Judged:
    """What both kinds of ranker make of the log."""
    return judged(LOG, trainer=BOOSTED)


@pytest.mark.parametrize("method", ["boosted", "logistic"])
def test_what_is_in_the_log_is_learnt(found: Judged, method: str) -> None:
    scores, lists = found.evaluation.scores, found.evaluation.lists
    assert scores[method]["ROC-AUC"] > 0.9
    assert scores[method]["ROC-AUC"] > scores[CATEGORY]["ROC-AUC"] > scores[POPULARITY]["ROC-AUC"]
    assert scores[method]["average precision"] > 10 * found.evaluation.judged["base rate"]
    assert lists[method]["MRR@20"] > lists["popular_in_category"]["MRR@20"]


def test_when_it_is_tells_nothing_of_which_item_is_next(found: Judged) -> None:
    assert 0.45 < found.evaluation.scores[TIME]["ROC-AUC"] < 0.55


def test_purchases_are_learnt_too() -> None:
    found = judged(large_log(carts=0.6), PURCHASE, trainer=LOGISTIC).evaluation
    assert found.scores["logistic"]["ROC-AUC"] > 0.8
    assert found.scores["logistic"]["average precision"] > 5 * found.judged["base rate"]


def test_where_the_next_item_is_drawn_by_lot_no_method_learns_anything() -> None:
    scores = evaluated(without_signal(large_log()), trainer=BOOSTED).scores
    assert scores.keys() == {"boosted", "logistic", TIME, CATEGORY, POPULARITY}
    for figures in scores.values():
        assert 0.45 < figures["ROC-AUC"] < 0.55


def test_labels_drawn_by_lot_after_the_cut_can_be_guessed_by_no_method() -> None:
    later = np.random.default_rng(0).integers(len(LOG.items), size=len(LOG)).astype(np.int32)
    log = replace(LOG, item=np.where(LOG.timestamp < CUT, LOG.item, later))
    for figures in evaluated(log, trainer=BOOSTED).scores.values():
        assert 0.45 < figures["ROC-AUC"] < 0.55


@pytest.mark.parametrize("seed", [1, 2])
def test_scores_are_probabilities_on_the_rows_that_were_not_learnt_from(seed: int) -> None:
    found = evaluated(large_log(seed, days=60), trainer=LOGISTIC)
    assert found.judged["positive rows"] > 200
    for method in ("logistic", TIME):
        assert 1 / 1.2 < found.scores[method]["mean score"] / found.judged["base rate"] < 1.2


def test_everything_is_counted(found: Judged) -> None:
    figures = found.evaluation.judged
    stop = LOG.end - INTERACTION.horizon
    assert figures["cases"] == len(found.replay) == ((LOG.timestamp >= CUT) & (LOG.timestamp < stop)).sum()
    assert figures["cases"] < figures["rows"] <= figures["cases"] * len(ITEMS)
    assert figures["base rate"] == figures["positive rows"] / figures["rows"]
    assert figures["positive rows"] <= figures["cases with an answer"] < figures["cases"]
    assert figures["cases with a new answer"] < figures["cases with an answer"]
    assert len(set(found.tally.shopper)) == len(
        np.unique(LOG.user[(LOG.timestamp >= CUT) & (LOG.timestamp < stop)])
    )


def test_the_same_seed_gives_the_same_figures() -> None:
    assert evaluated(SHORT, trainer=BOOSTED) == evaluated(SHORT, trainer=BOOSTED)


def test_the_cut_is_where_the_newest_stretch_begins_and_nothing_that_was_fitted_knows_more() -> None:
    found = judged(SHORT)
    assert found.cut == SHORT_CUT
    assert found.index is found.indexes[SHORT_CUT]
    for moment, index in found.indexes.items():
        assert index.end == SHORT.until(moment).end <= moment <= SHORT_CUT


def test_what_happens_after_the_log_s_end_changes_no_figure() -> None:
    longer = continued(SHORT, after=SHORT.end)
    assert len(longer) > len(SHORT)
    assert evaluated(longer.until(SHORT.end)) == evaluated(SHORT)


@pytest.mark.parametrize("target", [INTERACTION, CART, PURCHASE])
def test_what_happens_after_the_last_horizon_changes_no_judgement(target: Target) -> None:
    """Shoppers go on, others come, and items nobody has heard of: cases and labels end before that."""
    begin, stop = CUT - target.horizon, LOG.end - target.horizon
    past, trainers = LOG.until(begin), Trainers(FakeTrainer(), FakeTrainer())
    index = fit().index(past, CATALOGUE)
    lesson = fit().lesson(past, CATALOGUE, (INTERACTION,), 1, begin)
    ranker = lesson.taught(trainers.ranker).ranker
    methods = list(all_methods(index, lesson, ranker, trainers, ablations=False))

    def told(log: InteractionLog) -> Tally:
        replay = Replay.of(index, log, stop, target)
        return judge(index, methods, replay, np.arange(len(replay)))

    without, longer = told(LOG), told(continued(LOG, after=LOG.end))
    assert figures(Evaluation.of(index, longer)) == pytest.approx(
        figures(Evaluation.of(index, without)), rel=1e-9
    )


def figures(evaluation: Evaluation) -> dict[str, float]:
    tables = {"judged": evaluation.judged} | evaluation.lists
    tables |= {f"scores of {method}": row for method, row in evaluation.scores.items()}
    return {f"{table} {name}": value for table, row in tables.items() for name, value in row.items()}


def learnt_and_found(log: InteractionLog, *targets: Target) -> tuple[list[bytes], Judged]:
    trainer = RememberingTrainer()
    found = judged(log, *targets, trainer=trainer)
    return sorted(trainer.learnt), found


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
    learnt, found = learnt_and_found(SHORT)
    learnt_there, found_there = learnt_and_found(other)
    assert learnt_there == learnt
    assert found_there.evaluation != found.evaluation


def test_nothing_after_the_cut_is_learnt_from_for_any_of_several_goals() -> None:
    targets = (INTERACTION, CART)
    cut = newest_stretch(LOG.start, LOG.end, targets).start
    other = replace(LOG, item=np.where(LOG.timestamp >= cut, LOG.item[::-1], LOG.item))
    learnt, found = learnt_and_found(LOG, *targets)
    learnt_there, found_there = learnt_and_found(other, *targets)
    assert learnt_there == learnt
    assert found_there.others != found.others
    assert found_there.others.keys() == found.others.keys() == {"cart"}


def said(timestamp: int, kind: Property, *values: str) -> PropertyBatch:
    """The same kind of row for every item; the values take turns."""
    return PropertyBatch(
        np.full(len(ITEMS), timestamp),
        np.array(ITEMS, np.object_),
        np.full(len(ITEMS), kind, np.int8),
        np.resize(np.array(values, np.object_), len(ITEMS)),
    )


def catalogue_of(*batches: PropertyBatch, shifted: int = 0) -> CatalogueHistory:
    """What `large_catalogue` says, and then this; all of it so many milliseconds later."""
    rows = [large_properties(), *batches]
    return CatalogueHistory.of(
        PropertyBatch(
            np.concatenate([each.timestamp for each in rows]) + shifted,
            np.concatenate([each.item_id for each in rows]),
            np.concatenate([each.property for each in rows]),
            np.concatenate([each.value for each in rows]),
        ),
        CategoryTree.of(TREE),
    )


@pytest.mark.parametrize("weeks", [-100, 1])
def test_the_same_shop_some_weeks_earlier_or_later_has_the_same_figures(weeks: int) -> None:
    """Nothing is learnt from dates: only from hours, days of the week, and how long ago things were."""
    shift = weeks * 7 * DAY
    moved = replace(SHORT, timestamp=SHORT.timestamp + shift)
    assert evaluated(moved, catalogue=catalogue_of(shifted=shift)) == evaluated(SHORT)


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
