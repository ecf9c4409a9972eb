"""How popular items are, and how likely a look at one is to end in a purchase."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from math import inf
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import DAY, EventType, InteractionLog
from recommender.domain.ids import ABSENT
from recommender.domain.influence import influence
from recommender.domain.soundness import require_finite, require_shape

Floats = NDArray[np.float64]

EVENT_WEIGHTS = (1.0, 3.0, 5.0)
"""What a view, a cart and a purchase count towards popularity, by EventType code."""


class Window(IntEnum):
    """How far popularity looks back; the number is that of a score in charts."""

    DAY = 0
    WEEK = 1
    MONTH = 2
    ALL = 3

    @property
    def wire(self) -> str:
        """The name in requests."""
        return self.name.lower()


HALF_LIFE = 7 * DAY
"""After so long an event counts half; of 3, 7, 14, 30 days and for ever, 7 found most next clicks."""

HALF_LIVES = (DAY, HALF_LIFE, 30 * DAY, inf)
"""The same in ms for each Window: no list is ever empty for want of a busy day."""

LONGEST_AGE_DAYS = 30.0
"""Ages in features are clipped here. Longer ago means nothing more, and an age that all items of a young log
share would grow with the log beyond anything that a ranker was fitted on.
"""

PRIOR_VIEWS = 20.0
"""An item's own conversion counts as much as its category's after so many views."""


def decayed_popularity(log: InteractionLog, half_life: float = HALF_LIFE) -> Floats:
    """Weighted count of each item's events, halved every `half_life` ms before the log's end; (items,).

    No shopper counts more than MOST_EVENTS of recommender.domain.influence.
    """
    age = (log.end - 1) - log.timestamp
    weight = np.array(EVENT_WEIGHTS)[log.type] * np.exp2(-age / half_life) * influence(log)
    return np.bincount(log.item, weight, minlength=len(log.items)).astype(np.float64, copy=False)


def best_first(score: Floats) -> NDArray[np.int64]:
    """Rows in descending order of score; ties in order of row, that is of id."""
    return np.argsort(-score, kind="stable")


@dataclass(frozen=True, eq=False)
class ItemStatistics:
    """What is known of every item before any shopper is; a column per name of COLUMNS.

    table: float64 (items, len(COLUMNS)), ready to be a block of the ranker's features.
    seen: bool (items,), whether the log has an event of the item.
    """

    COLUMNS = (
        "log_popularity_long",
        "log_popularity_recent",
        "popularity_trend",
        "cart_rate",
        "conversion",
        "log_age_days",
        "log_category_popularity",
        "category_conversion",
    )

    table: Floats
    seen: NDArray[np.bool_]

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Count the log, whose items must be the catalogue's."""
        counts = _counts(log)
        category = catalogue.category
        in_category = _summed(counts, category, len(catalogue.tree) + 1)
        long, recent = decayed_popularity(log, 30 * DAY), decayed_popularity(log, 3 * DAY)
        shop = in_category.sum(axis=0)
        # Two steps of shrinkage: a category's rate towards the shop's, an item's towards its category's.
        cart = _shrunk(in_category[:, 1], in_category[:, 0], _rate(shop, EventType.ADDTOCART))
        bought = _shrunk(in_category[:, 2], in_category[:, 0], _rate(shop, EventType.TRANSACTION))
        first = np.full(len(log.items), log.end, np.int64)
        np.minimum.at(first, log.item, log.timestamp)
        table = np.column_stack(
            [
                np.log1p(long),
                np.log1p(recent),
                np.log((recent + 1) / (long + 1)),
                _shrunk(counts[:, 1], counts[:, 0], cart[category]),
                _shrunk(counts[:, 2], counts[:, 0], bought[category]),
                np.log1p(np.minimum((log.end - first) / DAY, LONGEST_AGE_DAYS)),
                np.log1p(np.bincount(category + 1, long, minlength=len(in_category))[category + 1]),
                bought[category],
            ]
        )
        return cls(table, counts.sum(axis=1) > 0)

    def check(self, items: int) -> None:
        """Raise ValueError, naming the field, if these are not statistics of so many items."""
        require_shape("table", self.table, items, len(self.COLUMNS))
        require_finite("table", self.table)
        require_shape("seen", self.seen, items)


def _counts(log: InteractionLog) -> Floats:
    """Events per item and type, no shopper counting more than influence lets them; float64 (items, types)."""
    width = len(EventType)
    flat = np.bincount(log.item * np.int64(width) + log.type, influence(log), len(log.items) * width)
    return flat.reshape(-1, width).astype(np.float64, copy=False)


def _summed(counts: Floats, category: NDArray[np.int32], size: int) -> Floats:
    """Counts per category; the last row is that of the items without one, where ABSENT points."""
    summed = np.zeros((size, counts.shape[1]))
    np.add.at(summed, np.where(category == ABSENT, size - 1, category), counts)
    return summed


def _rate(counts: Floats, kind: EventType) -> float:
    return float((counts[kind] + 1) / (max(counts[kind], counts[EventType.VIEW]) + PRIOR_VIEWS))


def _shrunk(successes: Floats, views: Floats, prior: Floats | float) -> Floats:
    """Posterior mean of a rate under a Beta prior worth PRIOR_VIEWS views (Gelman et al., BDA, ch. 2)."""
    return (successes + PRIOR_VIEWS * prior) / (np.maximum(views, successes) + PRIOR_VIEWS)
