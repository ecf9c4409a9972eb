"""Fit: rankers learn from the log's newest stretches, replayed on what was known before each of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from recommender.application.ports import Fitted, Progress, Trainer, Workers
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.errors import NotEnoughData
from recommender.domain.events import InteractionLog
from recommender.domain.features import feature_names
from recommender.domain.index import Index
from recommender.domain.replay import Replay
from recommender.domain.retrieval import Source
from recommender.domain.splitting import newest_stretches
from recommender.domain.targets import Target
from recommender.domain.training import MOST_CASES, TrainingRows, share_kept, training_rows

PART = 500
"""Cases per task. Fixed, so that the figures do not depend on the number of processes."""

FEWEST_POSITIVES = 50
"""With fewer positive rows a ranker would fit noise."""

AT_ONCE = 2
"""Rankers fitted at a time, in threads: trainers compute outside Python. Each takes a copy of its rows."""


@dataclass(frozen=True, eq=False)
class Lesson:
    """What rankers learn from: rows labelled for some targets; of the negatives the share `kept` is left.

    indexes: those that were replayed on, by the moment (ms) up to which they know the log.
    """

    columns: tuple[str, ...]
    targets: tuple[Target, ...]
    rows: TrainingRows
    kept: float
    indexes: Mapping[int, Index]

    def taught(self, trainer: Trainer, number: int = 0, columns: NDArray[np.int64] | None = None) -> Fitted:
        """A ranker for one target on all columns or on some; NotEnoughData if too few rows are positive."""
        table, label = self.rows.of_target(number)
        if label.sum() < FEWEST_POSITIVES:
            raise NotEnoughData(
                f"The goal {self.targets[number].goal!r} has {int(label.sum())} positive rows to learn from, "
                f"at least {FEWEST_POSITIVES} are needed."
            )
        if columns is None:
            return trainer.fit(self.columns, table, label, self.kept)
        return trainer.fit(tuple(self.columns[each] for each in columns), table[:, columns], label, self.kept)

    def without(self, source: int, sources: int) -> Lesson:
        """The same lesson as if a source had never been asked: its candidates and columns are missing."""
        others = [each for each in range(sources) if each != source]
        found = (self.rows.table[:, len(self.columns) - sources :][:, others] > 0).any(axis=1)
        rows = TrainingRows(self.rows.table[found], self.rows.label[found], self.rows.drawn[found])
        return Lesson(self.columns, self.targets, rows, self.kept, self.indexes)


@dataclass(frozen=True)
class Fit:
    """Learns indexes and rankers from logs."""

    workers: Workers
    progress: Progress
    sources: Sequence[type[Source]]

    def index(self, log: InteractionLog, catalogue: CatalogueHistory) -> Index:
        """What retrieval knows after the whole log."""
        return Index.fit(log, catalogue, self.sources)

    def lesson(
        self,
        log: InteractionLog,
        catalogue: CatalogueHistory,
        targets: tuple[Target, ...],
        seed: int,
        end: int,
        ready: Mapping[int, Index] | None = None,
    ) -> Lesson:
        """What the newest stretches teach whose labels are complete in a log watched until `end` (ms).

        `ready`: indexes that have been fitted already, by the moment (ms) up to which they know this log.
        """
        rng = np.random.default_rng(seed)
        stretches = newest_stretches(log.start, end, targets)
        indexes = {
            each.start: (ready or {}).get(each.start) or self.index(log.until(each.start), catalogue)
            for each in stretches
        }
        kept = 1.0
        parts: list[TrainingRows] = []
        for stretch in stretches:
            index = indexes[stretch.start]
            replay = Replay.of(index, log.until(stretch.end), stretch.stop, targets[0])
            cases = drawn(len(replay), MOST_CASES // len(stretches), rng)
            if not parts and len(cases):
                kept = share_kept(index, replay, cases, len(cases) * len(stretches))
            parts.extend(self._rows(partial(_rows, index, replay, targets, kept), cases, rng))
        if not parts:
            raise NotEnoughData("The newest stretch of the log has no case to learn from.")
        columns = feature_names(indexes[stretches[0].start])
        return Lesson(columns, targets, TrainingRows.joined(parts), kept, indexes)

    def rankers(self, lesson: Lesson, trainer: Trainer) -> dict[str, Fitted]:
        """Goal -> ranker: of the first target, or NotEnoughData; of the others those that can be learnt."""
        rankers: dict[str, Fitted] = {}
        with ThreadPoolExecutor(AT_ONCE) as threads:
            fits = [threads.submit(lesson.taught, trainer, number) for number in range(len(lesson.targets))]
            shown = self.progress(fits, "fitting rankers", len(fits))
            for target, ranker in zip(lesson.targets, shown, strict=True):
                with suppress(NotEnoughData) if rankers else nullcontext():
                    rankers[target.goal] = ranker.result()
        return rankers

    def _rows(
        self, task: partial[TrainingRows], cases: NDArray[np.int64], rng: np.random.Generator
    ) -> Iterator[TrainingRows]:
        pieces = parted(cases)
        tasks = list(zip(pieces, rng.spawn(len(pieces)), strict=True))
        return self.progress(self.workers.map(task, tasks), "replaying for the ranker", len(tasks))


def _rows(
    index: Index,
    replay: Replay,
    targets: Sequence[Target],
    kept: float,
    part: tuple[NDArray[np.int64], np.random.Generator],
) -> TrainingRows:
    cases, rng = part
    return training_rows(index, replay, targets, cases, kept, rng)


def drawn(cases: int, most: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """All cases, or `most` of them drawn without replacement; ascending."""
    return np.arange(cases) if cases <= most else np.sort(rng.choice(cases, most, replace=False))


def parted(cases: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cases in parts of PART."""
    return [cases[start : start + PART] for start in range(0, len(cases), PART)]
