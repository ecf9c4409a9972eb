"""The rows of item_properties.csv."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from recommender.adapters.sample.world import World

# RetailRocket hashes what is not needed: properties become numbers, words become numbers, and numbers
# keep three decimals behind an n.
LEAST_NAMES = 100
NAME_RANGE = 1_104
VALUES_PER_NAME = 16
WORD_RANGE = 1_300_000
MOST_WORDS = 4
NUMBER_SHARE = 0.5

ITEMS_AT_ONCE = 4_096


@dataclass(frozen=True)
class Fillers:
    """Ready pieces of rows, `property,value` and a line end; VALUES_PER_NAME in a row share the property."""

    rows: list[str]
    per_item: int

    def of_items(self, items: int, rng: Generator) -> Iterator[list[str]]:
        """The pieces of each item, of different properties."""
        names = len(self.rows) // VALUES_PER_NAME
        first = rng.integers(0, names, (items, 1))
        name = (first + np.arange(self.per_item)) % names
        value = rng.integers(0, VALUES_PER_NAME, name.shape)
        for places in (name * VALUES_PER_NAME + value).tolist():
            yield [self.rows[place] for place in places]


def property_chunks(world: World, rng: Generator) -> Iterator[tuple[str, int]]:
    """Text and number of rows, bit by bit: all items as they enter the shop, then all changes by time."""
    fillers = _fillers(world.shop.properties_per_item, rng)
    for start in range(0, world.shop.items, ITEMS_AT_ONCE):
        entries = _entries(world, slice(start, start + ITEMS_AT_ONCE), fillers, rng)
        yield "".join(entries), len(entries) * (2 + fillers.per_item)
    changes = _changes(world)
    yield "".join(changes), len(changes)


def _fillers(per_item: int, rng: Generator) -> Fillers:
    names = max(LEAST_NAMES, per_item)
    chosen = rng.choice(NAME_RANGE, size=names, replace=False).tolist()
    rows = [f"{name},{_value(rng)}\n" for name in chosen for _ in range(VALUES_PER_NAME)]
    return Fillers(rows, per_item)


def _value(rng: Generator) -> str:
    """Some words, of which the first may be a number."""
    words = [str(word) for word in rng.integers(0, WORD_RANGE, int(rng.integers(1, MOST_WORDS + 1))).tolist()]
    if rng.random() < NUMBER_SHARE:
        words[0] = f"n{int(rng.integers(0, 100_000)) * 12 / 10:.3f}"
    return " ".join(words)


def _entries(world: World, items: slice, fillers: Fillers, rng: Generator) -> list[str]:
    """The first rows of each item, of one moment: category, availability and fillers.

    Items which enter after the last moment to write take their draws too: the cut drops rows, no more.
    """
    born = world.catalogue.born_ms[items].tolist()
    category = world.tree.ids[world.catalogue.leaf[items]].tolist()
    pieces = fillers.of_items(len(born), rng)
    entries = zip(born, world.catalogue.ids[items].tolist(), category, pieces, strict=True)
    return [_entry(*entry) for entry in entries if entry[0] < world.shop.cut_ms]


def _entry(born: int, item: int, category: int, pieces: list[str]) -> str:
    """The rows of an item. Joining puts their head before all in one go: there may be 20 million."""
    head = f"{born},{item},"
    return head + head.join([f"categoryid,{category}\n", "available,1\n", *pieces])


def _changes(world: World) -> list[str]:
    """Rows of items that move, pause, come back or leave, in the order of time."""
    catalogue = world.catalogue
    rows = [
        *_rows_at(world, catalogue.paused_ms, "available,0"),
        *_rows_at(world, catalogue.back_ms, "available,1"),
        *_rows_at(world, catalogue.gone_ms, "available,0"),
    ]
    moving = np.flatnonzero(catalogue.moved_ms < world.shop.cut_ms)
    categories = world.tree.ids[catalogue.next_leaf[moving]].tolist()
    moves = zip(catalogue.moved_ms[moving].tolist(), catalogue.ids[moving].tolist(), categories, strict=True)
    rows += [(time, item, f"categoryid,{category}") for time, item, category in moves]
    return [f"{time},{item},{change}\n" for time, item, change in sorted(rows)]


def _rows_at(world: World, moment: NDArray[np.int64], change: str) -> list[tuple[int, int, str]]:
    """One row for every item whose moment comes."""
    items = np.flatnonzero(moment < world.shop.cut_ms)
    return [
        (time, item, change)
        for time, item in zip(moment[items].tolist(), world.catalogue.ids[items].tolist(), strict=True)
    ]
