"""What a source of candidates is asked, and what it answers."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import InteractionLog
from recommender.domain.history import History, latest_first
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.popularity import Floats
from recommender.domain.sessions import current_session


class Reason(IntEnum):
    """Why an item is recommended; a closed list, the number is the code in arrays."""

    SESSION_NEIGHBOURS = 0
    BOUGHT_TOGETHER = 1
    SEEN_BEFORE = 2
    IN_CART = 3
    POPULAR_IN_CATEGORY = 4
    POPULAR = 5
    TRENDING = 6
    SIMILAR_ITEM = 7

    @property
    def wire(self) -> str:
        """The name in answers."""
        return self.name.lower()


def because(reason: Reason, count: int) -> NDArray[np.int8]:
    """One reason for so many items; np.full takes several times as long, to find out what a Reason is."""
    reasons = np.empty(count, np.int8)
    reasons.fill(int(reason))
    return reasons


@dataclass(frozen=True, eq=False)
class Query:
    """One shopper at one moment, as far as the shop may know: nothing in it is later than the moment.

    category: int32 (h,), the category of each event of the history, ABSENT where unknown.
    within: the category whose subtree was asked for, ABSENT for the whole shop.
    """

    history: History
    moment: int
    category: Rows
    within: int = ABSENT

    @cached_property
    def session(self) -> int:
        """Where in the history the current session begins."""
        return current_session(self.history.timestamp, self.moment)

    @cached_property
    def distinct(self) -> Rows:
        """The distinct items of the history, latest first; int32."""
        return latest_first(self.history.item)

    @cached_property
    def latest(self) -> Rows:
        """The distinct items of the session, or if none is live of the whole history, latest first; int32."""
        if self.session in (0, len(self.history)):
            return self.distinct
        return latest_first(self.history.item[self.session :])

    @cached_property
    def recent_category(self) -> int:
        """The most recent category that is known, ABSENT if none is."""
        return next((each for each in self.category[::-1].tolist() if each != ABSENT), ABSENT)


@dataclass(frozen=True, eq=False)
class Shortlist:
    """Some of one source's candidates, best first and each once: item int32 (k,), reason int8 (k,)."""

    item: Rows
    reason: NDArray[np.int8]


class Findings(Protocol):
    """What a source has found out about one query."""

    def shortlist(self, limit: int) -> Shortlist:
        """At most `limit` candidates, distinct and best first; an empty list if there is nothing to say.

        A shorter list is the beginning of a longer one. What rules forbid (unavailable, just bought, outside
        the category asked for) may be listed: it is taken out afterwards.
        """
        ...

    def columns(self, item: Rows) -> Floats:
        """What it says of any items, whoever has found them: float64 (n, columns), finite; for the ranker.

        The first is how strongly what the shopper did leads to the item, 0 for not at all; explanations
        tell by it which item of the shopper's it was.
        """
        ...


class Source(Protocol):
    """A way to find candidates: a frozen dataclass of arrays, learnt from the log, asked per request.

    To add one, write it in a module of its own and name it in SOURCES. Its fields are saved and loaded
    with the model; its columns and its rank become features; no other source needs to know it.

    COLUMNS: the names of what its findings say of an item. FIRST: so many candidates it gives at first.
    """

    NAME: ClassVar[str]
    COLUMNS: ClassVar[tuple[str, ...]]
    FIRST: ClassVar[int]

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Learn from a log whose item rows are the catalogue's; decays are relative to the log's end."""
        ...

    def check(self, items: int, categories: int) -> None:
        """Raise ValueError, naming the field, if the arrays do not agree with each other or with the sizes.

        It is asked of what was read from files: nothing that passes may lead a request out of an array.
        """
        ...

    def ask(self, query: Query) -> Findings:
        """Find out what there is to say about a query."""
        ...
