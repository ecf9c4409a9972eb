"""How the popularity of items drifts: a weekly walk, new hits and passing trends."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.catalogue import Catalogue
from recommender.adapters.sample.settings import DAY_MS, SampleShop

WEEK = 7
WEEKLY_STEP = 0.3
FADE_DAYS = 10.0

HIT_SHARE = 0.10
HIT_HEIGHT = 3.0
NOVELTY_HEIGHT = 0.5
TREND_SHARE = 0.03
TREND_HEIGHT = 2.0


@dataclass(frozen=True)
class Popularity:
    """Logs of popularity, to be summed.

    standing     (items,)           float64   what the item keeps
    walk         (weeks + 2, items) float32   where its random walk stands at the start of each week
    bump_day     (items,)           float64   when interest jumps
    bump_height  (items,)           float64   by how much; it fades within FADE_DAYS
    """

    standing: NDArray[np.float64]
    walk: NDArray[np.float32]
    bump_day: NDArray[np.float64]
    bump_height: NDArray[np.float64]

    def on(self, day: int) -> NDArray[np.float64]:
        """The weight of every item on a day, (items,)."""
        week, rest = divmod(day, WEEK)
        drift = self.walk[week] + (self.walk[week + 1] - self.walk[week]) * (rest / WEEK)
        age = day - self.bump_day
        bump = np.where(age >= 0, self.bump_height * np.exp(-np.maximum(age, 0) / FADE_DAYS), 0.0)
        weight: NDArray[np.float64] = np.exp(self.standing + drift + bump)
        return weight


def draw_popularity(shop: SampleShop, catalogue: Catalogue, rng: Generator) -> Popularity:
    """The drift of all items. New items start with a jump, a tenth of them with a great one."""
    bump_day = (catalogue.born_ms - shop.start_ms) / DAY_MS
    new = bump_day > 0
    chance = rng.random(shop.items)
    trending = ~new & (chance < TREND_SHARE)
    bump_day[trending] = rng.uniform(0, shop.days, int(trending.sum()))
    of_new = np.where(chance < HIT_SHARE, HIT_HEIGHT, NOVELTY_HEIGHT)
    height = np.where(new, of_new, np.where(trending, TREND_HEIGHT, 0.0))
    return Popularity(catalogue.standing, _walk(shop, rng), bump_day, height)


def _walk(shop: SampleShop, rng: Generator) -> NDArray[np.float32]:
    weeks = shop.days // WEEK + 2
    steps = rng.standard_normal((weeks, shop.items), dtype=np.float32) * np.float32(WEEKLY_STEP)
    walk: NDArray[np.float32] = np.cumsum(steps, axis=0, dtype=np.float32)
    return walk
