"""Sessions: a shopper's events with no pause of more than thirty minutes between them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import MINUTE, InteractionLog, Times

SESSION_GAP = 30 * MINUTE
"""A longer pause begins a new session; the length is web analytics' convention."""


def by_shopper(log: InteractionLog) -> NDArray[np.int64]:
    """Positions that sort the log by shopper and, within one, by time; int64 (n,)."""
    return np.argsort(log.user, kind="stable")


def session_numbers(user: NDArray[np.integer], timestamp: Times) -> NDArray[np.int64]:
    """Number the sessions of events sorted by (user, time) from 0; int64 (n,)."""
    begins = np.ones(len(user), bool)
    begins[1:] = (np.diff(user) != 0) | (np.diff(timestamp) > SESSION_GAP)
    return np.cumsum(begins) - 1


def current_session(timestamp: Times, moment: int) -> int:
    """Position in one shopper's ascending times where the session that is live at `moment` begins.

    len(timestamp) when the shopper has been away for longer than a session's gap.
    """
    if not len(timestamp) or moment - timestamp[-1] > SESSION_GAP:
        return len(timestamp)
    pauses = np.flatnonzero(np.diff(timestamp) > SESSION_GAP)
    return int(pauses[-1]) + 1 if len(pauses) else 0
