"""Business rules: which candidates may be shown at all. Each rule is a small pure function."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from recommender.domain.events import DAY, EventType
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.index import Index
from recommender.domain.retrieval import Query

Mask = NDArray[np.bool_]

JUST_BOUGHT = 30 * DAY
"""Nobody wants to see again what they bought so recently."""


@dataclass(frozen=True, eq=False)
class Rules:
    """What one request asked for, beside what always holds.

    exclude: int32 rows never to be shown. bought_within: ms in which a purchase counts as "just bought".
    most_per_category: so many items of one category a list may hold; 0: any number.
    """

    exclude: Rows = field(default_factory=lambda: np.empty(0, np.int32))
    exclude_seen: bool = False
    exclude_bought: bool = True
    bought_within: int = JUST_BOUGHT
    most_per_category: int = 0


def allowed(index: Index, query: Query, item: Rows, rules: Rules) -> Mask:
    """Which items may be shown; bool (n,)."""
    mask = index.available.take(item)
    if len(rules.exclude):
        mask &= ~np.isin(item, rules.exclude)
    if rules.exclude_seen:
        mask &= ~np.isin(item, query.history.item)
    if rules.exclude_bought:
        mask &= not_just_bought(query, item, rules.bought_within)
    if query.within != ABSENT:
        mask &= in_category(index, item, query.within)
    return mask


def not_just_bought(query: Query, item: Rows, within: int) -> Mask:
    """Items the shopper has not bought in the last `within` ms."""
    history = query.history
    bought = history.type == EventType.TRANSACTION.value
    if not bought.any():  # as for most: then there is nothing to look for
        return np.ones(len(item), bool)
    return ~np.isin(item, history.item[bought & (query.moment - history.timestamp <= within)])


def in_category(index: Index, item: Rows, category: int) -> Mask:
    """Items of the category's subtree."""
    inside: Mask = (index.tree.levels[index.category[item]] == category).any(axis=1)
    return inside


def at_most_per_category(category: Rows, most: int) -> Mask:
    """Of a ranked list, given by its items' categories, the first `most` of each category; bool (n,).

    An item's category is its own, not one above it. Items without one all stay: that nothing is known of
    them does not make them alike, and one limit for all of them would empty a shop with a patchy catalogue.
    """
    order = np.argsort(category, kind="stable")
    grouped = category[order]
    kept = np.empty(len(category), bool)
    kept[order] = np.arange(len(grouped)) - np.searchsorted(grouped, grouped) < most
    kept[category == ABSENT] = True
    return kept


def most_together(category: Rows, most: int) -> int:
    """How many items of these categories at_most_per_category keeps; it is the same in any order."""
    sizes = np.bincount(category + 1, minlength=1)  # that of ABSENT comes first
    return int(sizes[0] + np.minimum(sizes[1:], most).sum())
