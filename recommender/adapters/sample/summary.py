"""What was written, in numbers, and whom to ask about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.adapters.sample.events import KINDS, TRANSACTION, Events
from recommender.adapters.sample.world import World


@dataclass(frozen=True)
class SampleSummary:
    """Counts of rows and ids. The three visitors are worth trying; None where the shop has no such person."""

    events: Mapping[str, int]
    visitors: int
    items: int
    properties: int
    categories: int
    regular: str | None
    buyer: str | None
    guest: str | None


@dataclass(frozen=True)
class Tally:
    """Counts that grow with the days.

    kinds      (3,)         int64   events of each kind
    events     (visitors,)  int64   events of each visitor
    purchases  (visitors,)  int64   transactions of each visitor
    """

    kinds: NDArray[np.int64]
    events: NDArray[np.int64]
    purchases: NDArray[np.int64]

    @classmethod
    def blank(cls, visitors: int) -> Self:
        """Nothing has been counted."""
        return cls(*(np.zeros(size, dtype=np.int64) for size in (len(KINDS), visitors, visitors)))

    def add(self, events: Events) -> None:
        """Count some events."""
        np.add.at(self.kinds, events.kind, 1)
        np.add.at(self.events, events.visitor, 1)
        np.add.at(self.purchases, events.visitor[events.kind == TRANSACTION], 1)

    def summary(self, world: World, properties: int) -> SampleSummary:
        """The counts, and three people: bots are not among them."""
        seen = self.events.copy()
        seen[world.bots.visitor] = 0
        regular = (seen == seen.max()) & (seen > 1)
        purchases = np.where(regular, 0, self.purchases)
        buyer = (purchases == purchases.max()) & (purchases > 0)
        return SampleSummary(
            events=dict(zip(KINDS, self.kinds.tolist(), strict=True)),
            visitors=int((self.events > 0).sum()),
            items=int((world.catalogue.born_ms < world.shop.cut_ms).sum()),
            properties=properties,
            categories=len(world.tree.ids),
            regular=_one_of(regular, world),
            buyer=_one_of(buyer, world),
            guest=_one_of(seen == 1, world),
        )


def _one_of(chosen: NDArray[np.bool_], world: World) -> str | None:
    """The id of the first chosen visitor."""
    rows = np.flatnonzero(chosen)
    return str(world.visitors.ids[rows[0]]) if len(rows) else None
