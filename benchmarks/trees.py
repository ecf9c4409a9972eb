"""How long boosted trees take for the rows of one request: three ways to the same probabilities.

The forest is of the size that is fitted by default, with thresholds as scikit-learn finds them in normally
distributed columns. In one table half of the columns are the same in all rows, as time and shopper are in a
request; in the other none is. The ways take turns of a few calls, so that the ratios mean something on a busy
machine, too. scikit-learn is given one thread.
"""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping
from statistics import median

import joblib
import numpy as np
from threadpoolctl import threadpool_limits

from recommender.adapters.sklearn import BoostedTrainer
from recommender.adapters.sklearn.boosted import forest_of
from recommender.domain.ids import ABSENT
from recommender.domain.popularity import Floats
from recommender.domain.trees import BoostedRanker, Tree

COLUMNS = 50
LEARNT_ROWS = 20_000
TURNS = 40
CALLS = 10


def main() -> int:
    """Print medians in us, and how many times as long as the ranker the others take."""
    rng = np.random.default_rng(7)
    table = rng.normal(size=(LEARNT_ROWS, COLUMNS))
    label = table @ rng.normal(size=COLUMNS) / 3 + table[:, 0] * table[:, 1] > rng.normal(1, 1, LEARNT_ROWS)
    names = tuple(f"column {each}" for each in range(COLUMNS))
    fitted = BoostedTrainer().fit(names, table, label, kept=1.0)
    pipeline = joblib.load(io.BytesIO(fitted.pipeline))
    trees, baseline = forest_of(pipeline[0])
    forest, root = Tree.joined(trees)
    ways: dict[str, Callable[[Floats], Floats]] = {
        "BoostedRanker": BoostedRanker.of(names, trees, baseline).probabilities,
        "level by level": lambda rows: walked(forest, root, baseline, rows),
        "scikit-learn": lambda rows: pipeline.predict_proba(rows)[:, 1],
    }
    print(f"{len(trees)} trees, {(forest.column == ABSENT).sum():,} leaves, {COLUMNS} columns; us (ratio)")
    print(f"{'':32s}" + "".join(f"{name:>22s}" for name in ways))
    with threadpool_limits(limits=1, user_api="openmp"):
        for rows in (100, 200):
            varying = rng.normal(size=(rows, COLUMNS))
            half = varying.copy()
            half[:, ::2] = half[0, ::2]
            report(f"{rows} rows, half of columns vary", ways, half)
            report(f"{rows} rows, all columns vary", ways, varying)
    return 0


def walked(forest: Tree, root: np.ndarray, baseline: float, table: Floats) -> Floats:
    """All rows go down all trees in step, one depth at a time, until the last is at a leaf."""
    node = np.tile(root, (len(table), 1))
    row = np.arange(len(table))[:, None]
    while True:
        column = forest.column[node]
        if (column == ABSENT).all():
            log_odds = forest.value[node].sum(axis=1) + baseline
            return np.asarray(1 / (1 + np.exp(-log_odds)))
        below = np.where(table[row, column] <= forest.threshold[node], forest.left[node], forest.right[node])
        node = np.where(column == ABSENT, node, below)


def report(what: str, ways: Mapping[str, Callable[[Floats], Floats]], table: Floats) -> None:
    """Print what each way takes; all must find the same."""
    expected, *others = (way(table) for way in ways.values())
    for other in others:
        np.testing.assert_allclose(other, expected, rtol=1e-9)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for name in list(ways) * TURNS:
        for _ in range(CALLS):
            began = time.perf_counter()
            ways[name](table)
            took[name].append(time.perf_counter() - began)
    medians = [median(each) * 1e6 for each in took.values()]
    print(f"{what:32s}" + "".join(f"{each:14.0f} ({each / medians[0]:5.1f})" for each in medians))


if __name__ == "__main__":
    sys.exit(main())
