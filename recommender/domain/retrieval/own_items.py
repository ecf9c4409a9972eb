"""The shopper's own recent items: about a third of all next clicks go back to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import Rows
from recommender.domain.retrieval.findings import Listed
from recommender.domain.retrieval.source import Query, Reason, because


@dataclass(frozen=True, eq=False)
class OwnItems:
    """The distinct items of the history, most recent first; everything it needs is in the query."""

    NAME: ClassVar[str] = "own_items"
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[int] = 50

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - nothing to learn
        """There is nothing to learn."""
        return cls()

    def check(self, items: int, categories: int) -> None:
        """There is nothing to disagree."""

    def ask(self, query: Query) -> Listed:
        """Items further back in a history are hardly ever returned to: the list is FIRST long at most."""
        item = query.distinct[: self.FIRST]
        reason = because(Reason.SEEN_BEFORE, len(item))
        carted = _in_cart(query.history)
        if len(carted):
            reason[np.isin(item, carted)] = Reason.IN_CART
        return Listed(item, reason)


def _in_cart(history: History) -> Rows:
    """Items whose latest event other than a view put them into the cart."""
    decisive = np.flatnonzero(history.type != EventType.VIEW.value)[::-1]
    if not len(decisive):
        return history.item[:0]
    item, first = np.unique(history.item[decisive], return_index=True)
    carted: Rows = item[history.type[decisive[first]] == EventType.ADDTOCART]
    return carted
