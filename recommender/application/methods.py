"""The methods that an evaluation compares: what is served, and each step on the way there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recommender.application.fit import Lesson
from recommender.application.ports import Trainer
from recommender.domain.errors import NotEnoughData
from recommender.domain.evaluation import Method
from recommender.domain.features import BLOCKS
from recommender.domain.index import Index
from recommender.domain.ranking import Ranker

TIME = "time alone"
CATEGORY = "time and category"
"""The two baselines: a logistic regression on when it is, and one that also knows categories."""


@dataclass(frozen=True)
class Trainers:
    """ranker: fits what is served. baseline: what it is compared with."""

    ranker: Trainer
    baseline: Trainer


def all_methods(
    index: Index, lesson: Lesson, ranker: Ranker, trainers: Trainers, *, ablations: bool
) -> Iterator[Method]:
    """A ranker that is served; then the baselines, each source alone, and what is served without each."""
    everything = Method.served(index, ranker)
    yield everything
    baseline = lesson.taught(trainers.baseline).ranker
    if everything.name != baseline.NAME:  # a tally knows methods by their names
        yield Method(baseline.NAME, baseline, everything.columns, everything.sources)
    for name, blocks in ((TIME, ("time",)), (CATEGORY, ("time", "category"))):
        columns = _columns_of(lesson, blocks)
        ranker = lesson.taught(trainers.baseline, columns=columns).ranker
        yield Method(name, ranker, columns, everything.sources, orders=name != TIME)
    for number in range(len(index.sources)):
        yield Method.alone(index, number)
    if ablations:
        for number in range(len(index.sources)):
            with suppress(NotEnoughData):  # what others find may be too little to learn from
                yield _without(index, lesson, trainers, number)


def _without(index: Index, lesson: Lesson, trainers: Trainers, number: int) -> Method:
    """What would be served if a source had never been written."""
    name = index.sources[number].NAME
    its = {f"{name}_{column}" for column in (*index.sources[number].COLUMNS, "rank")}
    columns = np.array([at for at, each in enumerate(lesson.columns) if each not in its])
    others = np.delete(np.arange(len(index.sources)), number)
    ranker = lesson.without(number, len(index.sources)).taught(trainers.ranker, columns=columns).ranker
    return Method(f"without {name}", ranker, columns, others)


def _columns_of(lesson: Lesson, blocks: tuple[str, ...]) -> NDArray[np.int64]:
    names = {column for block in BLOCKS if block.name in blocks for column in block.columns}
    return np.array([at for at, each in enumerate(lesson.columns) if each in names])
