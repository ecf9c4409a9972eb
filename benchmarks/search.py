"""The ranker's hyper-parameters: a repeatable search on a stretch that no reported figure is made of.

    python -m benchmarks.search [--goal GOAL] [--trials N] [--seed N]

The stored log is cut where the reported stretch begins, and the newest stretch of what is left is the
validation stretch: rankers are fitted on what precedes it and judged on it, all on the same cases. The first
trial is what is in use, the second is the logistic baseline.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

import numpy as np

from recommender.adapters.sklearn import BoostedTrainer, LogisticTrainer
from recommender.application.evaluate import tallied
from recommender.application.fit import Lesson, drawn
from recommender.application.ports import Trainer
from recommender.container import Container
from recommender.domain.evaluation import Evaluation, Method
from recommender.domain.index import Index
from recommender.domain.replay import Replay
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import TARGETS, supported
from recommender.entrypoints.cli.screen import shown
from recommender.settings import read_settings

JUDGED = 8_000
SHOWN = ("HR@20", "MRR@20", "nDCG@20", "ROC-AUC", "average precision")
ROUNDS = (60, 100, 150, 250)
RATES = (0.05, 0.08, 0.12, 0.2)
SMALLEST = (20, 50, 200)
MOST_LEAVES = (8, 16, 31)
POSITIVES = (500, 1_000, 2_000, 4_000)
PENALTIES = (0.003, 0.01, 0.02, 0.05)


def main() -> int:
    """Print a line per trial, with what each choice gives on the validation stretch."""
    given = arguments()
    container = Container(settings=read_settings(), progress=shown)
    log, fit = container.events().read(), container.fit()
    targets, _ = supported(log, given.goal)
    past = log.until(newest_stretch(log.start, log.end, targets).start)
    stretch = newest_stretch(past.start, past.end, targets)
    before, catalogue = past.until(stretch.start), container.catalogue().history()
    lesson = fit.lesson(before, catalogue, targets, given.seed, stretch.start)
    index = fit.index(before, catalogue)
    chosen = list(islice(trials(np.random.default_rng(given.seed)), given.trials))
    methods = tuple(fit.progress(fitted(index, lesson, chosen), "fitting", len(chosen)))
    replay = Replay.of(index, past, stretch.stop, targets[0])
    cases = drawn(len(replay), JUDGED, np.random.default_rng(given.seed))
    evaluation = Evaluation.of(index, tallied(fit, index, methods, replay, cases))
    answered = evaluation.judged["cases with an answer"]
    print(f"goal {targets[0].goal}, {answered:,} cases from {stretch.start} ms to {stretch.stop} ms")
    print("  ".join(SHOWN))
    for method in methods:
        figures = evaluation.lists[method.name] | evaluation.scores[method.name]
        print("  ".join(f"{figures.get(name, np.nan):{len(name)}.4f}" for name in SHOWN), method.name)
    return 0


def arguments() -> argparse.Namespace:
    """What was asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--goal", choices=TARGETS, help="(default: what the log supports)")
    asked.add_argument("--trials", type=int, default=12)
    asked.add_argument("--seed", type=int, default=7)
    return asked.parse_args()


def trials(rng: np.random.Generator) -> Iterator[Trainer]:
    """What is in use, the baseline, and choices drawn at random (Bergstra and Bengio, JMLR 2012)."""
    yield BoostedTrainer()
    yield LogisticTrainer()
    while True:
        yield BoostedTrainer(
            rounds=int(rng.choice(ROUNDS)),
            learning_rate=float(rng.choice(RATES)),
            smallest_leaf=int(rng.choice(SMALLEST)),
            most_leaves=int(rng.choice(MOST_LEAVES)),
            positives_per_leaf=int(rng.choice(POSITIVES)),
            penalty=float(rng.choice(PENALTIES)),
        )


def fitted(index: Index, lesson: Lesson, trainers: Iterable[Trainer]) -> Iterator[Method]:
    """What each trainer would serve, by a name of its own: a tally knows methods by their names."""
    for number, trainer in enumerate(trainers, start=1):
        ranker = lesson.taught(trainer).ranker
        yield replace(Method.served(index, ranker), name=f"{number:2} {trainer}")


if __name__ == "__main__":
    sys.exit(main())
