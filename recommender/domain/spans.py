"""Stretches of an array that holds many lists one after another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def spans(
    start: NDArray[np.integer], length: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions start[i] .. start[i] + length[i] - 1 of every span in turn, and the span i of each."""
    owner = np.repeat(np.arange(len(start), dtype=np.int64), length)
    position: NDArray[np.int64] = np.arange(len(owner)) + (start - (np.cumsum(length) - length))[owner]
    return position, owner
