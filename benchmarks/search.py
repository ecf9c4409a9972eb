"""The ranker's hyper-parameters: a repeatable search on a stretch that no reported figure is made of.

    python -m benchmarks.search [--trials N] [--seed N]

The stored log is cut where the reported stretch begins, and the newest stretch of what is left is the
validation stretch: trees are fitted on what precedes it and judged on it. The first trial is what is in use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from recommender.adapters.sklearn import BoostedTrainer
from recommender.application.fit import drawn
from recommender.container import Container
from recommender.domain.features import features
from recommender.domain.index import Index
from recommender.domain.metrics import LONGEST, METRICS, list_metrics
from recommender.domain.popularity import Floats
from recommender.domain.ranking import Ranker, top_n
from recommender.domain.replay import Replay
from recommender.domain.retrieval import Candidates
from recommender.domain.rules import Rules
from recommender.domain.search import Search
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import supported
from recommender.entrypoints.cli.screen import shown
from recommender.settings import read_settings

JUDGED = 8_000
SHOWN = ("HR@20", "MRR@20", "nDCG@20")
ROUNDS = (60, 100, 150, 250)
LEAVES = (15, 31, 63)
RATES = (0.05, 0.08, 0.12, 0.2)
SMALLEST = (20, 50, 200)
PENALTIES = (0.0003, 0.003, 0.01, 0.03)

Case = tuple[Candidates, Floats, NDArray[np.int32]]


def main() -> int:
    """Print a line per trial, with what each choice gives on the validation stretch."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--trials", type=int, default=12)
    asked.add_argument("--seed", type=int, default=7)
    given = asked.parse_args()
    container = Container(settings=read_settings(), progress=shown)
    log, catalogue, fit = container.events().read(), container.catalogue().history(), container.fit()
    targets, _ = supported(log, None)
    past = log.until(newest_stretch(log.start, log.end, targets).start)
    stretch = newest_stretch(past.start, past.end, targets)
    before = past.until(stretch.start)
    lesson = fit.lesson(before, catalogue, targets, given.seed, stretch.start)
    index = fit.index(before, catalogue)
    replay = Replay.of(index, past, stretch.stop, targets[0])
    cases = list(judged(index, replay, given.seed))
    print(f"goal {targets[0].goal}, {len(cases):,} cases from {stretch.start} ms to {stretch.stop} ms")
    print("  ".join(SHOWN) + "  rounds leaves rate smallest penalty")
    for trainer in trials(given.trials, np.random.default_rng(given.seed)):
        found = dict(zip(METRICS, figures(lesson.taught(trainer).ranker, cases), strict=True))
        choice = " ".join(f"{value:g}" for value in asdict(trainer).values())
        print("  ".join(f"{found[name]:.4f}" for name in SHOWN), choice, flush=True)
    return 0


def trials(number: int, rng: np.random.Generator) -> Iterator[BoostedTrainer]:
    """What is in use, and then choices drawn at random (Bergstra and Bengio, JMLR 2012)."""
    yield BoostedTrainer()
    for _ in range(number - 1):
        yield BoostedTrainer(
            rounds=int(rng.choice(ROUNDS)),
            leaves=int(rng.choice(LEAVES)),
            learning_rate=float(rng.choice(RATES)),
            smallest_leaf=int(rng.choice(SMALLEST)),
            penalty=float(rng.choice(PENALTIES)),
        )


def judged(index: Index, replay: Replay, seed: int) -> Iterator[Case]:
    """The candidates of some cases that have an answer, their features, and the answer."""
    for case in drawn(len(replay), JUDGED, np.random.default_rng(seed)).tolist():
        relevant = replay.positives(case)
        if len(relevant):
            search = Search.of(index, replay.query(index, case))
            candidates = search.candidates(Rules(), LONGEST)
            yield candidates, features(search, candidates).astype(np.float32), relevant


def figures(ranker: Ranker, cases: list[Case]) -> list[float]:
    """Means of the METRICS."""
    values = []
    for candidates, table, relevant in cases:
        best = top_n(ranker.probabilities(table.astype(np.float64)), candidates.item, LONGEST)
        values.append(list_metrics(candidates.item[best], relevant))
    means: list[float] = np.mean(values, axis=0).tolist()
    return means


if __name__ == "__main__":
    sys.exit(main())
