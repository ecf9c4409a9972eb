"""Items that are like each other: vectors from what is looked at around them, and the nearest of each.

Positive pointwise mutual information of items within a few steps, factorised: as a word is known by the
company it keeps (Levy and Goldberg, Neural word embedding as implicit matrix factorization, NIPS 2014), so is
an item. Smoothing of frequent contexts: Levy, Goldberg and Dagan (TACL 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.catalogue import CatalogueSnapshot
from recommender.domain.events import InteractionLog
from recommender.domain.ids import ABSENT, Rows
from recommender.domain.popularity import Floats
from recommender.domain.retrieval.findings import TINY
from recommender.domain.retrieval.pairs import Pairs, best_of_each
from recommender.domain.retrieval.source import Query, Reason, Shortlist, because
from recommender.domain.retrieval.spectrum import Vectors, leading
from recommender.domain.soundness import require_finite, require_rows, require_shape

LONGEST_STEP = 8
DISTANCE_DECAY = 0.8
"""Pairs further apart than LONGEST_STEP do not count, and each step takes this from a pair."""

SMOOTHING = 0.875
"""Frequencies are raised to this power on both sides of a pair: it keeps rare pairs from seeming certain."""

DIMENSIONS = 96

MOST_ITEMS = 50_000
"""So many of the items that are looked at most have a vector; of others too little is known."""

NEAREST = 40
"""So many of the nearest items are listed of each."""

ASKING = 3
"""The nearest items of so many of the latest items are candidates."""

LATEST_ITEMS = 8
STEP_DECAY = 0.8
"""A session points to the mean of so many of its latest items, each counting so much less than the next."""

ROUNDING = 1e-6
"""Cosines of vectors that have nothing in common are 0 up to this."""

BLOCK = 512
"""Rows of similarities at a time, to bound memory."""

GROUPS = 512
"""Several times NEAREST, so that the nearest seldom share a group."""


@dataclass(frozen=True, eq=False)
class ItemVectors:
    """Unit vectors of some items, and for each of these the nearest ones.

    place: int32 (items,), the row of an item in `vector`, ABSENT for one without (which finds the last row,
    all zeros). vector: float32 (n + 1, dimensions). nearest: int32 (n, k), item rows, nearest first, and
    ABSENT behind those that have anything in common.
    """

    NAME: ClassVar[str] = "similar_items"
    COLUMNS: ClassVar[tuple[str, ...]] = ("to_session", "to_latest", "to_item_before", "to_nearest")
    FIRST: ClassVar[int] = 30

    place: Rows
    vector: Vectors
    nearest: Rows

    @classmethod
    def fit(cls, log: InteractionLog, catalogue: CatalogueSnapshot) -> Self:  # noqa: ARG003 - the rules know it
        """Count the company of every item, and factorise."""
        steps = Pairs.of_steps(log, LONGEST_STEP, DISTANCE_DECAY, np.ones(len(log)))
        size, company = steps.size, np.add(*steps.totals())
        item = np.argsort(-company, kind="stable")[: min(MOST_ITEMS, np.count_nonzero(company))]
        item = np.sort(item).astype(np.int32)
        place = np.full(size, ABSENT, np.int32)
        place[item] = np.arange(len(item))
        vector = _unit(leading(_mutual_information(steps, place, len(item)), DIMENSIONS))
        # In a small shop even the nearest of an item may have nothing in common with it.
        near, cosine = _nearest(vector, NEAREST)
        nearest = np.where(cosine > ROUNDING, item[near], ABSENT).astype(np.int32, copy=False)
        return cls(place, np.concatenate([vector, np.zeros((1, vector.shape[1]), np.float32)]), nearest)

    def check(self, items: int, categories: int) -> None:  # noqa: ARG002 - it knows no categories
        """Every place has a vector and its nearest items, and there is one vector more."""
        require_shape("nearest", self.nearest, None, None)
        require_rows("nearest", self.nearest, items, ABSENT)
        require_shape("place", self.place, items)
        require_rows("place", self.place, len(self.nearest), ABSENT)
        require_shape("vector", self.vector, len(self.nearest) + 1, None)
        require_finite("vector", self.vector)

    def ask(self, query: Query) -> _Direction:
        """Where the session points to."""
        latest = query.latest[:LATEST_ITEMS]
        return _Direction(self, latest, self.of(latest))

    def of(self, item: Rows) -> Floats:
        """The vectors of some items, zeros where there is none; float64 (n, dimensions)."""
        return self.vector.take(self.place.take(item), axis=0).astype(np.float64)


@dataclass(frozen=True, eq=False)
class _Direction:
    """Findings: the latest items, and their vectors."""

    source: ItemVectors
    latest: Rows
    vector: Floats

    def shortlist(self, limit: int) -> Shortlist:
        """The nearest of each of the latest, then the second nearest of each, and so on."""
        place = self.source.place[self.latest[:ASKING]]
        listed = dict.fromkeys(self.source.nearest[place[place != ABSENT]].T.ravel().tolist())
        listed.pop(ABSENT, None)
        item = np.array(list(listed)[:limit], np.int32)
        return Shortlist(item, because(Reason.SIMILAR_ITEM, len(item)))

    def columns(self, item: Rows) -> Floats:
        """Cosines with the session's direction, its two latest items, and whichever of them is nearest."""
        if not len(self.latest):
            return np.zeros((len(item), len(ItemVectors.COLUMNS)))
        session = STEP_DECAY ** np.arange(len(self.latest)) @ self.vector
        session /= max(sqrt(session @ session), TINY)
        vector = self.source.of(item)
        cosine = vector @ self.vector.T
        said = np.zeros((len(item), len(ItemVectors.COLUMNS)))
        said[:, 0] = vector @ session
        said[:, 1 : 1 + min(2, len(self.latest))] = cosine[:, :2]
        said[:, 3] = cosine.max(axis=1)
        return said


