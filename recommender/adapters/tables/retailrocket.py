"""The reader of RetailRocket's files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from recommender.adapters.parallel import JoblibWorkers
from recommender.adapters.tables.blocks import event_block, property_block
from recommender.adapters.tables.formats import CATEGORY_TREE, EVENTS, ITEM_PROPERTIES
from recommender.adapters.tables.opening import BLOCK, check, stretches
from recommender.adapters.tables.tree import read_tree
from recommender.application.ports import Block, Reject, Workers
from recommender.domain.catalogue import PropertyBatch
from recommender.domain.events import EventBatch


@dataclass(frozen=True)
class RetailRocketFiles:
    """RetailRocket's files, plain or gzip: what they are is told by their bytes, not by their names.

    A file that is not what it was given as is refused by the call itself, before the first block.

    now: ms; later timestamps, but for a day's grace, are refused. block: bytes that are parsed at once; it
    bounds the memory, and cuts the same file into the same blocks every time. workers: who parses the blocks.
    """

    now: int
    block: int = BLOCK
    workers: Workers = field(default_factory=lambda: JoblibWorkers(processes=1))

    def events(self, file: Path) -> Iterator[Block[EventBatch]]:
        """The rows of an events file in their order; the last block is done."""
        check(file, EVENTS)
        parse = partial(event_block, file=file.name, now=self.now)
        return self.workers.map(parse, stretches(file, self.block))

    def properties(self, file: Path) -> Iterator[Block[PropertyBatch]]:
        """The rows of an item properties file that are used; the others are only counted."""
        check(file, ITEM_PROPERTIES)
        parse = partial(property_block, file=file.name, now=self.now)
        return self.workers.map(parse, stretches(file, self.block))

    def tree(self, file: Path) -> tuple[dict[str, str | None], tuple[Reject, ...]]:
        """Category -> parent, and the rows that were refused; of two parents, the first stays."""
        check(file, CATEGORY_TREE)
        return read_tree(file, stretches(file, self.block))
