"""Items of past sessions like this one: session-based nearest neighbours.

The family of VSKNN (Ludewig and Jannach, Evaluation of session-based recommendation algorithms, 2018), STAN
(Garg et al., Sequence and time aware neighborhood for session-based recommendations, SIGIR 2019) and VMIS-kNN
(Kersbergen et al., Serenade, SIGMOD 2022): of every item of the current session the most recent sessions that
had it; the most similar of these vote for their items.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.ids import Rows
from recommender.domain.popularity import Floats
from recommender.domain.ranking import top_n
from recommender.domain.retrieval.findings import Votes, score, share
from recommender.domain.retrieval.source import Query, Reason
from recommender.domain.sessions import by_shopper, session_numbers
from recommender.domain.soundness import require_finite, require_offsets, require_rows, require_shape
from recommender.domain.spans import distinct, entries, first_of_each, offsets

RECENT_SESSIONS = 500
"""So many of the latest sessions of each item are kept, which bounds the work per request."""

SESSION_LENGTH = 30
"""Longer sessions are known by their last events; whoever looks at hundreds of items tells little by each."""

LATEST_ITEMS = 8
"""So many of the latest items of the current session look for neighbours."""

NEIGHBOURS = 200
"""So many of the most similar sessions vote."""

HALF_LIFE = 30 * DAY
"""A session of this age counts half as much as one of today."""

STEP_DECAY = 0.7
"""What an item of the current session loses with every event since."""

DISTANCE_DECAY = 0.6
"""What an item of a neighbour loses with every step from the item that both sessions have."""


@dataclass(frozen=True, eq=False)
class SessionNeighbours:
    """Sessions by item and items by session; sessions are numbered by the time of their last event.

    first: int64 (items + 1,) into session, place: int32 (postings,): where an item is, latest session first.
    begin: int64 (sessions + 1,) into item: int32 (events,): the events of a session in their order.
    freshness: float64 (sessions,), 0.5 to the session's age in half-lives at the end of the log.
    """

    NAME: ClassVar[str] = "session_neighbours"
    COLUMNS: ClassVar[tuple[str, ...]] = ("score", "share")
    FIRST: ClassVar[int] = 55

    first: NDArray[np.int64]
    session: Rows
    place: Rows
    begin: NDArray[np.int64]
    item: Rows
    freshness: Floats

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - the rules know it
        """Cut the log into sessions, and keep the latest of every item."""
        order = by_shopper(log)
        item, timestamp = log.item[order], log.timestamp[order]
        number = session_numbers(log.user[order], timestamp)
        ends = np.append(np.flatnonzero(np.diff(number)), len(number) - 1) if len(number) else number
        latest_last = np.argsort(timestamp[ends], kind="stable")
        renumbered = np.empty(len(ends), np.int64)
        renumbered[latest_last] = np.arange(len(ends))
        of_session = renumbered[number]
        kept = ends[number] - np.arange(len(number)) < SESSION_LENGTH
        # Stable: within a session the events stay in their order.
        by_session = np.flatnonzero(kept)[np.argsort(of_session[kept], kind="stable")]
        item, of_session = item[by_session], of_session[by_session]
        begin = offsets(np.bincount(of_session, minlength=len(ends)))
        place = np.arange(len(item)) - begin[of_session]
        first, kept_postings = _latest_postings(item, of_session, place, len(log.items))
        age = (log.end - 1) - timestamp[ends][latest_last]
        return cls(
            first,
            of_session[kept_postings].astype(np.int32),
            place[kept_postings].astype(np.int32),
            begin,
            item,
            np.exp2(-age / HALF_LIFE),
        )

    def check(self, items: int, categories: int) -> None:  # noqa: ARG002 - it knows no categories
        """Postings are of sessions, and the events of sessions are of items."""
        for name in ("session", "item", "freshness"):
            require_shape(name, getattr(self, name), None)
        require_offsets("first", self.first, items, len(self.session))
        require_rows("session", self.session, len(self.freshness))
        require_shape("place", self.place, len(self.session))
        require_offsets("begin", self.begin, len(self.freshness), len(self.item))
        require_rows("item", self.item, items)
        require_finite("freshness", self.freshness)

    def ask(self, query: Query) -> Votes:
        """The items of the neighbours by their votes; if no session is live, the latest events ask."""
        session, similarity, matched = self._neighbours(query.latest[:LATEST_ITEMS])
        position, owner = entries(self.begin, session)
        distance = np.abs(position - self.begin[session][owner] - matched[owner])
        vote = similarity[owner] * DISTANCE_DECAY**distance
        item, place = distinct(self.item.take(position))
        votes = np.bincount(place, vote, minlength=len(item))
        table = np.empty((len(item), len(self.COLUMNS)))
        table[:, 0], table[:, 1] = score(votes), share(votes)
        return Votes(item, table, Reason.SESSION_NEIGHBOURS)

    def _neighbours(self, latest: Rows) -> tuple[NDArray[np.int64], Floats, NDArray[np.int64]]:
        """The most similar sessions, their similarity, and the place in them of the latest common item."""
        posting, owner = entries(self.first, latest)
        # Postings come latest item first, so that the first of a session is that of its latest common item.
        session, place = distinct(self.session.take(posting))
        first = np.empty(len(session), np.int64)
        first[place[::-1]] = np.arange(len(posting))[::-1]  # of equal places the last that is written stays
        similarity = np.bincount(place, STEP_DECAY**owner, minlength=len(session)) * self.freshness[session]
        best = top_n(similarity, -session, NEIGHBOURS)
        return (
            session[best].astype(np.int64),
            similarity[best],
            self.place[posting[first[best]]].astype(np.int64),
        )


def _latest_postings(
    item: Rows, session: NDArray[np.int64], place: NDArray[np.int64], items: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Offsets by item, and the positions of its latest postings, latest first: one for each session."""
    order = np.lexsort((-place, -session, item))
    repeats = np.zeros(len(order), bool)
    repeats[1:] = (np.diff(item[order]) == 0) & (np.diff(session[order]) == 0)
    order = order[~repeats]
    sizes = np.bincount(item[order], minlength=items)
    first, latest = first_of_each(sizes, RECENT_SESSIONS)
    return first, order[latest]
