"""What the shop remembers of its shoppers: one shopper's latest events, and everybody's as one table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import EventType, InteractionLog, Times, Types
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.sessions import by_shopper
from recommender.domain.soundness import require_offsets, require_rows, require_shape
from recommender.domain.spans import offsets

HISTORY_LENGTH = 100
"""So many of a shopper's latest events are used, and of their purchases, which rules ask for after any number
of looks; older ones add work and hardly change an answer."""


@dataclass(frozen=True, eq=False)
class History:
    """One shopper's latest events, oldest first; item int32, timestamp int64 ms, type int8, all (h,)."""

    item: Rows
    timestamp: Times
    type: Types

    @classmethod
    def empty(cls) -> Self:
        """A guest's history."""
        return cls(np.empty(0, np.int32), np.empty(0, np.int64), np.empty(0, np.int8))

    def __len__(self) -> int:
        return len(self.item)

    def until(self, moment: int) -> History:
        """What had happened at `moment`, that millisecond included, and no later event."""
        if not len(self) or self.timestamp[-1] <= moment:
            return self
        return self._slice(0, int(np.searchsorted(self.timestamp, moment, side="right")))

    def latest(self, length: int = HISTORY_LENGTH) -> History:
        """The last `length` events, and the last `length` purchases however long ago they were."""
        if len(self) <= length:
            return self
        kept = np.zeros(len(self), bool)
        kept[len(self) - length :] = True
        bought = np.flatnonzero(self.type == EventType.TRANSACTION)
        kept[bought[max(len(bought) - length, 0) :]] = True
        return self.only(kept)

    def only(self, chosen: NDArray[np.bool_]) -> History:
        """Some of the events."""
        return History(self.item[chosen], self.timestamp[chosen], self.type[chosen])

    def then(self, later: History) -> History:
        """Both histories in order of time; at equal times this one's events come first."""
        if not len(later) or not len(self):
            return self if len(self) else later
        item = np.concatenate([self.item, later.item])
        timestamp = np.concatenate([self.timestamp, later.timestamp])
        kind = np.concatenate([self.type, later.type])
        order = np.argsort(timestamp, kind="stable")
        return History(item[order], timestamp[order], kind[order])

    def _slice(self, start: int, stop: int) -> History:
        return History(self.item[start:stop], self.timestamp[start:stop], self.type[start:stop])


def latest_first(item: Rows) -> Rows:
    """The distinct items of a history's events, the latest first."""
    # For a hundred items a dict is quicker than sorting.
    return np.array(list(dict.fromkeys(item[::-1].tolist())), np.int32)


@dataclass(frozen=True, eq=False)
class Histories:
    """Every shopper's latest events, one after another in user order.

    What is kept of one is what History.latest keeps.

    offsets: int64 (users + 1,); item int32, timestamp int64 ms, type int8: (events,).
    counts: int32 (users, event types), over the whole log and not only the events kept.
    """

    offsets: NDArray[np.int64]
    item: Rows
    timestamp: Times
    type: Types
    counts: NDArray[np.int32]

    @classmethod
    def fit(cls, log: InteractionLog, length: int = HISTORY_LENGTH) -> Self:
        """Keep what History.latest keeps of every user of the log."""
        order = by_shopper(log)
        sizes = np.bincount(log.user, minlength=len(log.users))
        bought = log.type[order] == EventType.TRANSACTION
        latest = _from_the_end(np.ones(len(log), bool), sizes) <= length
        kept = order[latest | (bought & (_from_the_end(bought, sizes) <= length))]
        width = len(EventType)
        counts = np.bincount(log.user * np.int64(width) + log.type, minlength=len(sizes) * width)
        return cls(
            offsets(np.bincount(log.user[kept], minlength=len(sizes))),
            log.item[kept],
            log.timestamp[kept],
            log.type[kept],
            counts.reshape(len(sizes), width).astype(np.int32),
        )

    def check(self, users: int, items: int) -> None:
        """Raise ValueError, naming the field, if these are not histories of so many users and items."""
        require_shape("item", self.item, None)
        require_offsets("offsets", self.offsets, users, len(self.item))
        require_rows("item", self.item, items)
        require_shape("timestamp", self.timestamp, len(self.item))
        require_shape("type", self.type, len(self.item))
        require_rows("type", self.type, len(EventType))
        require_shape("counts", self.counts, users, len(EventType))

    def of(self, user: int) -> History:
        """One shopper's history; empty for ABSENT."""
        if user == ABSENT:
            return History.empty()
        start, stop = self.offsets[user], self.offsets[user + 1]
        return History(self.item[start:stop], self.timestamp[start:stop], self.type[start:stop])


def _from_the_end(counted: NDArray[np.bool_], sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of events in user order, how many counted ones their user has from here on, this one included."""
    before = offsets(counted)
    remaining: NDArray[np.int64] = np.repeat(before[np.cumsum(sizes)], sizes) - before[:-1]
    return remaining
