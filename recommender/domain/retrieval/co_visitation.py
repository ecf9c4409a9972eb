"""Co-visitation: what shoppers look at within a few steps after, or before, an item.

Item-to-item collaborative filtering by counting (Linden, Smith and York, Amazon.com Recommendations, IEEE
Internet Computing 2003), within sessions and with distance and direction as sequential rules have them
(Ludewig and Jannach, Evaluation of session-based recommendation algorithms, UMUAI 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.popularity import EVENT_WEIGHTS, Floats
from recommender.domain.retrieval.findings import Votes, score, share
from recommender.domain.retrieval.pairs import Pairs, best_of_each, require_partners
from recommender.domain.retrieval.source import Query, Reason
from recommender.domain.soundness import require_finite, require_shape
from recommender.domain.spans import distinct, entries

LONGEST_STEP = 6
"""Items further apart in a session say little of each other."""

DISTANCE_DECAY = 0.7
"""What a pair loses with every step between its items."""

HALF_LIFE = 60 * DAY
"""A step of this age counts half as much as one of today."""

KEPT = 100
"""So many items are kept for each, which bounds the work per request."""

LATEST_ITEMS = 8
"""So many of the latest items ask."""

STEP_DECAY = 0.7
"""What an item of the current session loses with every event since."""

BACKWARDS = 0.7
"""What a step counts that was made the other way round."""

PRIOR = 5.0
"""Steps of an item that lead nowhere: rare items are not sure of anything."""


@dataclass(frozen=True, eq=False)
class CoVisitation:
    """For each item its best partners, and how likely the next steps are to lead there.

    first: int64 (items + 1,) into item: int32 (k,), and share: float64 (k, 2), which part of the steps from
    the item leads to the partner, and which part of those to the item comes from the partner.
    """

    NAME: ClassVar[str] = "co_visitation"
    COLUMNS: ClassVar[tuple[str, ...]] = ("score", "share", "next", "before")
    FIRST: ClassVar[int] = 30

    first: NDArray[np.int64]
    item: Rows
    share: Floats

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - the rules know it
        """Count the steps of the log; those to carts and purchases count more."""
        age = (log.end - 1) - log.timestamp
        weight = np.array(EVENT_WEIGHTS)[log.type] * np.exp2(-age / HALF_LIFE)
        steps = Pairs.of_steps(log, LONGEST_STEP, DISTANCE_DECAY, weight)
        leaving, arriving = steps.totals()
        onwards = steps.weight / (leaving + PRIOR)[steps.one]
        back = steps.weight / (arriving + PRIOR)[steps.other]
        # Every pair is seen from both of its ends.
        here, there = np.concatenate([steps.one, steps.other]), np.concatenate([steps.other, steps.one])
        nothing = np.zeros(len(steps.weight))
        to = Pairs.summed(here, there, np.concatenate([onwards, nothing]), steps.size)
        back_from = Pairs.summed(here, there, np.concatenate([nothing, back]), steps.size)
        first, best = best_of_each(to.one, to.weight + BACKWARDS * back_from.weight, steps.size, KEPT)
        return cls(first, to.other[best], np.column_stack([to.weight, back_from.weight])[best])

    def check(self, items: int, categories: int) -> None:  # noqa: ARG002 - it knows no categories
        """Every item has its partners, and every partner two numbers."""
        require_partners(self.first, self.item, items)
        require_shape("share", self.share, len(self.item), 2)
        require_finite("share", self.share)

    def ask(self, query: Query) -> Votes:
        """The partners of the latest items, by what all of these say together."""
        latest = query.latest[:LATEST_ITEMS]
        entry, owner = entries(self.first, latest)
        steps = self.share.take(entry, axis=0)
        vote = (steps[:, 0] + BACKWARDS * steps[:, 1]) * STEP_DECAY**owner
        item, place = distinct(self.item.take(entry))
        table = np.zeros((len(item), len(self.COLUMNS)))
        votes = np.bincount(place, vote, minlength=len(item))
        table[:, 0], table[:, 1] = score(votes), share(votes)
        of_latest = owner == 0
        table[place[of_latest], 2:] = steps[of_latest]
        return Votes(item, table, Reason.SESSION_NEIGHBOURS)
