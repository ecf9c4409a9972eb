"""Who comes, how often, and on which days."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.rhythm import day_weights
from recommender.adapters.sample.settings import SampleShop
from recommender.adapters.sample.shelf import Shelf

REGULAR_SHARE = 0.10

# A power law for the visits of a regular: two at least, sixteen or more for one in a hundred.
VISITS_TAIL = 1.7
MOST_VISITS_A_DAY = 2

# The clicks of a visit beyond the first are the whole part of a lognormal, which is below 1 for most guests.
GUEST_CLICKS = -1.15
REGULAR_CLICKS = -0.4
CLICKS_SPREAD = 1.3
MOST_CLICKS = 150

GUEST_KEENNESS = 0.7
REGULAR_KEENNESS = 1.3
KEENNESS_SPREAD = 0.8
FAVOURITES = 3


@dataclass(frozen=True)
class Visitors:
    """All visitors as rows.

    ids         (visitors,)     int64     the numbers in the file
    regular     (visitors,)     bool      comes more than once
    keenness    (visitors,)     float64   readiness to put into the cart what is seen
    favourites  (visitors, 3)   int32     leaf categories a regular returns to
    """

    ids: NDArray[np.int64]
    regular: NDArray[np.bool_]
    keenness: NDArray[np.float64]
    favourites: NDArray[np.int32]


@dataclass(frozen=True)
class Visits:
    """All visits in the order of their days.

    visitor  (visits,)    int32   row of the visitor
    clicks   (visits,)    int32   views the visit will have
    bounds   (days + 1,)  int64   where each day starts
    """

    visitor: NDArray[np.int32]
    clicks: NDArray[np.int32]
    bounds: NDArray[np.int64]

    def of_day(self, day: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The visitors who come on a day, and how many views each visit will have."""
        rows = slice(int(self.bounds[day]), int(self.bounds[day + 1]))
        return self.visitor[rows].astype(np.int64), self.clicks[rows].astype(np.int64)


def gather_visitors(shop: SampleShop, shelf: Shelf, rng: Generator) -> Visitors:
    """The visitors of a shop; favourites follow what is popular on the given shelf."""
    regular = rng.random(shop.visitors) < REGULAR_SHARE
    spread = rng.lognormal(-(KEENNESS_SPREAD**2) / 2, KEENNESS_SPREAD, shop.visitors)
    liked = shelf.leaf[shelf.draw_anywhere(shop.visitors * FAVOURITES, rng)]
    return Visitors(
        ids=rng.permutation(shop.visitors).astype(np.int64),
        regular=regular,
        keenness=spread * np.where(regular, REGULAR_KEENNESS, GUEST_KEENNESS),
        favourites=liked.reshape(shop.visitors, FAVOURITES).astype(np.int32),
    )


def plan_visits(shop: SampleShop, visitors: Visitors, bots: int, rng: Generator) -> Visits:
    """Every visit of the span. The last `bots` visitors are programs and have none here."""
    times = _visits_each(shop, visitors.regular, rng)
    times[shop.visitors - bots :] = 0
    visitor = np.repeat(np.arange(shop.visitors, dtype=np.int32), times)
    day = _days(shop, times, rng)
    order = np.argsort(day, kind="stable")
    visitor = visitor[order]
    clicks = _clicks(visitors.regular[visitor], rng)
    return Visits(visitor, clicks, np.searchsorted(day[order], np.arange(shop.days + 1)))


def _visits_each(shop: SampleShop, regular: NDArray[np.bool_], rng: Generator) -> NDArray[np.int64]:
    tail = 1.0 + np.floor((1.0 - rng.random(len(regular))) ** (-1.0 / VISITS_TAIL))
    most = max(2, shop.days * MOST_VISITS_A_DAY)
    return np.where(regular, np.minimum(tail, most), 1).astype(np.int64)


def _days(shop: SampleShop, times: NDArray[np.int64], rng: Generator) -> NDArray[np.int16]:
    """The day of every visit. A visitor is around for a part of the span, longer with more visits.

    That part may wrap from the end to the start: otherwise the middle of the span would be the busiest.
    """
    stay = np.minimum(1.0, rng.random(len(times)) + times / shop.days)
    arrival = rng.random(len(times))
    moment = (np.repeat(arrival, times) + rng.random(int(times.sum())) * np.repeat(stay, times)) % 1.0
    day = np.searchsorted(np.cumsum(day_weights(shop)), moment, side="right")
    last: NDArray[np.int16] = np.minimum(day, shop.days - 1).astype(np.int16)
    return last


def _clicks(regular: NDArray[np.bool_], rng: Generator) -> NDArray[np.int32]:
    beyond = rng.lognormal(np.where(regular, REGULAR_CLICKS, GUEST_CLICKS), CLICKS_SPREAD)
    return np.minimum(1 + beyond, MOST_CLICKS).astype(np.int32)
