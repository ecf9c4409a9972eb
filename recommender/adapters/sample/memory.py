"""What one day leaves to the next."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.adapters.sample.events import Events

REMEMBERED = 4
LONG_AGO_MS = -(2**60)


@dataclass
class Memory:
    """The state of the simulation between two days.

    recent        (visitors, 4)  int32   items looked at last, newest first, -1 where there are fewer
    last_seen_ms  (visitors,)    int64   last view
    owned         (pairs,)       int64   keys of visitors and what they have bought
    later                                events that fall on days to come
    baskets                              how many there have been
    """

    recent: NDArray[np.int32]
    last_seen_ms: NDArray[np.int64]
    owned: NDArray[np.int64]
    later: Events
    baskets: int

    @classmethod
    def blank(cls, visitors: int) -> Self:
        """Nobody has been here."""
        return cls(
            recent=np.full((visitors, REMEMBERED), -1, dtype=np.int32),
            last_seen_ms=np.full(visitors, LONG_AGO_MS, dtype=np.int64),
            owned=np.zeros(0, dtype=np.int64),
            later=Events.none(),
            baskets=0,
        )

    def remember_view(self, visitor: NDArray[np.int64], item: NDArray[np.int64]) -> None:
        """Put one item of each visit in front; of two visits of one visitor the last row counts."""
        self.recent[visitor, 1:] = self.recent[visitor, :-1]
        self.recent[visitor, 0] = item

    def remember_purchases(self, paid: Events, keys: NDArray[np.int64]) -> None:
        """Note what was bought; nobody comes back to look at it."""
        row, column = np.nonzero(self.recent[paid.visitor] == paid.item[:, None])
        self.recent[paid.visitor[row], column] = -1
        self.owned = np.concatenate([self.owned, keys])
        self.baskets = int(paid.basket.max(initial=self.baskets - 1)) + 1
