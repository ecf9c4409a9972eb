"""A sample shop, from its settings to its files."""

from collections.abc import Callable
from pathlib import Path

from recommender.adapters.sample.files import EVENTS, PROPERTIES, TREE, new_files, write_events, write_tree
from recommender.adapters.sample.properties import property_chunks
from recommender.adapters.sample.settings import SampleShop
from recommender.adapters.sample.simulation import simulate
from recommender.adapters.sample.streams import Streams
from recommender.adapters.sample.summary import SampleSummary, Tally
from recommender.adapters.sample.world import plant_world


def _silent(_done_days: int, _days: int) -> None:
    """Nobody watches."""


def write_sample(
    shop: SampleShop, out: Path, *, progress: Callable[[int, int], None] = _silent
) -> SampleSummary:
    """Write the three files of a shop into `out`, all or none.

    `progress` hears after each day how many are done, and of how many.
    """
    streams = Streams.of(shop.seed)
    world = plant_world(shop, streams)
    tally = Tally.blank(shop.visitors)
    properties = 0
    with new_files(out) as files:
        write_tree(world.tree, files[TREE])
        for text, rows in property_chunks(world, streams.properties):
            files[PROPERTIES].write(text)
            properties += rows
        for day, events in enumerate(simulate(world, streams)):
            write_events(world, events, files[EVENTS])
            tally.add(events)
            progress(day + 1, shop.days)
    return tally.summary(world, properties)
