"""How much a shopper may count: robots look at thousands of items and want none of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import InteractionLog

MOST_EVENTS = 100.0
"""All of a shopper's events together count at most so many. Few people reach it, and every robot does."""


def influence(log: InteractionLog) -> NDArray[np.float64]:
    """What each event counts in sums over shoppers, in (0, 1]; float64 (events,).

    Nobody is called a robot by a threshold: whoever does more than most counts as much as somebody who does
    MOST_EVENTS, spread evenly over what they did.
    """
    events = np.bincount(log.user, minlength=len(log.users))
    share = MOST_EVENTS / np.maximum(events, MOST_EVENTS)
    return share[log.user]
