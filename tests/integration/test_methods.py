"""What an evaluation compares with what is served: baselines, sources, other goals, and harder questions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import numpy as np
import pytest
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers
from numpy.typing import NDArray
from worlds_large import large_catalogue, large_log, rows_of

from recommender.adapters.sklearn import BoostedTrainer
from recommender.application.evaluate import Evaluate, Judged
from recommender.application.fit import Fit
from recommender.application.methods import CATEGORY, TIME, Trainers
from recommender.application.ports import Fitted, Trainer
from recommender.domain.errors import NotEnoughData
from recommender.domain.evaluation import POPULARITY, Evaluation, Tally, judge
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES, Query, Source
from recommender.domain.retrieval.findings import Listed
from recommender.domain.retrieval.own_items import OwnItems
from recommender.domain.retrieval.popular_in_shop import PopularInShop
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import CART, INTERACTION, PURCHASE, Target

LOG = large_log(visits=180)
NAMES = [source.NAME for source in SOURCES]
WITHOUT = [f"without {name}" for name in NAMES]


class Silent(OwnItems):
    """Finds nothing."""

    NAME: ClassVar[str] = "silent"

    def ask(self, query: Query) -> Listed:
        return Listed(query.distinct[:0], np.empty(0, np.int8))


class ColumnsTrainer(FakeTrainer):
    """Keeps the columns of every fit."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: list[tuple[str, ...]] = []

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        self.columns.append(columns)
        return super().fit(columns, table, label, kept)


def judged(
    log: InteractionLog,
    *targets: Target,
    ranker: Trainer | None = None,
    baseline: Trainer | None = None,
    sources: Sequence[type[Source]] = SOURCES,
    thorough: bool = False,
) -> Judged:
    fit = Fit(InProcessWorkers(), FakeProgress(), sources)
    evaluate = Evaluate(fit, Trainers(ranker or FakeTrainer(), baseline or FakeTrainer()))
    return evaluate(log, large_catalogue(), targets or (INTERACTION,), 1, thorough=thorough)


@pytest.fixture(scope="module")
def thorough() -> Judged:
    return judged(LOG, thorough=True)


def test_what_is_served_comes_first_then_baselines_and_each_source_alone() -> None:
    found = judged(LOG, ranker=BoostedTrainer(rounds=5))
    assert [method.name for method in found.methods] == ["boosted", "logistic", TIME, CATEGORY, *NAMES]
    assert list(found.evaluation.lists) == ["boosted", "logistic", CATEGORY, *NAMES]
    assert set(found.evaluation.scores) == {"boosted", "logistic", TIME, CATEGORY, POPULARITY}


def test_a_method_that_is_its_own_baseline_is_judged_once() -> None:
    assert [method.name for method in judged(LOG).methods] == ["logistic", TIME, CATEGORY, *NAMES]


def each_case(found: Judged) -> Tally:
    """What was judged, with an array for each case."""
    return judge(found.index, found.methods, found.replay, np.arange(len(found.replay)))


def test_time_alone_knows_only_when_it_is_and_cannot_order() -> None:
    baseline = ColumnsTrainer()
    found = judged(LOG, baseline=baseline)
    _, time, category = baseline.columns
    assert time == ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos")
    assert category == (*time, "has_category", "same_category", "shared_levels", "session_share")
    assert TIME not in found.evaluation.lists
    assert CATEGORY in found.evaluation.lists
    for score in each_case(found).score[TIME]:
        assert len(set(score.tolist())) == 1


def test_a_thorough_evaluation_leaves_each_source_out_once_and_changes_no_other_figure(
    thorough: Judged,
) -> None:
    quick = judged(LOG)
    assert [method.name for method in thorough.methods] == [*(each.name for each in quick.methods), *WITHOUT]
    assert quick.unfiltered == {}
    assert thorough.evaluation.judged == quick.evaluation.judged
    assert thorough.evaluation.scores == quick.evaluation.scores
    others = {name: row for name, row in thorough.evaluation.lists.items() if name not in WITHOUT}
    assert others == quick.evaluation.lists


def test_what_would_be_served_without_a_source_knows_nothing_of_it() -> None:
    ranker = ColumnsTrainer()
    found = judged(LOG, ranker=ranker, thorough=True)
    everything, *without = ranker.columns
    assert len(without) == len(SOURCES)
    for source, columns, method in zip(SOURCES, without, found.methods[-len(SOURCES) :], strict=True):
        its = {f"{source.NAME}_{column}" for column in (*source.COLUMNS, "rank")}
        assert its <= set(everything)
        assert columns == tuple(name for name in everything if name not in its)
        assert [everything[each] for each in method.columns] == list(columns)
        assert [NAMES[each] for each in method.sources] == [each for each in NAMES if each != source.NAME]


def test_without_the_only_source_that_finds_it_an_item_is_not_shown() -> None:
    found = judged(LOG, sources=(OwnItems, PopularInShop), thorough=True)
    shown = each_case(found).shown
    for own, left in zip(shown["own_items"], shown["without popular"], strict=True):
        assert sorted(own.tolist()) == sorted(left.tolist())
    lists = found.evaluation.lists
    assert lists["logistic"]["HR@20"] > lists["without popular"]["HR@20"]


