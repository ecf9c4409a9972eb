"""Pure discovery: of every shopper one item is hidden, all of its rows, and to be found again.

Leave-one-out, with all items ranked but the shopper's own (as item-based methods are compared since Deshpande
and Karypis, Item-based top-N recommendation algorithms, TOIS 2004). The split is not temporal: what was done
later, by others and by the shopper, is known. It says how well items are found that a shopper has never
touched, and nothing about how a shop would have done at the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import EventType, InteractionLog
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.metrics import hit, reciprocal_rank
from recommender.domain.popularity import Floats
from recommender.domain.ranking import top_n
from recommender.domain.retrieval import Query
from recommender.domain.spans import entries, offsets

LENGTH = 20
METRICS = (f"HR@{LENGTH}", f"MRR@{LENGTH}")

KNN_WEIGHTS = (1.0, 2.0, 3.0)
"""What a view, a cart and a purchase are worth to the baseline, by EventType code."""


@dataclass(frozen=True, eq=False)
class Hidden:
    """What is left of a log, and what was hidden of those shoppers who have something left.

    log: in the tables of the whole log. user, item: int32 (cases,), rows of these tables.
    """

    log: InteractionLog
    user: Rows
    item: Rows

    @classmethod
    def last(cls, log: InteractionLog, types: Sequence[EventType] = (EventType.TRANSACTION,)) -> Self:
        """Hide every row of the item that each shopper had the last such event with.

        Of events at one time the last is the one that the log has last.
        """
        chosen = np.isin(log.type, types)
        hidden = np.full(len(log.users), ABSENT, np.int32)
        hidden[log.user[chosen]] = log.item[chosen]  # where a shopper repeats, numpy keeps the last
        left = log.taking(hidden[log.user] != log.item)
        user = np.flatnonzero((hidden != ABSENT) & (np.bincount(left.user, minlength=len(hidden)) > 0))
        return cls(left, user.astype(np.int32), hidden[user])

    def __len__(self) -> int:
        return len(self.user)

    def own(self) -> list[Rows]:
        """The items that each case's shopper has left, ascending."""
        pair = np.unique(self.log.user * np.int64(len(self.log.items)) + self.log.item)
        owner, item = np.divmod(pair, max(len(self.log.items), 1))
        start, stop = np.searchsorted(owner, self.user), np.searchsorted(owner, self.user, side="right")
        return [item[one:other].astype(np.int32) for one, other in zip(start, stop, strict=True)]

    def query(self, index: Index, case: int) -> Query:
        """Ask an index of what is left, at the moment of the last event that the shopper has left."""
        user = index.users.row(self.log.users.id(int(self.user[case])))
        history = index.histories.of(user)
        return index.query(history, int(history.timestamp[-1]))


def bought_most(log: InteractionLog) -> Floats:
    """Purchases of each item; float64 (items,)."""
    bought = log.item[log.type == EventType.TRANSACTION]
    return np.bincount(bought, minlength=len(log.items)).astype(np.float64)


@dataclass(frozen=True, eq=False)
class ItemKnn:
    """The cosine of items' columns in the matrix of shoppers and items (Sarwar et al., WWW 2001).

    A cell has the weight of the most that the shopper did with the item. No number of neighbours is set:
    every item of the shopper asks all that have a shopper in common with it.

    item, weight: (cells,), in order of shopper, where begin (shoppers + 1,) says. user, share: (cells,), in
    order of item, where first (items + 1,) says; a share is a weight relative to the item's length.
    """

    begin: NDArray[np.int64]
    item: Rows
    weight: Floats
    length: Floats
    first: NDArray[np.int64]
    user: Rows
    share: Floats

    @classmethod
    def fit(cls, log: InteractionLog) -> Self:
        """Build the matrix by both of its sides."""
        users, items = len(log.users), len(log.items)
        cell, place = np.unique(log.user * np.int64(items) + log.item, return_inverse=True)
        weight = np.zeros(len(cell))
        np.maximum.at(weight, place, np.array(KNN_WEIGHTS)[log.type])
        user, item = (each.astype(np.int32) for each in np.divmod(cell, max(items, 1)))
        length = np.sqrt(np.bincount(item, weight**2, minlength=items))
        by_item = np.argsort(item, kind="stable")
        return cls(
            offsets(np.bincount(user, minlength=users)),
            item,
            weight,
            length,
            offsets(np.bincount(item, minlength=items)),
            user[by_item],
            (weight / length[item])[by_item],
        )

    def scores(self, user: int) -> Floats:
        """The sum over the shopper's items of weight x cosine; float64 (items,)."""
        mine = slice(self.begin[user], self.begin[user + 1])
        item, weight = self.item[mine], self.weight[mine]
        cell, owner = entries(self.first, item)
        other, place = np.unique(self.user[cell], return_inverse=True)
        alike = np.bincount(place, weight[owner] * self.share[cell], minlength=len(other))
        theirs, owner = entries(self.begin, other)
        found = np.bincount(
            self.item[theirs], alike[owner] * self.weight[theirs], minlength=len(self.length)
        ).astype(np.float64, copy=False)
        return np.divide(found, self.length, out=found, where=self.length > 0)


def best_unseen(score: Floats, own: Rows) -> Rows:
    """The LENGTH best items of all but the shopper's own, ties by row; score: (items,)."""
    item = np.setdiff1d(np.arange(len(score), dtype=np.int32), own, assume_unique=True)
    return item[top_n(score[item], item, LENGTH)]


def judged(lists: Sequence[Rows], relevant: Sequence[Rows]) -> Floats:
    """METRICS of each list, best first, against the items that were right; float64 (cases, 2)."""
    table = np.zeros((len(lists), len(METRICS)))
    for row, item, right in zip(table, lists, relevant, strict=True):
        hits = np.isin(item[:LENGTH], right)
        row[:] = hit(hits, LENGTH), reciprocal_rank(hits, LENGTH)
    return table
