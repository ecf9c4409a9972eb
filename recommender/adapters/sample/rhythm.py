"""The rhythm of a shop: weekdays, hours, and how ready people are to buy."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.settings import DAY_MS, SampleShop

HOUR_MS = DAY_MS // 24
SATURDAY = 5

# Monday to Sunday.
WEEKDAYS = np.array([1.10, 1.10, 1.08, 1.05, 0.96, 0.82, 0.89])

# Midnight to eleven at night, in UTC: low at night, lunch, a peak in the evening.
WORKDAY_HOURS = np.array(
    [24, 15, 9, 6, 5, 7, 13, 24, 38, 48, 54, 58, 62, 60, 57, 56, 58, 63, 72, 84, 92, 88, 68, 42],
    dtype=np.float64,
)
WEEKEND_HOURS = np.array(
    [34, 24, 15, 9, 6, 6, 8, 14, 26, 42, 56, 64, 66, 65, 64, 63, 64, 66, 70, 76, 80, 76, 60, 40],
    dtype=np.float64,
)


def day_weights(shop: SampleShop) -> NDArray[np.float64]:
    """The share of the visits that fall on each day, (days,), sum 1."""
    weight = WEEKDAYS[(_weekday(shop, np.arange(shop.days)))]
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def draw_moments(shop: SampleShop, day: int, size: int, rng: Generator) -> NDArray[np.int64]:
    """Moments of a day at which visits start, (size,), in ms UTC."""
    weekend = _weekday(shop, np.array([day]))[0] >= SATURDAY
    weight = WEEKEND_HOURS if weekend else WORKDAY_HOURS
    hour = np.searchsorted(np.cumsum(weight) / weight.sum(), rng.random(size), side="right")
    within = rng.integers(0, HOUR_MS, size)
    return shop.day_ms(day) + np.minimum(hour, 23) * HOUR_MS + within


def readiness(time: NDArray[np.int64]) -> NDArray[np.float64]:
    """How ready people are to buy at a moment, around 1: a bit more so in the evening."""
    hour = (time % DAY_MS) / HOUR_MS
    lift: NDArray[np.float64] = 1.0 + 0.15 * np.cos((hour - 20.0) * (np.pi / 12.0))
    return lift


def _weekday(shop: SampleShop, day: NDArray[np.int64]) -> NDArray[np.int64]:
    """Monday is 0."""
    return (shop.first_day - 1 + day) % 7
