"""What is clicked in a visit, for all visits of a day at once, one position after the other."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.shelf import Shelf

# A regular starts from something seen last time, or in a favourite category, or like a guest anywhere.
START_FROM_SEEN = 0.25
START_FROM_FAVOURITE = 0.55

# Then each click: back to something of this visit, on to a companion, or a draw from the leaf, from the aisle
# or from the shop. A companion or a draw meets a seen item too, which brings the repeats to about a third.
BACK = 0.21
COMPANION = 0.33
SAME_LEAF = 0.29
SAME_AISLE = 0.11

# Squared chance prefers the first companions, which are the closest.
CLOSENESS = 2

CLICK_MS = 45_000.0
CLICK_SPREAD = 1.1
LEAST_CLICK_MS = 2_000.0
MOST_CLICK_MS = 900_000.0


@dataclass(frozen=True)
class Starts:
    """What a day's visits start with.

    clicks      (visits,)    int64   views the visit will have
    regular     (visits,)    bool    whether the visitor comes more than once
    favourites  (visits, f)  int64   leaf categories the visitor returns to
    recent      (visits, r)  int64   items the visitor looked at before, -1 where there are fewer
    """

    clicks: NDArray[np.int64]
    regular: NDArray[np.bool_]
    favourites: NDArray[np.int64]
    recent: NDArray[np.int64]


@dataclass(frozen=True)
class Clicks:
    """The views of a day's visits, visit by visit.

    visit      (views,)  int64   row of the visit
    item       (views,)  int64   row of the item
    before     (views,)  int64   how often the visit has viewed the item already
    offset_ms  (views,)  int64   time since the start of the visit
    """

    visit: NDArray[np.int64]
    item: NDArray[np.int64]
    before: NDArray[np.int64]
    offset_ms: NDArray[np.int64]


def browse(starts: Starts, shelf: Shelf, companions: NDArray[np.int64], rng: Generator) -> Clicks:
    """All clicks of a day's visits. The leaf of the first item is what the visit is about."""
    longest = int(starts.clicks.max(initial=1))
    trail = np.full((len(starts.clicks), longest), -1, dtype=np.int64)
    before = np.zeros_like(trail)
    trail[:, 0] = _landings(starts, shelf, rng)
    intent = shelf.leaf[trail[:, 0]]
    for step in range(1, longest):
        going = np.flatnonzero(starts.clicks > step)
        seen = trail[going, :step]
        item = _next_items(seen, intent[going], shelf, companions, rng)
        trail[going, step] = item
        before[going, step] = (seen == item[:, None]).sum(axis=1)
    visit, position = np.nonzero(trail >= 0)
    return Clicks(visit, trail[visit, position], before[visit, position], _offsets(position, rng))


def _landings(starts: Starts, shelf: Shelf, rng: Generator) -> NDArray[np.int64]:
    visits = len(starts.clicks)
    mood = np.where(starts.regular, rng.random(visits), 1.0)
    favourite = _one_of_each(starts.favourites, rng)
    likes = mood < START_FROM_SEEN + START_FROM_FAVOURITE
    landing = shelf.draw(np.where(likes, favourite, 0), np.where(likes, favourite + 1, shelf.leaves), rng)
    seen = _one_of_each(starts.recent, rng)
    again = (mood < START_FROM_SEEN) & (seen >= 0) & shelf.listed[seen]
    return np.where(again, seen, landing)


def _next_items(
    seen: NDArray[np.int64],
    intent: NDArray[np.int64],
    shelf: Shelf,
    companions: NDArray[np.int64],
    rng: Generator,
) -> NDArray[np.int64]:
    """The next item of each visit, given what it has seen in order, (visits, step)."""
    mood = rng.random(len(seen))
    close = (len(companions[0]) * rng.random(len(seen)) ** CLOSENESS).astype(np.int64)
    companion = companions[seen[:, -1], close]
    beside = (mood < BACK + COMPANION) & shelf.listed[companion]
    item = np.where(beside, companion, _drawn(mood, intent, shelf, rng))
    return np.where(mood < BACK, _one_of_each(seen, rng), item)


def _drawn(
    mood: NDArray[np.float64], intent: NDArray[np.int64], shelf: Shelf, rng: Generator
) -> NDArray[np.int64]:
    """A draw from the leaf the visit is about, from its aisle, or from the shop."""
    anywhere = mood >= BACK + COMPANION + SAME_LEAF + SAME_AISLE
    aisle = ~anywhere & (mood >= BACK + COMPANION + SAME_LEAF)
    ranges = [np.where(aisle, shelf.aisle[intent, side], intent + side) for side in (0, 1)]
    return shelf.draw(np.where(anywhere, 0, ranges[0]), np.where(anywhere, shelf.leaves, ranges[1]), rng)


def _one_of_each(rows: NDArray[np.int64], rng: Generator) -> NDArray[np.int64]:
    """One entry of every row, all equally likely."""
    chosen: NDArray[np.int64] = rows[np.arange(len(rows)), rng.integers(0, rows.shape[1], len(rows))]
    return chosen


def _offsets(position: NDArray[np.int64], rng: Generator) -> NDArray[np.int64]:
    """Time since the first click of the visit, for positions 0, 1, 2, ... of one visit after the other."""
    pause = np.exp(rng.normal(np.log(CLICK_MS), CLICK_SPREAD, len(position)))
    pause = np.clip(pause, LEAST_CLICK_MS, MOST_CLICK_MS).astype(np.int64)
    elapsed = np.cumsum(np.where(position == 0, 0, pause))
    first = np.maximum.accumulate(np.where(position == 0, np.arange(len(position)), 0))
    since: NDArray[np.int64] = elapsed - elapsed[first]
    return since