def _mutual_information(steps: Pairs, place: Rows, size: int) -> Pairs:
    """The positive part of log(observed / expected) of each pair, among the items that have a place."""
    known = np.flatnonzero((place[steps.one] != ABSENT) & (place[steps.other] != ABSENT))
    one, other = place[steps.one[known]], place[steps.other[known]]
    pairs = Pairs(one, other, steps.weight[known], size).both_ways()
    smooth = pairs.totals()[0] ** SMOOTHING
    expected = smooth[pairs.one] * smooth[pairs.other] / smooth.sum() ** 2
    information = np.log(pairs.weight / pairs.weight.sum() / expected)
    return pairs.where(information > 0, information)


def _unit(vector: Vectors) -> Vectors:
    length = np.linalg.norm(vector, axis=1, keepdims=True)
    unit: Vectors = np.divide(vector, length, out=np.zeros_like(vector), where=length > 0)
    return unit


def _nearest(vector: Vectors, most: int) -> tuple[NDArray[np.int64], Vectors]:
    """For each vector the rows of the nearest others, nearest first, ties by row, and their cosines.

    Both are (n, min(most, n - 1)).
    """
    size = len(vector)
    most = max(min(most, size - 1), 0)
    found, cosine = np.empty((size, most), np.int64), np.empty((size, most), np.float32)
    for start in range(0, size if most else 0, BLOCK):
        similar = vector[start : start + BLOCK] @ vector.T
        here = np.arange(len(similar))
        similar[here, start + here] = -np.inf
        row, other = np.nonzero(similar >= _reached(similar, most))
        _, best = best_of_each(row, similar[row, other], len(similar), most)
        found[start : start + BLOCK] = other[best].reshape(-1, most)
        cosine[start : start + BLOCK] = similar[row[best], other[best]].reshape(-1, most)
    return found, cosine


def _reached(similar: Vectors, most: int) -> Vectors:
    """What at least `most` numbers of each row reach, and few more; (n, 1).

    Found from the greatest of each of GROUPS groups, which is much quicker than to partition whole rows.
    """
    width = similar.shape[1]
    groups = min(max(GROUPS, most), width)
    greatest = similar[:, : width // groups * groups].reshape(len(similar), -1, groups).max(axis=1)
    return np.partition(greatest, groups - most, axis=1)[:, groups - most, None]
