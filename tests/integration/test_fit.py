"""What rankers learn from: rows of the newest stretches, each replayed on an index of what was before it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers
from unit.domain.test_domain_shops import assert_same
from worlds_large import continued, large_catalogue, large_log, rows_of

from recommender.application.fit import FEWEST_POSITIVES, Fit, Lesson, drawn, parted
from recommender.domain.errors import NotEnoughData
from recommender.domain.events import DAY, EventType, InteractionLog
from recommender.domain.features import feature_names
from recommender.domain.replay import Replay
from recommender.domain.retrieval import SOURCES
from recommender.domain.retrieval.own_items import OwnItems
from recommender.domain.retrieval.popular_in_category import PopularInCategory
from recommender.domain.retrieval.session_neighbours import SessionNeighbours
from recommender.domain.splitting import newest_stretches
from recommender.domain.targets import CART, INTERACTION, PURCHASE, Target
from recommender.domain.training import TrainingRows, training_rows

LOG = large_log(visits=400, carts=0.3)
CATALOGUE = large_catalogue()
FEW = (OwnItems, SessionNeighbours, PopularInCategory)
FIT = Fit(InProcessWorkers(), FakeProgress(), FEW)


def lesson(*targets: Target, log: InteractionLog = LOG, end: int | None = None, fit: Fit = FIT) -> Lesson:
    return fit.lesson(log, CATALOGUE, targets or (INTERACTION,), 1, log.end if end is None else end)


LESSON = lesson(INTERACTION, CART)


def test_the_cases_of_all_stretches_are_learnt_from_each_on_what_was_known_before_it() -> None:
    stretches = newest_stretches(LOG.start, LOG.end, (INTERACTION, CART))
    assert len(stretches) == 2
    assert list(LESSON.indexes) == [stretch.start for stretch in stretches]
    parts = []
    for stretch in stretches:
        index = LESSON.indexes[stretch.start]
        assert_same(index, FIT.index(LOG.until(stretch.start), CATALOGUE))
        replay = Replay.of(index, LOG.until(stretch.end), stretch.stop, INTERACTION)
        assert len(replay) == ((stretch.start <= LOG.timestamp) & (LOG.timestamp < stretch.stop)).sum()
        cases, rng = np.arange(len(replay)), np.random.default_rng()
        parts.append(training_rows(index, replay, LESSON.targets, cases, 1.0, rng))
    assert_same(LESSON.rows, TrainingRows.joined(parts))


def test_columns_are_those_of_the_index_and_rows_have_a_label_per_target() -> None:
    assert LESSON.columns == feature_names(next(iter(LESSON.indexes.values())))
    assert LESSON.rows.table.shape == (len(LESSON.rows.label), len(LESSON.columns))
    assert LESSON.rows.label.shape[1] == len(LESSON.targets) == 2
    assert LESSON.kept == 1.0
    assert LESSON.rows.drawn.all(), "so few rows need no sampling"


def test_what_happens_after_the_end_changes_nothing_that_is_learnt() -> None:
    end = LOG.start + 30 * DAY
    longer = continued(LOG, after=end)
    assert_same(lesson(CART, log=longer, end=end).rows, lesson(CART, log=LOG.until(end), end=end).rows)


def test_a_target_is_learnt_beside_others_as_it_is_alone() -> None:
    """If the others' horizons are not longer: else there are fewer cases, for all labels must be complete."""
    table, label = lesson(CART).rows.of_target(0)
    beside, same = lesson(CART, INTERACTION).rows.of_target(0)
    np.testing.assert_array_equal(beside, table)
    np.testing.assert_array_equal(same, label)


def test_indexes_that_are_ready_are_used_and_give_the_same() -> None:
    ready = {moment: FIT.index(LOG.until(moment), CATALOGUE) for moment in list(LESSON.indexes)[1:]}
    again = FIT.lesson(LOG, CATALOGUE, LESSON.targets, 1, LOG.end, ready)
    newest, second = again.indexes
    assert again.indexes[second] is ready[second]
    assert newest not in ready
    assert_same(again.rows, LESSON.rows)
    assert again.columns == LESSON.columns


def test_the_same_seed_draws_the_same_rows() -> None:
    assert_same(lesson(INTERACTION, CART).rows, LESSON.rows)


def test_each_target_has_its_own_ranker() -> None:
    trainer = FakeTrainer()
    first, second = (LESSON.taught(trainer, number).ranker for number in range(2))
    assert first.features == second.features == LESSON.columns
    assert [positives for _, positives, _ in trainer.fits] == LESSON.rows.label.sum(axis=0).tolist()
    table = LESSON.rows.table[:100]
    assert not np.array_equal(first.probabilities(table), second.probabilities(table))


