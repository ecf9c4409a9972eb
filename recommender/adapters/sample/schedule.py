"""When visits start, so that no visitor is in the shop twice at a time."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

# A log is cut into visits at gaps of 30 minutes, and paying takes up to ten minutes after the last view.
LEAST_ABSENCE_MS = 45 * 60_000
MEAN_ABSENCE_MS = 3 * 3_600_000


def arrange(
    visitor: NDArray[np.int64],
    wished: NDArray[np.int64],
    duration: NDArray[np.int64],
    last_seen_ms: NDArray[np.int64],
    rng: Generator,
) -> NDArray[np.int64]:
    """Start times (visits,) at or after the wished ones, well after the visitor's visit before.

    `last_seen_ms` (visitors,) is brought up to date.
    """
    start = wished.copy()
    absence = LEAST_ABSENCE_MS + rng.exponential(MEAN_ABSENCE_MS, len(visitor)).astype(np.int64)
    turn = _turns(visitor, wished)
    for current in range(int(turn.max(initial=-1)) + 1):
        rows = np.flatnonzero(turn == current)
        who = visitor[rows]
        start[rows] = np.maximum(wished[rows], last_seen_ms[who] + absence[rows])
        last_seen_ms[who] = start[rows] + duration[rows]
    return start


def _turns(visitor: NDArray[np.int64], wished: NDArray[np.int64]) -> NDArray[np.int64]:
    """The place of each visit among the visits of its visitor, by the wished time, from 0."""
    order = np.lexsort((wished, visitor))
    sorted_visitor = visitor[order]
    turn = np.empty(len(visitor), dtype=np.int64)
    turn[order] = np.arange(len(visitor)) - np.searchsorted(sorted_visitor, sorted_visitor)
    return turn
