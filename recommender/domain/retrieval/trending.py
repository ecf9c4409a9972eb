"""What the shop has begun to look at: more in the last day than the weeks before let expect."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import DAY, InteractionLog
from recommender.domain.ids import ABSENT
from recommender.domain.popularity import Floats, Window, decayed_popularity
from recommender.domain.retrieval.charts import Charts
from recommender.domain.retrieval.findings import Listed
from recommender.domain.retrieval.source import Query, Reason, because
from recommender.domain.soundness import field

TRENDS = {Window.DAY: (DAY, 14 * DAY), Window.WEEK: (7 * DAY, 56 * DAY)}
"""Half-lives of what is counted as now and as usual, of each window whose trend is known."""

LONGEST = 50


@dataclass(frozen=True, eq=False)
class Trending:
    """The same list for everybody: available items whose popularity grows.

    charts: how far every item is above what is usual, for each of TRENDS; candidates are those of the day.
    """

    NAME: ClassVar[str] = "trending"
    COLUMNS: ClassVar[tuple[str, ...]] = ()
    FIRST: ClassVar[int] = 5

    charts: Charts

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:
        """Order the items of which there is more than usual."""
        growth = [_growth(log, short, long) for short, long in TRENDS.values()]
        return cls(Charts.of(np.column_stack(growth), catalogue, above=0))

    def check(self, items: int, categories: int) -> None:
        """There is a chart for each of TRENDS."""
        with field("charts"):
            self.charts.check(items, categories, len(TRENDS))

    def ask(self, query: Query) -> Listed:  # noqa: ARG002 - everybody gets the same
        """The list, whoever asks."""
        item = self.charts.best(_TODAY, ABSENT, LONGEST)
        return Listed(item, because(Reason.TRENDING, len(item)))


_TODAY = list(TRENDS).index(Window.DAY)


def number_of(window: Window) -> int:
    """The score of a window in the charts."""
    return list(TRENDS).index(window)


def _growth(log: InteractionLog, short: float, long: float) -> Floats:
    """How far each item is above what is usual, in standard deviations of a Poisson count; (items,)."""
    usual = decayed_popularity(log, long) * (short / long)
    growth: Floats = (decayed_popularity(log, short) - usual) / np.sqrt(usual + 1)
    return growth
