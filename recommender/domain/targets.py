"""What a score is the probability of: labels on (shopper, candidate, moment), with a horizon."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.domain.events import DAY, EventType, InteractionLog
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

CART = Target("cart", (EventType.ADDTOCART,), DAY, next_only=False)
"""Put into the cart within a day."""

PURCHASE = Target("purchase", (EventType.TRANSACTION,), 7 * DAY, next_only=False)
"""Bought within a week."""

TARGETS = {target.goal: target for target in (PURCHASE, CART, INTERACTION)}

ENOUGH = 1_000
"""With fewer such events in the log there is too little to learn a goal from."""

ENOUGH_HORIZONS = 4
"""A goal beside the default needs a log of so many horizons: then no log is too short because of it."""


def supported(log: InteractionLog, goal: str | None) -> tuple[tuple[Target, ...], str]:
    """The targets that a log supports, the default first, and why it is the default.

    Interactions always are. A goal that is asked for is the default, and comes first even if it is too rare.
    """
    counts = np.bincount(log.type, minlength=len(EventType))
    enough = [
        target
        for target in TARGETS.values()
        if counts[list(target.types)].sum() >= ENOUGH
        and log.end - log.start >= ENOUGH_HORIZONS * target.horizon
    ]
    if goal is not None:
        default, why = TARGETS[goal], "it was asked for"
    else:
        default, why = default_target(int(counts[EventType.TRANSACTION]))
    others = (each for each in (*enough, INTERACTION) if each != default)
    return (default, *dict.fromkeys(others)), why


def default_target(purchases: int) -> tuple[Target, str]:
    """The target for a log with so many purchases, and the reason in words."""
    if purchases >= ENOUGH:
        return PURCHASE, f"the log has {purchases:,} purchases, at least {ENOUGH:,}"
    return INTERACTION, f"the log has {purchases:,} purchases, fewer than {ENOUGH:,}"