def test_a_ranker_can_be_taught_some_of_the_columns() -> None:
    columns = np.array([3, 0])
    ranker = LESSON.taught(FakeTrainer(), columns=columns).ranker
    assert ranker.features == (LESSON.columns[3], LESSON.columns[0])
    whole = LESSON.rows.table
    swapped = replace(LESSON, columns=ranker.features, rows=replace(LESSON.rows, table=whole[:, columns]))
    expected = swapped.taught(FakeTrainer()).ranker.probabilities(whole[:9, columns])
    assert ranker.probabilities(whole[:9, columns]) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("positives", [0, FEWEST_POSITIVES - 1])
def test_too_few_positives_are_refused_and_counted(positives: int) -> None:
    label = np.zeros_like(LESSON.rows.label)
    label[:positives, 1] = True
    poor = replace(LESSON, rows=replace(LESSON.rows, label=label))
    with pytest.raises(NotEnoughData) as refused:
        poor.taught(FakeTrainer(), 1)
    assert str(refused.value) == (
        f"The goal 'cart' has {positives} positive rows to learn from, at least 50 are needed."
    )


def test_each_goal_gets_the_ranker_that_it_is_taught_alone() -> None:
    rankers = FIT.rankers(LESSON, FakeTrainer())
    assert list(rankers) == ["interaction", "cart"]
    for number, ranker in enumerate(rankers.values()):
        assert_same(ranker, LESSON.taught(FakeTrainer(), number))


def test_of_the_goals_only_the_first_must_be_learnt() -> None:
    label = LESSON.rows.label.copy()
    label[:, 1] = False
    poor = replace(LESSON, rows=replace(LESSON.rows, label=label))
    assert list(FIT.rankers(poor, FakeTrainer())) == ["interaction"]
    poor = replace(poor, targets=poor.targets[::-1], rows=replace(poor.rows, label=label[:, ::-1]))
    with pytest.raises(NotEnoughData, match="'cart'"):
        FIT.rankers(poor, FakeTrainer())


def test_just_enough_positives_are_enough() -> None:
    label = np.zeros_like(LESSON.rows.label)
    label[:FEWEST_POSITIVES] = True
    trainer = FakeTrainer()
    replace(LESSON, rows=replace(LESSON.rows, label=label)).taught(trainer)
    assert trainer.fits == [(len(label), FEWEST_POSITIVES, 1.0)]


@pytest.mark.parametrize("number", range(len(FEW)))
def test_a_lesson_without_a_source_is_the_lesson_of_the_others(number: int) -> None:
    """In a shop of which every source is asked for all that it has, to the last row and bit."""
    others = [source for source in FEW if source is not FEW[number]]
    never_asked = lesson(INTERACTION, CART, fit=replace(FIT, sources=others))
    without = LESSON.without(number, len(FEW))
    kept = [LESSON.columns.index(name) for name in never_asked.columns]
    np.testing.assert_array_equal(without.rows.table[:, kept], never_asked.rows.table)
    np.testing.assert_array_equal(without.rows.label, never_asked.rows.label)
    assert without.columns == LESSON.columns


def test_without_a_source_what_only_that_source_found_disappears_and_nothing_else() -> None:
    ranks = LESSON.rows.table[:, -len(FEW) :]
    for number in range(len(FEW)):
        found_by_others = np.delete(ranks, number, axis=1).any(axis=1)
        without = LESSON.without(number, len(FEW)).rows
        np.testing.assert_array_equal(without.table, LESSON.rows.table[found_by_others])
        np.testing.assert_array_equal(without.label, LESSON.rows.label[found_by_others])
    assert len(LESSON.without(2, len(FEW)).rows.label) < len(LESSON.rows.label)


def test_a_stretch_without_an_event_teaches_nothing() -> None:
    straggler = (LOG.end + 60 * DAY, "shopper-001", EventType.VIEW, "item-01")
    log = InteractionLog.of(*rows_of(LOG), straggler)
    with pytest.raises(NotEnoughData, match="The newest stretch of the log has no case to learn from"):
        lesson(PURCHASE, log=log, fit=replace(FIT, sources=SOURCES))


def test_cases_are_drawn_without_repetition_in_their_order_and_all_if_they_are_few() -> None:
    rng = np.random.default_rng(1)
    assert drawn(5, 5, rng).tolist() == drawn(5, 6, rng).tolist() == [0, 1, 2, 3, 4]
    assert drawn(0, 5, rng).tolist() == []
    chosen = drawn(1_000, 10, rng).tolist()
    assert sorted(set(chosen)) == chosen
    assert len(chosen) == 10


@pytest.mark.parametrize(("cases", "sizes"), [(0, []), (1, [1]), (500, [500]), (1_001, [500, 500, 1])])
def test_parts_are_of_one_size_but_for_the_last(cases: int, sizes: list[int]) -> None:
    parts = parted(np.arange(cases))
    assert [len(part) for part in parts] == sizes
    assert [case for part in parts for case in part.tolist()] == list(range(cases))
