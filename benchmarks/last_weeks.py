"""What the service would have shown just before each purchase of the last four weeks.

Everything is learnt from what happened before the four weeks; since then only the shopper's own events are
known. The list is of the moment before the purchase, which is to be found in it: for most, it is in the cart
already, so that "latest carts and views first" is hard to beat.

The service cannot show an item that is newer than its model, and neither may the baselines it is compared
with. One more baseline may: what lies between is lost to items that are new.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from benchmarks.comparison import SEED, Figures, compared
from recommender.application.fit import Fit
from recommender.application.ports import Trainer
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.discovery import LENGTH, judged
from recommender.domain.events import DAY, EventType, InteractionLog
from recommender.domain.history import History, latest_first
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.model import recommend
from recommender.domain.rules import Rules
from recommender.domain.sessions import by_shopper
from recommender.domain.targets import PURCHASE

WEEKS = 28 * DAY
LATEST = "latest carts and views first"
CARTS = "latest carts first, then views"
NEWER = "latest first, with new items"


class Purchase(NamedTuple):
    """Somebody is about to buy: what they had done before, when they bought, and what.

    Items are rows of the index; those that it lacks are numbered below ABSENT.
    """

    shopper: int
    history: History
    moment: int
    item: Rows

    @property
    def known(self) -> History:
        """What the service knows of the history."""
        return self.history.only(self.history.item > ABSENT)


def last_weeks(
    log: InteractionLog, catalogue: CatalogueHistory, fit: Fit, trainer: Trainer
) -> tuple[Figures, str]:
    """The figures of the served lists and of the baselines, and the baseline they are compared with."""
    start = log.end - WEEKS
    past = log.until(start)
    ranker = fit.lesson(past, catalogue, (PURCHASE,), SEED, start).taught(trainer).ranker
    index = fit.index(past, catalogue)
    cases = list(purchases(index, log, start))
    reachable = sum(bool((case.item > ABSENT).any()) for case in cases)
    print(f"{len(cases):,} purchases, {reachable:,} of them of an item that the model knows")
    lists = {
        LATEST: [_touched(case.known) for case in cases],
        CARTS: [_carts_first(case.known) for case in cases],
        NEWER: [_touched(case.history) for case in cases],
        "as served": [
            recommend(index, ranker, index.query(case.known, case.moment), Rules(), LENGTH).item
            for case in cases
        ],
    }
    relevant = [case.item for case in cases]
    shopper = np.array([case.shopper for case in cases])
    return compared({name: judged(each, relevant) for name, each in lists.items()}, LATEST, shopper), LATEST


def purchases(index: Index, log: InteractionLog, start: int) -> Iterator[Purchase]:
    """What was bought from `start` on, each shopper's purchases of one moment together."""
    ordered = log.taking(by_shopper(log))
    row = log.items.rows_in(index.items)
    row = np.where(row == ABSENT, ABSENT - 1 - np.arange(len(row), dtype=np.int32), row)
    item = row[ordered.item]
    bought = (ordered.type == EventType.TRANSACTION) & (ordered.timestamp >= start)
    moments = np.unique(np.column_stack([ordered.user[bought], ordered.timestamp[bought]]), axis=0)
    for shopper, moment in moments.tolist():
        first, last = np.searchsorted(ordered.user, [shopper, shopper + 1])
        stop = first + int(np.searchsorted(ordered.timestamp[first:last], moment))
        before = slice(first, stop)
        history = History(item[before], ordered.timestamp[before], ordered.type[before])
        at = bought[first:last] & (ordered.timestamp[first:last] == moment)
        yield Purchase(shopper, history, moment, np.unique(item[first:last][at]))


def _touched(history: History) -> Rows:
    """What was looked at or put into the cart, the latest first."""
    return latest_first(history.item[history.type != EventType.TRANSACTION])


def _carts_first(history: History) -> Rows:
    """What was put into the cart, the latest first, and then what was looked at."""
    carts = latest_first(history.item[history.type == EventType.ADDTOCART])
    views = latest_first(history.item[history.type == EventType.VIEW])
    return np.concatenate([carts, views[~np.isin(views, carts)]])
