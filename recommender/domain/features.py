"""Features of (shopper, candidate, moment): one function for serving, evaluation and training.

A block computes some columns for all candidates of one request at once. Adding a block is writing a
function and naming it in BLOCKS; the sources of the index add a score and a rank column each.

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
    session = history.type[query.session :]
    away = _days(query.moment - int(history.timestamp[-1])) if len(history) else LONGEST_AGE_DAYS
    return np.array(
        [
            log1p(len(history)),
            log1p(len(session)),
            log1p(np.count_nonzero(session == EventType.ADDTOCART)),
            log1p(np.count_nonzero(history.type == EventType.ADDTOCART)),
            log1p(np.count_nonzero(history.type == EventType.TRANSACTION)),
            log1p(away),
        ]
    )


def _own_past(_index: Index, query: Query, candidates: Candidates) -> Floats:
    """What this shopper did with the candidate: one product of (candidate = event) and (event x column)."""
    history = query.history
    if not len(history):
        return _NO_PAST
    steps_back = np.arange(len(history))[::-1]
    age_days = np.minimum((query.moment - history.timestamp) / DAY, LONGEST_AGE_DAYS)
    per_event = np.zeros((len(history), len(_OWN_PAST)))
    for kind in EventType:
        per_event[:, kind] = history.type == kind
    per_event[:, 3] = np.arange(len(history)) >= query.session
    per_event[:, 4] = 1 / (1 + steps_back)
    per_event[:, 5] = steps_back == 0
    per_event[:, 6] = steps_back == 1
    per_event[:, 7] = np.exp2(-age_days)
    same = (candidates.item[:, None] == history.item).astype(np.float64)
    past: Floats = same @ per_event
    np.log1p(past[:, :4], out=past[:, :4])
    past[:, 8] = np.log1p(np.where(same, age_days, LONGEST_AGE_DAYS).min(axis=1))
    return past


_OWN_PAST = (
    "own_views",
    "own_carts",
    "own_purchases",
    "own_in_session",
    "own_position_decay",
    "is_latest_item",
    "is_item_before",
    "own_recency_decay",
    "own_log_days_since",
)
_NO_PAST = np.array([0.0] * (len(_OWN_PAST) - 1) + [log1p(LONGEST_AGE_DAYS)])


def _category(index: Index, query: Query, candidates: Candidates) -> Floats:
    """How well the candidate's category agrees with the shopper's."""
    category = index.category[candidates.item]
    levels = index.tree.levels  # its last row is that of no category, where the index ABSENT points
    path = levels[category]
    shared = ((path == levels[query.recent_category]) & (path != ABSENT)).sum(axis=1)
    session = query.category[query.session :]
    agrees = (category[:, None] == session) & (session != ABSENT)
    return np.column_stack(
        [
            category != ABSENT,
            (category == query.recent_category) & (category != ABSENT),
            shared / levels.shape[1],
            agrees.sum(axis=1) / max(len(session), 1),
        ]
    )


def _item(index: Index, _query: Query, candidates: Candidates) -> Floats:
    """What is known of the item whoever asks."""
    return index.statistics.table[candidates.item]


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


def feature_names(index: Index) -> tuple[str, ...]:
    """The columns of `features`, in their order."""
    of_sources = [f"{source.NAME}_{what}" for what in ("score", "rank") for source in index.sources]
    return (*(column for block in BLOCKS for column in block.columns), *of_sources)


def features(index: Index, query: Query, candidates: Candidates) -> Floats:
    """All features of a request's candidates; float64 (candidates, len(feature_names(index))), all finite."""
    table = np.empty((len(candidates), len(feature_names(index))))
    start = 0
    for block in BLOCKS:
        stop = start + len(block.columns)
        table[:, start:stop] = block.compute(index, query, candidates)
        start = stop
    sources = len(index.sources)
    table[:, start : start + sources] = candidates.score
    table[:, start + sources :] = candidates.rank
    return table
