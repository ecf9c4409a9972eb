"""From views to carts, and from carts to baskets that are paid."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.catalogue import Catalogue
from recommender.adapters.sample.events import CART, TRANSACTION, Events
from recommender.adapters.sample.rhythm import readiness
from recommender.adapters.sample.settings import DAY_MS

MINUTE_MS = 60_000

# The chance of a view of an average item by an average visitor; looking again makes it likelier.
CART_CHANCE = 0.0260
LIFT_OF_LOOKING_AGAIN = 1.5
MOST_LOOKS = 3

# Some visits are for buying and most are not, which is why baskets hold more than one item.
MOOD_SPREAD = 1.4

# RetailRocket: one transaction for three carts.
PAYS = 0.385
PAYS_FOR_ITEM = 0.85
PAYS_NEXT_DAY = 0.12


@dataclass(frozen=True)
class Looks:
    """The views of a day, with what decides about a cart.

    time      (views,)  int64     ms UTC
    visit     (views,)  int64     row of the visit
    visitor   (views,)  int64     row of the visitor
    item      (views,)  int64     row of the item
    before    (views,)  int64     how often the visit has viewed the item already
    keenness  (views,)  float64   of the visitor
    """

    time: NDArray[np.int64]
    visit: NDArray[np.int64]
    visitor: NDArray[np.int64]
    item: NDArray[np.int64]
    before: NDArray[np.int64]
    keenness: NDArray[np.float64]


@dataclass(frozen=True)
class Carts:
    """Additions to carts, at most one for a visit and an item.

    events  (carts,)          the additions
    visit   (carts,)  int64   row of the visit
    """

    events: Events
    visit: NDArray[np.int64]


def put_into_carts(looks: Looks, catalogue: Catalogue, owned: NDArray[np.int64], rng: Generator) -> Carts:
    """Which views are followed by a cart, seconds later. What a visitor owns is not put there again."""
    mood = rng.lognormal(-(MOOD_SPREAD**2) / 2, MOOD_SPREAD, int(looks.visit.max(initial=-1)) + 1)
    lift = 1.0 + LIFT_OF_LOOKING_AGAIN * np.minimum(looks.before, MOST_LOOKS)
    person = looks.keenness * mood[looks.visit]
    chance = CART_CHANCE * lift * catalogue.rate[looks.item] * person * readiness(looks.time)
    wants = np.flatnonzero(rng.random(len(chance)) < chance)
    owns = np.isin(pair_keys(looks.visitor[wants], looks.item[wants], catalogue), owned)
    wants = _first_of_each(wants[~owns], looks, catalogue)
    time = looks.time[wants] + rng.integers(5_000, 90_000, len(wants))
    kept = catalogue.on_sale(looks.item[wants], time)
    rows = wants[kept]
    return Carts(Events.of_kind(CART, time[kept], looks.visitor[rows], looks.item[rows]), looks.visit[rows])


def pay(
    carts: Carts, visit_end: NDArray[np.int64], catalogue: Catalogue, first_basket: int, rng: Generator
) -> Events:
    """What is bought of the carts: one basket for a visit, minutes after its end or on the next day.

    visit_end (visits,) is the time of the last view; baskets are numbered from `first_basket`.
    """
    visits = len(visit_end)
    pays = (rng.random(visits) < PAYS)[carts.visit]
    bought = pays & (rng.random(len(carts.visit)) < PAYS_FOR_ITEM)
    last_cart = visit_end.copy()
    np.maximum.at(last_cart, carts.visit, carts.events.time)
    later = np.where(
        rng.random(visits) < PAYS_NEXT_DAY, DAY_MS + rng.integers(-6, 6, visits) * 60 * MINUTE_MS, 0
    )
    paid = (last_cart + rng.integers(MINUTE_MS, 8 * MINUTE_MS, visits) + later)[carts.visit]
    rows = np.flatnonzero(bought & catalogue.on_sale(carts.events.item, paid))
    basket = np.unique(carts.visit[rows], return_inverse=True)[1].astype(np.int64) + first_basket
    return Events(
        paid[rows],
        carts.events.visitor[rows],
        np.full(len(rows), TRANSACTION),
        carts.events.item[rows],
        basket,
    )


def pair_keys(visitor: NDArray[np.int64], item: NDArray[np.int64], catalogue: Catalogue) -> NDArray[np.int64]:
    """One number for each pair of a visitor and an item."""
    return visitor * len(catalogue.ids) + item


def _first_of_each(rows: NDArray[np.int64], looks: Looks, catalogue: Catalogue) -> NDArray[np.int64]:
    """The first row of each visit and item; rows of a visit are in the order of time."""
    keys = pair_keys(looks.visit[rows], looks.item[rows], catalogue)
    return rows[np.sort(np.unique(keys, return_index=True)[1])]
