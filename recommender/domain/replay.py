"""Replay: walk through a stretch of the past as the service would have met it.

After every event of the stretch the shopper could have been shown a list. Each such moment is a case: what
the shop knew then (its index, fitted before the stretch, and the shopper's events up to the moment) is the
query, and what the shopper did afterwards is the answer. Training and evaluation both replay.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.retrieval import Query
from recommender.domain.sessions import by_shopper
from recommender.domain.targets import Target


@dataclass(frozen=True, eq=False)
class Replay:
    """The cases of a stretch of the log.

    events: the stretch and whatever follows it, as one history in order of (shopper, time); the item is
    ABSENT where the index does not have it.
    user: int32 (events,), the shopper's row in the index or ABSENT.
    first, last: int64 (events,), where the event's shopper begins and ends (exclusive) in `events`.
    cases: int64 (cases,), positions of the events after which a list could have been shown.
    """

    events: History
    user: Rows
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    cases: NDArray[np.int64]
    target: Target

    @classmethod
    def of(
        cls, index: Index, log: InteractionLog, end: int, target: Target, *, known_only: bool = True
    ) -> Self:
        """The cases of [index.end, end) in a log that goes on for at least the target's horizon.

        Events of items that the index's log did not have are taken out first, as the literature does. Without
        `known_only` they stay: nobody can find them, and a shop has them all the same.
        """
        later = log.between(index.end, log.end)
        rows = later.items.rows_in(index.items)
        if known_only:
            known = (rows != ABSENT) & index.statistics.seen[rows]
            later = later.taking(known[later.item])
        order = by_shopper(later)
        shopper, item, timestamp = later.user[order], rows[later.item[order]], later.timestamp[order]
        begins = np.flatnonzero(np.diff(shopper, prepend=-1))
        sizes = np.diff(begins, append=len(shopper))
        return cls(
            History(item, timestamp, later.type[order]),
            later.users.rows_in(index.users)[shopper],
            np.repeat(begins, sizes),
            np.repeat(begins + sizes, sizes),
            np.flatnonzero(timestamp < end),
            target,
        )

    def __len__(self) -> int:
        return len(self.cases)

    def since(self, moment: int) -> Replay:
        """The cases at or after a moment; what the shoppers did before it is still known."""
        return replace(self, cases=self.cases[self.events.timestamp[self.cases] >= moment])

    def towards(self, target: Target) -> Replay:
        """The same cases with another question."""
        return replace(self, target=target)

    def shopper(self, case: int) -> int:
        """A number that the cases of one shopper share."""
        return int(self.first[self.cases[case]])

    def query(self, index: Index, case: int) -> Query:
        """What the service would have known: the index, and the shopper's events up to the case's."""
        at = self.cases[case]
        recent = self._events(self.first[at], at + 1)
        recent = recent.only(recent.item != ABSENT)
        user = int(self.user[at])
        history = recent if user == ABSENT else index.histories.of(user).then(recent)
        return index.query(history, int(self.events.timestamp[at]))

    def positives(self, case: int) -> Rows:
        """What turned out to be right: the target's items among the shopper's later events."""
        at = self.cases[case]
        return self.target.positives(self._events(at + 1, self.last[at]), int(self.events.timestamp[at]))

    def answered(self) -> NDArray[np.int64]:
        """The cases with an answer: those of which `positives` has any."""
        wanted = np.isin(self.events.type, self.target.types)
        size = len(wanted)
        # The next event of a wanted type at or after each position, and `size` behind the last of them.
        after = np.where(wanted, np.arange(size), size)
        after = np.append(np.minimum.accumulate(after[::-1])[::-1], size)[self.cases + 1]
        found = after < self.last[self.cases]
        if self.target.next_only:
            found &= after == self.cases + 1
        moment = self.events.timestamp[self.cases[found]]
        in_time = self.events.timestamp[after[found]] <= moment + self.target.horizon
        return np.flatnonzero(found)[in_time]

    def _events(self, start: int, stop: int) -> History:
        return History(
            self.events.item[start:stop], self.events.timestamp[start:stop], self.events.type[start:stop]
        )