def test_a_source_without_which_too_little_is_left_to_learn_from_is_not_left_out() -> None:
    names = [method.name for method in judged(LOG, sources=(OwnItems, Silent), thorough=True).methods]
    assert "without silent" in names
    assert "without own_items" not in names


def figures_of(found: Evaluation, method: str) -> dict[str, float]:
    return found.judged | found.lists[method] | found.scores[method]


def test_where_nothing_is_new_in_the_shop_the_filter_changes_no_figure() -> None:
    found = judged(large_log(visits=600), thorough=True)
    assert found.unfiltered == figures_of(found.evaluation, "logistic")


def test_items_that_the_past_did_not_have_are_cases_and_misses_without_the_filter(thorough: Judged) -> None:
    cut = thorough.cut
    items = [f"new-{item}" if time >= cut and time % 2 else item for time, _, _, item in rows_of(LOG)]
    rows = [(time, user, kind, item) for (time, user, kind, _), item in zip(rows_of(LOG), items, strict=True)]
    found = judged(InteractionLog.of(*rows), thorough=True)
    stop = LOG.end - INTERACTION.horizon
    assert found.unfiltered["cases"] == ((LOG.timestamp >= cut) & (LOG.timestamp < stop)).sum()
    assert found.unfiltered["cases"] > found.evaluation.judged["cases"]
    assert found.unfiltered["HR@20"] < figures_of(found.evaluation, "logistic")["HR@20"]
    newcomers = [each for each in items if each.startswith("new-")]
    assert len(newcomers) > 20


def test_other_goals_are_judged_by_their_own_rankers_on_the_same_cases() -> None:
    log, targets = large_log(visits=600, carts=0.6), (PURCHASE, CART, INTERACTION)
    ranker = FakeTrainer()
    found = judged(log, *targets, ranker=ranker)
    assert list(found.others) == ["cart", "interaction"]
    positives = [each[1] for each in ranker.fits]
    assert len(positives) == len(set(positives)) == 3, "one fit for each goal"
    for figures in found.others.values():
        assert figures["cases"] == found.evaluation.judged["cases"]
        assert figures["rows"] == found.evaluation.judged["rows"]
        assert figures["base rate"] == figures["positive rows"] / figures["rows"]
        assert figures["ROC-AUC"] > 0.8
        assert {"HR@20", "new HR@20", "coverage@20", "average precision", "mean score"} <= figures.keys()


def test_the_figures_of_another_goal_are_those_it_has_on_these_cases_when_it_is_the_default() -> None:
    """Here both goals have the same longest stretch, and the longest horizon is that of one of them."""
    log = large_log(visits=600, carts=0.6)
    stretch = newest_stretch(log.start, log.end, (PURCHASE, CART))
    found = judged(log, PURCHASE, CART)
    replay = Replay.of(found.index, log, stretch.stop, CART)
    lesson = Fit(InProcessWorkers(), FakeProgress(), SOURCES).lesson(
        log.until(stretch.start), large_catalogue(), (CART, PURCHASE), 1, stretch.start
    )
    method = replace(found.methods[0], ranker=lesson.taught(FakeTrainer()).ranker)
    tally = judge(found.index, [method], replay, np.arange(len(replay)))
    expected = figures_of(Evaluation.of(found.index, tally), "logistic")
    assert found.others["cart"] == pytest.approx(expected)


@pytest.mark.parametrize("kinds", [(EventType.VIEW,), (EventType.VIEW, EventType.ADDTOCART)])
def test_other_goals_that_cannot_be_learnt_are_left_out(kinds: tuple[EventType, ...]) -> None:
    log = large_log(visits=600, carts=0.6)
    types = np.where(np.isin(log.type, kinds), log.type, np.int8(EventType.VIEW))
    found = judged(replace(log, type=types), INTERACTION, CART, PURCHASE)
    assert list(found.others) == ["cart"] * (EventType.ADDTOCART in kinds)


def test_another_goal_that_can_be_learnt_but_not_judged_is_left_out() -> None:
    """Nobody puts anything into the cart any more."""
    log = large_log(visits=600, carts=0.6)
    cut = newest_stretch(log.start, log.end, (INTERACTION, CART)).start
    views = np.where(log.timestamp < cut, log.type, np.int8(EventType.VIEW))
    ranker = FakeTrainer()
    found = judged(replace(log, type=views), INTERACTION, CART, ranker=ranker)
    assert len(ranker.fits) == 2
    assert found.others == {}


def test_a_default_goal_that_cannot_be_learnt_is_refused_whatever_others_can() -> None:
    views = large_log(visits=600).taking(large_log(visits=600).type == EventType.VIEW)
    with pytest.raises(NotEnoughData, match="The goal 'purchase' has 0 positive rows"):
        judged(views, PURCHASE, INTERACTION)
