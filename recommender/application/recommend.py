"""Recommend: from a request in ids to an answer in ids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.application.explain import Explanation, in_ids_and_words
from recommender.application.shopper import PastEvent, visible, with_recent
from recommender.application.wishes import DEFAULT_N, category_row, require_length
from recommender.domain.events import EventType
from recommender.domain.explanation import explained
from recommender.domain.history import History
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.live import visitor
from recommender.domain.model import Model, Ranking, recommend_and_keep
from recommender.domain.retrieval import Reason
from recommender.domain.rules import JUST_BOUGHT, Rules


@dataclass(frozen=True)
class GivenEvent:
    """An event that comes with a request; without a timestamp it has just happened."""

    item_id: str
    type: EventType = EventType.VIEW
    timestamp: int | None = None


@dataclass(frozen=True)
class Request:
    """Who asks, what they just did, and what they want to see.

    user_id, session_id: the shopper, or the guest in a session; a guest without one has no past.
    recent: what the shopper memory recalls of them.
    consent: whether anything but the given events may be looked at.
    at: the moment in ms; without it, the newest given event's time, else the time of the caller.
    category: show only its subtree. goal: what to rank by, the model's default if None.
    max_per_category: so many items of one category (their own, whatever is above it); any number if None.
    explain: say why each item is there; without it nothing is computed for that.
    """

    user_id: str | None = None
    session_id: str | None = None
    events: tuple[GivenEvent, ...] = ()
    recent: tuple[PastEvent, ...] = ()
    consent: bool = True
    n: int = DEFAULT_N
    at: int | None = None
    goal: str | None = None
    category: str | None = None
    exclude: tuple[str, ...] = ()
    exclude_seen: bool = False
    exclude_bought: bool = True
    max_per_category: int | None = None
    explain: bool = False

    @property
    def visitor(self) -> str | None:
        """Whose history may be looked at."""
        if not self.consent or (self.user_id is None and self.session_id is None):
            return None
        return visitor(self.user_id, self.session_id)

    def recalled(self, moment: int, now: int) -> tuple[PastEvent, ...]:
        """The recent events; asked about now, none is later: another machine's clock may be ahead of ours."""
        if moment != now:
            return self.recent
        return tuple(
            event if event.timestamp <= now else replace(event, timestamp=now) for event in self.recent
        )


@dataclass(frozen=True)
class Recommendation:
    """One item. score: in an answer to a shopper the probability of the goal, in [0, 1]."""

    item_id: str
    score: float
    reason: str
    explanation: Explanation | None = None


@dataclass(frozen=True)
class Answer:
    """The list, best first. ignored_items: ids among the given events that the shop does not have.

    candidates: how many of the items it was chosen from each source had found, by the source's name.
    """

    user_known: bool
    recommendations: tuple[Recommendation, ...]
    ignored_items: tuple[str, ...]
    candidates: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Recommend:
    """Answers requests from one model; the same request at the same moment gets the same answer.

    bought_within: ms in which a purchase counts as "just bought".
    hidden: rows of shoppers who are forgotten, and as if never seen.
    """

    model: Model
    bought_within: int = JUST_BOUGHT
    hidden: frozenset[int] = frozenset()

    def __call__(self, request: Request, now: int) -> Answer:
        """Answer a request. `now` (ms) is the moment if the request brings none.

        Raises InvalidRequest for an n or a max_per_category outside 1..100, a goal or a category that the
        model does not know.
        """
        require_length("n", request.n)
        require_length("max_per_category", request.max_per_category)
        index = self.model.index
        ranker = self.model.ranker(request.goal)
        moment = moment_of(request, now)
        user = visible(index, request.visitor, self.hidden)
        rows = index.items.rows(event.item_id for event in request.events)
        history = with_recent(index, index.histories.of(user), request.recalled(moment, now))
        if request.events:
            history = history.then(_given(request.events, rows, moment))
        query = index.query(history, moment, category_row(index, request.category))
        ranking, scored = recommend_and_keep(index, ranker, query, self._rules(request), request.n)
        recommendations = in_ids(index, ranking)
        if request.explain:
            why = explained(index, ranker, query, ranking, scored)
            recommendations = tuple(
                replace(each, explanation=in_ids_and_words(index, query, item, found))
                for each, item, found in zip(recommendations, ranking.item.tolist(), why, strict=True)
            )
        known = user != ABSENT or bool(request.recent)
        found = sum(np.count_nonzero(each.candidates.rank, axis=0) for each in scored)
        by_source = dict(zip((each.NAME for each in index.sources), found.tolist(), strict=True))
        return Answer(known, recommendations, _unknown(request.events, rows), by_source)

    def _rules(self, request: Request) -> Rules:
        return Rules(
            self.model.index.items.rows(request.exclude),
            request.exclude_seen,
            request.exclude_bought,
            self.bought_within,
            0 if request.max_per_category is None else request.max_per_category,
        )


_WIRE_NAMES = tuple(reason.wire for reason in sorted(Reason))


def in_ids(index: Index, ranking: Ranking) -> tuple[Recommendation, ...]:
    """A ranking for the world outside."""
    columns = index.items.ids(ranking.item), ranking.score.tolist(), ranking.reason.tolist()
    return tuple(
        Recommendation(item, score, _WIRE_NAMES[reason]) for item, score, reason in zip(*columns, strict=True)
    )


def moment_of(request: Request, now: int) -> int:
    """The moment of a request: `at`, else the newest given event's time, else `now`."""
    if request.at is not None:
        return request.at
    return max((event.timestamp for event in request.events if event.timestamp is not None), default=now)


def _given(events: Sequence[GivenEvent], rows: Rows, moment: int) -> History:
    """The given events of known items as a history, in order of time."""
    times = np.array([moment if each.timestamp is None else each.timestamp for each in events], np.int64)
    types = np.array([each.type for each in events], np.int8)
    order = np.argsort(times, kind="stable")
    order = order[rows[order] != ABSENT]
    return History(rows[order], times[order], types[order])


def _unknown(events: Sequence[GivenEvent], rows: Rows) -> tuple[str, ...]:
    """The items of the given events that the shop does not have, each once."""
    return tuple(dict.fromkeys(each.item_id for each, row in zip(events, rows, strict=True) if row == ABSENT))
