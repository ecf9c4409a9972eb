"""What a score is the probability of: labels on (shopper, candidate, moment), with a horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain.events import DAY, EventType
from recommender.domain.history import History
from recommender.domain.ids import Rows
from recommender.domain.sessions import SESSION_GAP


@dataclass(frozen=True)
class Target:
    """A candidate is positive if, after the moment and within the horizon, the shopper does this with it.

    types: the events that count. horizon: ms after the moment. next_only: only the very next event counts.
    A label looks at events after the moment only, and features only at those up to it.
    """

    goal: str
    types: tuple[EventType, ...]
    horizon: int
    next_only: bool

    def positives(self, later: History, moment: int) -> Rows:
        """The distinct positive items among what the shopper did after the moment; int32, ascending."""
        within = later.timestamp <= moment + self.horizon
        if self.next_only:
            within[1:] = False
        return np.unique(later.item[within & np.isin(later.type, self.types)])


INTERACTION = Target("interaction", tuple(EventType), SESSION_GAP, next_only=True)
"""The next item of the session, whatever is done with it; the literature calls it next-item prediction."""

PURCHASE = Target("purchase", (EventType.TRANSACTION,), 7 * DAY, next_only=False)
"""Bought within a week."""

TARGETS = {target.goal: target for target in (PURCHASE, INTERACTION)}

ENOUGH_PURCHASES = 1_000
"""With fewer purchases in the log there is too little to learn from, and interaction is the default goal."""


def default_target(purchases: int) -> tuple[Target, str]:
    """The target for a log with so many purchases, and the reason in words."""
    if purchases >= ENOUGH_PURCHASES:
        return PURCHASE, f"the log has {purchases:,} purchases, at least {ENOUGH_PURCHASES:,}"
    return INTERACTION, f"the log has {purchases:,} purchases, fewer than {ENOUGH_PURCHASES:,}"
