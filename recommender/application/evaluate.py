"""Evaluate: fit rankers on the past, and judge them on what came next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recommender.application.fit import Fit, drawn, parted
from recommender.application.methods import Trainers, all_methods
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.errors import NotEnoughData
from recommender.domain.evaluation import Evaluation, Method, Tally, judge
from recommender.domain.events import InteractionLog
from recommender.domain.index import Index
from recommender.domain.ranking import Ranker
from recommender.domain.replay import Replay
from recommender.domain.splitting import newest_stretch, require_length
from recommender.domain.targets import Target

JUDGED_CASES = 30_000
"""At most so many are judged, drawn evenly; a hit rate is then known to about 0.3 points."""

OTHERS_CASES = 10_000
"""Of the goals beside the default one; a hit rate is then known to about 0.5 points."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What was judged, on the cases of [cut, stop) in ms, by a fit on what came before.

    indexes: every index that was fitted, by the moment (ms) up to which it knows the log.
    tally: of the default target. others: goal -> the figures of the served ranker for each other target.
    unfiltered: its figures if items that the past did not have are asked for too; only if it was thorough.
    """

    indexes: Mapping[int, Index]
    replay: Replay
    methods: tuple[Method, ...]
    tally: Tally
    evaluation: Evaluation
    others: dict[str, dict[str, float]]
    unfiltered: dict[str, float]
    cut: int
    stop: int

    @property
    def index(self) -> Index:
        """What was known of what came before the cut."""
        return self.indexes[self.cut]


@dataclass(frozen=True)
class Evaluate:
    """Judges what Fit makes of the past on the newest stretch, which it is not shown."""

    fit: Fit
    trainers: Trainers

    def __call__(
        self,
        log: InteractionLog,
        catalogue: CatalogueHistory,
        targets: tuple[Target, ...],
        seed: int,
        *,
        thorough: bool = False,
    ) -> Judged:
        """Judge the first target by all methods, and the others as they are served.

        If it is to be thorough, each source is left out once, and nothing is taken out of the stretch.
        """
        require_length(log.start, log.end, targets)
        stretch = newest_stretch(log.start, log.end, targets)
        past = log.until(stretch.start)
        lesson = self.fit.lesson(past, catalogue, targets, seed, stretch.start)
        index = self.fit.index(past, catalogue)
        replay = Replay.of(index, log, stretch.stop, targets[0])
        fitted = self.fit.rankers(lesson, self.trainers.ranker)
        rankers = {goal: each.ranker for goal, each in fitted.items()}
        served = rankers[targets[0].goal]
        fits = all_methods(index, lesson, served, self.trainers, ablations=thorough)
        methods = tuple(self.fit.progress(fits, "fitting", None))
        indexes = {**lesson.indexes, stretch.start: index}
        del lesson  # its rows: memory that judging by all methods needs
        others = self._others(index, rankers, targets[1:], replay, seed)
        tally = self._judged(index, methods, replay, seed)
        unfiltered: dict[str, float] = {}
        if thorough:
            everything = Replay.of(index, log, stretch.stop, targets[0], known_only=False)
            unfiltered = _figures(index, methods[0], self._judged(index, methods[:1], everything, seed))
        evaluation = Evaluation.of(index, tally)
        cut, stop = stretch.start, stretch.stop
        return Judged(indexes, replay, methods, tally, evaluation, others, unfiltered, cut, stop)

    def _judged(
        self, index: Index, methods: Sequence[Method], replay: Replay, seed: int, most: int = JUDGED_CASES
    ) -> Tally:
        cases = drawn(len(replay), most, np.random.default_rng(seed))
        if not len(cases):
            raise NotEnoughData("The newest stretch of the log has no case to judge.")
        tally = tallied(self.fit, index, methods, replay, cases)
        if not tally.answers():
            raise NotEnoughData(
                "In the newest stretch of the log no case has an answer to judge by: "
                f"the goal {replay.target.goal!r} was never reached, or nothing was on sale."
            )
        return tally

    def _others(
        self,
        index: Index,
        rankers: Mapping[str, Ranker],
        targets: Sequence[Target],
        replay: Replay,
        seed: int,
    ) -> dict[str, dict[str, float]]:
        """The figures of the other targets' rankers; without those that cannot be judged."""
        others: dict[str, dict[str, float]] = {}
        for target in targets:
            if target.goal in rankers:
                method = Method.served(index, rankers[target.goal])
                with suppress(NotEnoughData):
                    tally = self._judged(index, [method], replay.towards(target), seed, OTHERS_CASES)
                    others[target.goal] = _figures(index, method, tally)
        return others


def tallied(
    fit: Fit, index: Index, methods: Sequence[Method], replay: Replay, cases: NDArray[np.int64]
) -> Tally:
    """Judge some cases, shared among processes."""
    parts, tally = parted(cases), Tally()
    task = partial(_packed, index, methods, replay)
    for each in fit.progress(fit.workers.map(task, parts), "judging", len(parts)):
        tally.merge(each)
    return tally


def _packed(index: Index, methods: Sequence[Method], replay: Replay, cases: NDArray[np.int64]) -> Tally:
    """What `judge` says, packed where it was counted."""
    return judge(index, methods, replay, cases).packed()


def _figures(index: Index, method: Method, tally: Tally) -> dict[str, float]:
    """All figures of the only method in a tally."""
    found = Evaluation.of(index, tally)
    return found.judged | found.lists[method.name] | found.scores[method.name]
