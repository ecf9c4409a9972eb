"""What robots do to popularity and co-visitation, with the bound on a shopper's influence and without it.

    python -m benchmarks.robots

A few robots are added to the stored log: each walks through a random part of the catalogue, again and again,
for a day. What the shop would show is compared with what it showed before they came: 1 is unmoved.
"""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np

from recommender.container import Container
from recommender.domain import influence
from recommender.domain.catalogue import CatalogueHistory
from recommender.domain.events import DAY, EventType, InteractionLog
from recommender.domain.history import History
from recommender.domain.ids import IdTable
from recommender.domain.index import Index
from recommender.domain.retrieval import Source
from recommender.domain.retrieval.co_visitation import CoVisitation
from recommender.domain.retrieval.popular_in_shop import PopularInShop
from recommender.domain.retrieval.trending import Trending
from recommender.entrypoints.cli.screen import shown
from recommender.settings import read_settings

SOURCES: tuple[type[Source], ...] = (PopularInShop, Trending, CoVisitation)
ROBOTS, EVENTS, PART = 5, 20_000, 500
ASKED = 1_000
TOP = 10


def main() -> int:
    """Print the share of the lists' first places that robots leave as they were."""
    container = Container(settings=read_settings(), progress=shown)
    log, catalogue = container.events().read(), container.catalogue().history()
    visited = visited_by_robots(log, np.random.default_rng(7))
    print(f"{ROBOTS} robots with {EVENTS:,} views each, in a log of {len(log):,} events")
    print(f"{'':24s}" + "".join(f"{source.NAME:>20s}" for source in SOURCES))
    bounded = influence.MOST_EVENTS
    for name, most in (("influence is bounded", bounded), ("every event counts 1", 1e18)):
        influence.MOST_EVENTS = most
        same = unmoved(log, visited, catalogue)
        print(f"{name:24s}" + "".join(f"{each:20.3f}" for each in same))
    influence.MOST_EVENTS = bounded
    return 0


def visited_by_robots(log: InteractionLog, rng: np.random.Generator) -> InteractionLog:
    """The log, with robots in its last day."""
    time = log.end - 1 - rng.integers(0, DAY, ROBOTS * EVENTS)
    robot = np.repeat(np.arange(ROBOTS, dtype=np.int32), EVENTS)
    parts = rng.choice(len(log.items), (ROBOTS, PART))
    item = parts[robot, np.tile(np.arange(EVENTS) % PART, ROBOTS)].astype(np.int32)
    users = IdTable.of([f"~robot {each}" for each in range(ROBOTS)] + log.users.ids(range(len(log.users))))
    rows = log.users.rows_in(users)
    of_robots = users.rows(f"~robot {each}" for each in range(ROBOTS))
    time = np.sort(time.reshape(ROBOTS, EVENTS), axis=1).ravel()
    all_times = np.concatenate([log.timestamp, time])
    order = np.argsort(all_times, kind="stable")
    return replace(
        log,
        timestamp=all_times[order],
        user=np.concatenate([rows[log.user], of_robots[robot]])[order],
        item=np.concatenate([log.item, item])[order],
        type=np.concatenate([log.type, np.full(len(time), EventType.VIEW, np.int8)])[order],
        users=users,
    )


def unmoved(log: InteractionLog, visited: InteractionLog, catalogue: CatalogueHistory) -> list[float]:
    """For each source, the mean share of the first TOP places that are the same with and without robots."""
    before, after = (Index.fit(each, catalogue, SOURCES) for each in (log, visited))
    popular = np.argsort(-np.bincount(log.item, minlength=len(log.items)), kind="stable")[:ASKED]
    names = log.items.ids(popular.astype(np.int32))
    return [
        float(np.mean([overlap(before, after, number, name) for name in names]))
        for number in range(len(SOURCES))
    ]


def overlap(before: Index, after: Index, number: int, name: str) -> float:
    """The share of one list's first places, for somebody who looks at an item."""
    lists = []
    for index in (before, after):
        history = History(index.items.rows([name]), np.array([index.end]), np.zeros(1, np.int8))
        listed = index.sources[number].ask(index.query(history, index.end)).shortlist(TOP)
        lists.append(set(index.items.ids(listed.item)))
    return len(lists[0] & lists[1]) / max(len(lists[0]), 1)


if __name__ == "__main__":
    sys.exit(main())
