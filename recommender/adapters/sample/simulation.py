"""The shop, day by day."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.adapters.sample.browsing import Clicks, Starts, browse
from recommender.adapters.sample.events import VIEW, Events
from recommender.adapters.sample.funnel import Looks, pair_keys, pay, put_into_carts
from recommender.adapters.sample.memory import Memory
from recommender.adapters.sample.rhythm import draw_moments
from recommender.adapters.sample.schedule import arrange
from recommender.adapters.sample.streams import Streams
from recommender.adapters.sample.world import World


def simulate(world: World, streams: Streams) -> Iterator[Events]:
    """The events of each day in the order of time; what lies after the last moment to write is left out."""
    memory = Memory.blank(world.shop.visitors)
    for day in range(world.shop.days):
        events = Events.joined([memory.later, *_day(world, day, memory, streams)])
        today = events.time < world.shop.day_ms(day + 1)
        memory.later = events.taken(~today)
        yield events.taken(today & (events.time < world.shop.cut_ms))


def _day(world: World, day: int, memory: Memory, streams: Streams) -> list[Events]:
    """The events of all visits that start on a day."""
    shelf = world.shelf(day)
    visitor, clicks = world.visits.of_day(day)
    path = browse(
        _starts(world, memory, visitor, clicks), shelf, world.catalogue.companions, streams.browsing
    )
    last = np.cumsum(clicks) - 1
    wished = draw_moments(world.shop, day, len(visitor), streams.visits)
    start = arrange(visitor, wished, path.offset_ms[last], memory.last_seen_ms, streams.visits)
    _remember(memory, visitor, path, last)
    bought = _funnel(world, _looks(world, path, visitor, start), memory, streams)
    return [world.bots.crawl(world.shop, shelf, day, streams.bots), *bought]


def _starts(world: World, memory: Memory, visitor: NDArray[np.int64], clicks: NDArray[np.int64]) -> Starts:
    return Starts(
        clicks=clicks,
        regular=world.visitors.regular[visitor],
        favourites=world.visitors.favourites[visitor].astype(np.int64),
        recent=memory.recent[visitor].astype(np.int64),
    )


def _remember(memory: Memory, visitor: NDArray[np.int64], path: Clicks, last: NDArray[np.int64]) -> None:
    """Keep the first and the last item of each visit, the last one in front."""
    first = np.concatenate([[0], last[:-1] + 1])[: len(last)]
    memory.remember_view(visitor, path.item[first])
    memory.remember_view(visitor, path.item[last])


def _looks(world: World, path: Clicks, visitor: NDArray[np.int64], start: NDArray[np.int64]) -> Looks:
    """The views with their times, without those an item did not live to see."""
    time = start[path.visit] + path.offset_ms
    kept = np.flatnonzero(world.catalogue.on_sale(path.item, time))
    visit = path.visit[kept]
    who = visitor[visit]
    return Looks(time[kept], visit, who, path.item[kept], path.before[kept], world.visitors.keenness[who])


def _funnel(world: World, looks: Looks, memory: Memory, streams: Streams) -> list[Events]:
    """Views, carts and purchases of a day's visits."""
    carts = put_into_carts(looks, world.catalogue, memory.owned, streams.funnel)
    visit_end = np.zeros(int(looks.visit.max(initial=-1)) + 1, dtype=np.int64)
    np.maximum.at(visit_end, looks.visit, looks.time)
    paid = pay(carts, visit_end, world.catalogue, memory.baskets, streams.funnel)
    memory.remember_purchases(paid, pair_keys(paid.visitor, paid.item, world.catalogue))
    return [Events.of_kind(VIEW, looks.time, looks.visitor, looks.item), carts.events, paid]
