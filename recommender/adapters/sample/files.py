"""The three files, in RetailRocket's format."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TextIO

import numpy as np

from recommender.adapters.sample.events import KINDS, Events
from recommender.adapters.sample.tree import CategoryTree
from recommender.adapters.sample.world import World

EVENTS = "events.csv"
PROPERTIES = "item_properties.csv"
TREE = "category_tree.csv"

HEADERS = {
    EVENTS: "timestamp,visitorid,event,itemid,transactionid\n",
    PROPERTIES: "timestamp,itemid,property,value\n",
    TREE: "categoryid,parentid\n",
}


@contextmanager
def new_files(out: Path) -> Iterator[dict[str, TextIO]]:
    """All files, with their headers, under other names; they get their own when everything is written.

    An error leaves what was in `out` before, and no half file.
    """
    out.mkdir(parents=True, exist_ok=True)
    parts = {name: out / f"{name}.part" for name in HEADERS}
    try:
        with ExitStack() as stack:
            files = {name: stack.enter_context(_started(part, HEADERS[name])) for name, part in parts.items()}
            yield files
        for name, part in parts.items():
            part.replace(out / name)
    finally:
        for part in parts.values():
            part.unlink(missing_ok=True)


@contextmanager
def _started(path: Path, header: str) -> Iterator[TextIO]:
    with path.open("w", encoding="ascii", newline="\n", buffering=1 << 20) as file:
        file.write(header)
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_tree(tree: CategoryTree, file: TextIO) -> None:
    """Rows of all categories in the order of their ids."""
    parents = np.where(tree.parent < 0, -1, tree.ids[tree.parent])
    rows = sorted(zip(tree.ids.tolist(), parents.tolist(), strict=True))
    file.writelines(f"{category},{'' if parent < 0 else parent}\n" for category, parent in rows)


def write_events(world: World, events: Events, file: TextIO) -> None:
    """Rows of some events, in their order."""
    columns = (
        events.time.tolist(),
        world.visitors.ids[events.visitor].tolist(),
        events.kind.tolist(),
        world.catalogue.ids[events.item].tolist(),
        events.basket.tolist(),
    )
    file.writelines(
        f"{time},{visitor},{KINDS[kind]},{item},{'' if basket < 0 else basket}\n"
        for time, visitor, kind, item, basket in zip(*columns, strict=True)
    )
