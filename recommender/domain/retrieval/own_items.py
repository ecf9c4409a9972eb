"""The shopper's own recent items: about a third of all next clicks go back to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.history import History, latest_first
from recommender.domain.ids import Rows
from recommender.domain.retrieval.source import Query, Reason, Shortlist

LONGEST = 50
"""Items further back in a history are hardly ever returned to."""


@dataclass(frozen=True, eq=False)
class OwnItems:
    """The distinct items of the history, most recent first; everything it needs is in the query."""

    NAME: ClassVar[str] = "own_items"

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - nothing to learn
        """There is nothing to learn."""
        return cls()

    def shortlist(self, query: Query, limit: int) -> Shortlist:
        """Score 1 for the latest item, 1/2 for the one before it, and so on."""
        item = latest_first(query.history.item)[: min(limit, LONGEST)]
        reason = np.full(len(item), Reason.SEEN_BEFORE, np.int8)
        reason[np.isin(item, _in_cart(query.history))] = Reason.IN_CART
        return Shortlist(item, 1 / (1 + np.arange(len(item))), reason)


def _in_cart(history: History) -> Rows:
    """Items whose latest event other than a view put them into the cart."""
    decisive = np.flatnonzero(history.type != EventType.VIEW)[::-1]
    item, first = np.unique(history.item[decisive], return_index=True)
    carted: Rows = item[history.type[decisive[first]] == EventType.ADDTOCART]
    return carted
