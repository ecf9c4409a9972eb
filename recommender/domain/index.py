"""Everything the log and the catalogue say, before any ranker: what retrieval and features are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueHistory, CategoryTree
from recommender.domain.events import InteractionLog
from recommender.domain.history import HISTORY_LENGTH, Histories, History
from recommender.domain.ids import ABSENT, IdTable, Rows
from recommender.domain.popularity import ItemStatistics
from recommender.domain.retrieval import Query, Source
from recommender.domain.soundness import field, require_rows, require_shape

Kind = TypeVar("Kind")


@dataclass(frozen=True, eq=False)
class Index:
    """What was known at the end of a window of the log; no value in it depends on anything later.

    (The category tree has no times: all of it is known at all times.)

    items: those of the log and of the catalogue. category: int32 (items,), rows of `tree` or ABSENT.
    available: bool (items,). start, end: the window [start, end) in ms.
    """

    users: IdTable
    items: IdTable
    category: Rows
    available: NDArray[np.bool_]
    tree: CategoryTree
    histories: Histories
    statistics: ItemStatistics
    sources: tuple[Source, ...]
    start: int
    end: int

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueHistory, sources: Sequence[type[Source]]) -> Self:
        """Learn from a whole log, and from what the catalogue had said by the log's end."""
        log = log.compact()
        known = catalogue.at(log.end - 1)
        items = log.items.union(known.items)
        snapshot = known.over(items)
        log = log.recoded(items)
        return cls(
            users=log.users,
            items=items,
            category=snapshot.category,
            available=snapshot.available,
            tree=snapshot.tree,
            histories=Histories.fit(log),
            statistics=ItemStatistics.fit(log, snapshot),
            sources=tuple(source.fit(log, snapshot) for source in sources),
            start=log.start,
            end=log.end,
        )

    def check(self) -> None:
        """Raise ValueError, naming the field, if the parts do not agree with each other."""
        for name, table in (("users", self.users), ("items", self.items), ("tree", self.tree)):
            with field(name):
                table.check()
        users, items, categories = len(self.users), len(self.items), len(self.tree)
        require_shape("category", self.category, items)
        require_rows("category", self.category, categories, ABSENT)
        require_shape("available", self.available, items)
        with field("histories"):
            self.histories.check(users, items)
        with field("statistics"):
            self.statistics.check(items)
        for number, source in enumerate(self.sources):
            with field(f"sources.{number}.{source.NAME}"):
                source.check(items, categories)

    def source(self, kind: type[Kind]) -> Kind:
        """The source of a kind; LookupError if the index was fitted without it."""
        for source in self.sources:
            if isinstance(source, kind):
                return source
        raise LookupError(f"there is no {kind.__name__} among the sources")

    def query(self, history: History, moment: int, within: int = ABSENT) -> Query:
        """Ask about a shopper at a moment; later events of the history are not looked at."""
        known = history.until(moment).latest(HISTORY_LENGTH)
        return Query(known, moment, self.category[known.item], within)
