"""Programs that walk through the catalogue at an even pace and put nothing into a cart."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.events import VIEW, Events
from recommender.adapters.sample.settings import DAY_MS, SampleShop
from recommender.adapters.sample.shelf import Shelf

# Half a percent of the views, at nearly two views a visitor.
VIEWS_PER_VISITOR = 0.0095
FEWEST_VISITORS = 5_000
VISITORS_PER_BOT = 500_000
VIEWS_A_DAY = 600
SLOWEST_MS = 60_000
QUICKEST_MS = 15_000

# At the slowest pace a day's crawl takes ten hours; it starts early enough to end before midnight.
LATEST_START_MS = DAY_MS - VIEWS_A_DAY * SLOWEST_MS - SLOWEST_MS


@dataclass(frozen=True)
class Bots:
    """All bots; each crawls a part of its views on each of some days in a row.

    visitor    (bots,)  int64   row of the visitor
    views      (bots,)  int64   views in all
    first_day  (bots,)  int64   first day of the crawl
    pace_ms    (bots,)  int64   time between two views
    """

    visitor: NDArray[np.int64]
    views: NDArray[np.int64]
    first_day: NDArray[np.int64]
    pace_ms: NDArray[np.int64]

    def crawl(self, shop: SampleShop, shelf: Shelf, day: int, rng: Generator) -> Events:
        """The views of all bots on a day."""
        done = np.clip((day - self.first_day) * VIEWS_A_DAY, 0, self.views)
        todo = np.where(day < self.first_day, 0, np.minimum(self.views - done, VIEWS_A_DAY))
        bot = np.repeat(np.arange(len(todo)), todo)
        count = np.arange(len(bot)) - np.repeat(np.cumsum(todo) - todo, todo)
        start = shop.day_ms(day) + rng.integers(0, LATEST_START_MS, len(todo))
        time = start[bot] + count * self.pace_ms[bot] + rng.integers(0, 1_000, len(bot))
        return Events.of_kind(VIEW, time, self.visitor[bot], _walk(shelf, done[bot] + count))


def count_bots(shop: SampleShop) -> int:
    """How many visitors are bots: none in a shop too small to hide one."""
    return 0 if shop.visitors < FEWEST_VISITORS else 2 + shop.visitors // VISITORS_PER_BOT


def plan_bots(shop: SampleShop, rng: Generator) -> Bots:
    """The bots of a shop, which are its last visitors."""
    bots = count_bots(shop)
    views = np.full(bots, round(shop.visitors * VIEWS_PER_VISITOR) // max(1, bots), dtype=np.int64)
    last_start = np.maximum(1, shop.days - views // VIEWS_A_DAY)
    return Bots(
        visitor=np.arange(shop.visitors - bots, shop.visitors, dtype=np.int64),
        views=views,
        first_day=rng.integers(0, last_start),
        pace_ms=rng.integers(QUICKEST_MS, SLOWEST_MS, bots),
    )


def _walk(shelf: Shelf, position: NDArray[np.int64]) -> NDArray[np.int64]:
    """Listed items in the order of their categories, from the start again after the last."""
    listed = shelf.order[shelf.listed[shelf.order]]
    return listed[position % len(listed)]
