"""Features of (shopper, candidate, moment): one function for serving, evaluation and training.

A block computes some columns for all candidates of one request at once. Adding a block is writing a
function and naming it in BLOCKS; the sources of the index add their own columns and a rank each.

Columns that are the same for all candidates of a request (time, shopper) move all scores alike: with a linear
ranker they make a score a probability, and only a ranker that combines columns orders by them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, log1p, pi, sin

import numpy as np

from recommender.domain.events import DAY, EventType
from recommender.domain.ids import ABSENT
from recommender.domain.index import Index
from recommender.domain.popularity import LONGEST_AGE_DAYS, Floats, ItemStatistics
from recommender.domain.retrieval import Candidates, Query
from recommender.domain.search import Search


@dataclass(frozen=True)
class FeatureBlock:
    """Columns that are computed together.

    compute(index, query, candidates) returns float64 that broadcasts to (candidates, len(columns)).
    """

    name: str
    columns: tuple[str, ...]
    compute: Callable[[Index, Query, Candidates], Floats]


def _time(_index: Index, query: Query, _candidates: Candidates) -> Floats:
    """Hour and weekday (UTC) on circles, so that 23:00 is near 0:00 and Sunday near Monday."""
    hour = 2 * pi * (query.moment % DAY) / DAY
    weekday = 2 * pi * (query.moment // DAY % 7) / 7
    return np.array([sin(hour), cos(hour), sin(weekday), cos(weekday)])


def _shopper(_index: Index, query: Query, _candidates: Candidates) -> Floats:
    """Who asks: how long the history and the session are, and what they led to."""
    history = query.history
    kinds = history.type.tolist()
    session = kinds[query.session :]
    away = _days(query.moment - int(history.timestamp[-1])) if len(history) else LONGEST_AGE_DAYS
    return np.array(
        [
            log1p(len(history)),
            log1p(len(session)),
            log1p(session.count(EventType.ADDTOCART)),
            log1p(kinds.count(EventType.ADDTOCART)),
            log1p(kinds.count(EventType.TRANSACTION)),
            log1p(away),
        ]
    )


def _own_past(_index: Index, query: Query, candidates: Candidates) -> Floats:
    """What this shopper did with the candidate; the few with which anything was done are gone through."""
    past = np.empty((len(candidates), len(_OWN_PAST)))
    past[:] = _NO_PAST
    history, session = query.history, query.session
    said: dict[int, list[float]] = {}
    events = zip(history.item.tolist(), history.type.tolist(), history.timestamp.tolist(), strict=True)
    for at, (item, kind, time) in enumerate(events):
        counts = said.setdefault(item, [0.0] * (len(_OWN_PAST) - 1))
        counts[kind] += 1
        counts[3] += at >= session
        counts[4] = _days(query.moment - time)
    if said:
        place, own = np.nonzero(candidates.item[:, None] == np.array(list(said), np.int32))
        past[place, :-1] = np.log1p(np.array(list(said.values())))[own]
        past[candidates.item == history.item[-1], -1] = 1
    return past


_OWN_PAST = (
    "own_views",
    "own_carts",
    "own_purchases",
    "own_in_session",
    "own_log_days_since",
    "is_latest_item",
)
_NO_PAST = np.array([0.0, 0.0, 0.0, 0.0, log1p(LONGEST_AGE_DAYS), 0.0])


def _category(index: Index, query: Query, candidates: Candidates) -> Floats:
    """How well the candidate's category agrees with the shopper's."""
    category = index.category.take(candidates.item)
    levels = index.tree.levels  # its last row is that of no category, where the index ABSENT points
    path = levels.take(category, axis=0)
    shared = ((path == levels[query.recent_category]) & (path != ABSENT)).sum(axis=1)
    session = query.category[query.session :]
    agrees = (category[:, None] == session) & (session != ABSENT)
    said = np.empty((len(category), 4))
    said[:, 0] = category != ABSENT
    said[:, 1] = (category == query.recent_category) & (category != ABSENT)
    said[:, 2] = shared / levels.shape[1]
    said[:, 3] = agrees.sum(axis=1) / max(len(session), 1)
    return said


def _item(index: Index, _query: Query, candidates: Candidates) -> Floats:
    """What is known of the item whoever asks."""
    return index.statistics.table.take(candidates.item, axis=0)


def _days(milliseconds: float) -> float:
    return min(max(milliseconds / DAY, 0.0), LONGEST_AGE_DAYS)


BLOCKS = (
    FeatureBlock("time", ("hour_sin", "hour_cos", "weekday_sin", "weekday_cos"), _time),
    FeatureBlock(
        "shopper",
        (
            "history_length",
            "session_length",
            "session_carts",
            "history_carts",
            "history_purchases",
            "log_days_away",
        ),
        _shopper,
    ),
    FeatureBlock("own_past", _OWN_PAST, _own_past),
    FeatureBlock("category", ("has_category", "same_category", "shared_levels", "session_share"), _category),
    FeatureBlock("item", ItemStatistics.COLUMNS, _item),
)


_OF_BLOCKS = sum(len(block.columns) for block in BLOCKS)


def feature_names(index: Index) -> tuple[str, ...]:
    """The columns of `features`, in their order."""
    of_blocks = [column for block in BLOCKS for column in block.columns]
    of_sources = [f"{source.NAME}_{column}" for source in index.sources for column in source.COLUMNS]
    return (*of_blocks, *of_sources, *(f"{source.NAME}_rank" for source in index.sources))


def features(search: Search, candidates: Candidates) -> Floats:
    """All features of candidates; float64 (candidates, len(feature_names(search.index))), all finite."""
    said = search.columns(candidates.item)
    width = _OF_BLOCKS + sum(each.shape[1] for each in said) + candidates.rank.shape[1]
    table = np.empty((len(candidates), width))
    start = 0
    for block in BLOCKS:
        stop = start + len(block.columns)
        table[:, start:stop] = block.compute(search.index, search.query, candidates)
        start = stop
    for columns in said:
        stop = start + columns.shape[1]
        table[:, start:stop] = columns
        start = stop
    table[:, start:] = candidates.rank
    return table
