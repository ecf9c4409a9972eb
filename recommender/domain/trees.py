"""Gradient-boosted trees, evaluated for all rows of a request at once.

numpy is quick at one operation on many words. So each node holds the set of the rows that reach it, 64 rows
to a word, and a node's test is one AND for all rows: the forest takes a handful of numpy calls per depth,
however many trees it has. QuickScorer (Lucchese et al., SIGIR 2015) keeps a set of leaves for each row and
tree instead. Written in numpy it took 1.1 to 1.8 times as long for the 100 or 200 rows of a request, since a
column then costs rows x trees words, and its tables nine times the space.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from itertools import pairwise
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recommender.domain.contributions import Contributions, Paths, Step
from recommender.domain.ids import ABSENT
from recommender.domain.popularity import Floats
from recommender.domain.soundness import require_finite, require_rows, require_shape
from recommender.domain.spans import spans

Places = NDArray[np.int64]
RowSets = NDArray[np.uint64]
"""Sets of rows, (sets, words): a bit for each row, as np.packbits orders them; those behind mean nothing."""

MOST_LEAVES = 256
"""Of one tree: the number of a leaf is a byte."""

_WIDTHS = tuple(1 << bits for bits in range(9))

BLOCK = 256
"""Rows at a time: hardly a request has more, and the sets of all nodes stay in the processor's cache."""

ONLY: RowSets = np.packbits(np.eye(BLOCK, dtype=np.bool_), axis=1).view(np.uint64)
"""The set of each single row of a block."""


@dataclass(frozen=True, eq=False)
class Tree:
    """A tree as arrays (nodes,), the root first.

    column, threshold, missing_left: value <= threshold goes left, and so does NaN if missing_left; a leaf has
    the column ABSENT. left, right: the nodes below. value: what a leaf adds to the log-odds.
    """

    column: Places
    threshold: Floats
    missing_left: NDArray[np.bool_]
    left: Places
    right: Places
    value: Floats

    @classmethod
    def joined(cls, trees: Sequence[Tree]) -> tuple[Self, Places]:
        """All nodes in one, tree after tree, and where the root of each is."""
        size = np.array([len(tree.value) for tree in trees])
        root = np.cumsum(size) - size
        nodes = {
            each.name: np.concatenate([getattr(tree, each.name) for tree in trees]) for each in fields(cls)
        }
        for child in ("left", "right"):
            nodes[child] = nodes[child] + np.repeat(root, size)
        return cls(**nodes), root

    def by_depth(self, root: Places) -> list[Places]:
        """The nodes of each depth: first the roots, then all left and all right children of each before."""
        depths = [root]
        while len(inner := depths[-1][self.column[depths[-1]] != ABSENT]):
            depths.append(np.concatenate([self.left[inner], self.right[inner]]))
        return depths


@dataclass(frozen=True, eq=False)
class BoostedRanker:
    """P = 1 / (1 + exp(-(baseline + the sum over all trees of the value of the leaf that the row reaches))).

    column int64, threshold, missing_left: (tests,), the distinct tests of all trees in order of column.
    levels: int64 (depths,), how many nodes with a test there are at each depth.
    node, test: int64 (nodes with a test,), by depth: the node's place in Tree.by_depth, and its test.
    leaf: int64 (2**bits, trees), the places of each tree's leaves; one behind all nodes where it has no more.
    value: float64 (trees, 2**bits), the values of these leaves.
    """

    NAME: ClassVar[str] = "boosted"

    features: tuple[str, ...]
    column: Places
    threshold: Floats
    missing_left: NDArray[np.bool_]
    levels: Places
    node: Places
    test: Places
    leaf: Places
    value: Floats
    baseline: float

    @classmethod
    def of(cls, features: tuple[str, ...], trees: Sequence[Tree], baseline: float) -> Self:
        """Put trees together; ValueError if there is none, or one of more than MOST_LEAVES leaves."""
        if not trees:
            raise ValueError("boosting needs at least one tree")
        forest, root = Tree.joined(trees)
        depths = forest.by_depth(root)
        listed = np.concatenate(depths)
        leaf, value = _leaves(forest, root, listed)
        node = np.flatnonzero(forest.column[listed] != ABSENT)
        inner = listed[node]
        tests, test = np.unique(
            np.column_stack([forest.column[inner], forest.threshold[inner], forest.missing_left[inner]]),
            axis=0,
            return_inverse=True,
        )
        return cls(
            features,
            column=tests[:, 0].astype(np.int64),
            threshold=tests[:, 1].copy(),
            missing_left=tests[:, 2].astype(np.bool_),
            levels=np.array([len(below) // 2 for below in depths[1:]], np.int64),
            node=node,
            test=test,
            leaf=leaf,
            value=value,
            baseline=baseline,
        )

    def check(self) -> None:
        """Tests ask for features, nodes come behind the one above them, and leaves are places of nodes."""
        for name in ("column", "threshold", "missing_left"):
            require_shape(name, getattr(self, name), len(self.threshold))
        require_rows("column", self.column, len(self.features))
        if (np.diff(self.column) < 0).any():
            raise ValueError("column: the tests are not in order of their columns")
        require_shape("value", self.value, None, None)
        trees, leaves = self.value.shape
        if leaves not in _WIDTHS:
            raise ValueError(f"value: {leaves} leaves a tree is no power of 2 up to {MOST_LEAVES}")
        require_finite("value", self.value)
        self._check_nodes(trees)
        require_shape("leaf", self.leaf, leaves, trees)
        require_rows("leaf", self.leaf, trees + 2 * len(self.node) + 1)

    def _check_nodes(self, trees: int) -> None:
        require_shape("node", self.node, None)
        require_shape("test", self.test, len(self.node))
        require_rows("test", self.test, len(self.threshold))
        require_shape("levels", self.levels, None)
        require_rows("levels", self.levels, len(self.node) + 1)
        if self.levels.sum() != len(self.node):
            raise ValueError(f"levels: {self.levels.sum()} nodes in all, there are {len(self.node)}")
        known = trees + 2 * np.repeat(np.cumsum(self.levels) - self.levels, self.levels)
        require_rows("node", self.node, trees + 2 * len(self.node))
        if (self.node >= known).any():
            raise ValueError("node: a node comes before the one above it")

    def probabilities(self, table: Floats) -> Floats:
        """P(target) of each row; what else is in the table does not change it, not even by rounding."""
        log_odds = np.empty(len(table))
        for start in range(0, len(table), BLOCK):
            log_odds[start : start + BLOCK] = self._log_odds(table[start : start + BLOCK])
        return 1 / (1 + np.exp(-np.clip(log_odds, -500, 500)))

    def contributions(self, table: Floats, explained: int) -> Contributions:
        """What each column adds along the paths of the first `explained` rows, of at most BLOCK."""
        bits = np.unpackbits(self._reaching(self._passing(table)).view(np.uint8), axis=1)
        reached = bits[:-1, : len(table)].view(np.bool_)
        value = np.zeros(len(bits))
        value[self.leaf] = self.value.T
        paths = Paths.of(reached, value[:-1], self._steps())
        average = float(paths.mean[: len(self.value)].sum()) + self.baseline
        return Contributions(average, paths.contributions(len(self.features), explained))

    def _steps(self) -> list[Step]:
        """Every depth's nodes with a test, their columns, and where their left and right nodes are."""
        steps, end = [], len(self.value)
        for node, test in self._by_level:
            middle = end + len(node)
            below = slice(end, middle), slice(middle, middle + len(node))
            steps.append(Step(node, self.column[test], *below))
            end = below[1].stop
        return steps

    def _log_odds(self, table: Floats) -> Floats:
        leaf = self._leaf_numbers(self._reaching(self._passing(table)))
        # Whole words of rows are added up: numpy would add up a single row's values in another order.
        total: Floats = self.value.ravel().take(leaf + self._first_leaf).sum(axis=0)
        return total[: len(table)] + self.baseline

    def _passing(self, table: Floats) -> RowSets:
        """The rows that each test sends left: the first few in the order of its column, (tests, words).

        A column in which all rows are the same, as what is known of the shopper, need not be put in order.
        """
        varies = (table != table[0]).any(axis=0)
        varies[:1] = True  # at least one column, for the sets of all rows and of none
        varying = np.flatnonzero(varies)
        values = np.ascontiguousarray(table.T[varying])
        order = values.argsort(axis=1)
        first = _first_in_order(order)
        values = values.ravel().take(order + len(table) * np.arange(len(varying))[:, None])
        count = np.where(table[0].take(self.column) <= self.threshold, len(table), 0)
        for row, column in zip(values, varying.tolist(), strict=True):
            tests, thresholds = self._tests_of[column]
            count[tests] = row.searchsorted(thresholds, "right")
        place = (varies.cumsum() - 1).take(self.column)
        passing: RowSets = first.reshape(-1, first.shape[2]).take(count * len(varying) + place, axis=0)
        if np.isnan(values[:, -1]).any():  # the last in every order
            known = len(table) - np.isnan(values).sum(axis=1)
            missing = first[-1] & ~first[known, np.arange(len(varying))]
            some = self.missing_left & varies.take(self.column)
            passing[some] |= missing[place[some]]
        return passing

    def _reaching(self, passing: RowSets) -> RowSets:
        """The rows that reach each node, and behind the last node the empty set: (nodes + 1, words)."""
        end = len(self.value)
        reaching = np.empty((end + 2 * len(self.node) + 1, passing.shape[1]), np.uint64)
        reaching[:end], reaching[-1] = ~np.uint64(0), 0
        for node, test in self._by_level:
            here = reaching.take(node, axis=0)
            start, middle, end = end, end + len(node), end + 2 * len(node)
            left = np.bitwise_and(here, passing.take(test, axis=0), out=reaching[start:middle])
            np.bitwise_xor(here, left, out=reaching[middle:end])
        return reaching

    def _leaf_numbers(self, reaching: RowSets) -> NDArray[np.uint8]:
        """Which of its leaves a row reaches in each tree: (trees, rows of whole words).

        Bit by bit, the highest first: it is set for the rows that reach one of the upper half of the leaves.
        """
        sets = reaching.take(self.leaf, axis=0)
        numbers = np.zeros(sets[0].size * 8, np.uint64)  # eight to a word
        while half := len(sets) // 2:
            is_upper = np.unpackbits(np.bitwise_or.reduce(sets[half:], axis=0).view(np.uint8))
            numbers = (numbers << np.uint64(1)) | is_upper.view(np.uint64)
            sets = sets[:half] | sets[half:]
        return numbers.view(np.uint8).reshape(len(self.value), -1)

    @cached_property
    def _first_leaf(self) -> NDArray[np.integer]:
        """Of each tree, the place of its first value; of the narrowest type, which is the quickest to add."""
        trees, leaves = self.value.shape
        first: NDArray[np.integer] = np.arange(trees)[:, None] * leaves
        return first.astype(np.min_scalar_type(trees * leaves))

    @cached_property
    def _tests_of(self) -> list[tuple[slice, Floats]]:
        """Of each column, its tests and their thresholds."""
        ends = self.column.searchsorted(np.arange(len(self.features) + 1)).tolist()
        return [(slice(a, b), self.threshold[a:b]) for a, b in pairwise(ends)]

    @cached_property
    def _by_level(self) -> list[tuple[Places, Places]]:
        """Of each depth, the nodes with a test and their tests."""
        ends = np.cumsum(self.levels)[:-1]
        return list(zip(np.split(self.node, ends), np.split(self.test, ends), strict=True))


def _leaves(forest: Tree, root: Places, listed: Places) -> tuple[Places, Floats]:
    """The fields leaf and value of BoostedRanker, of nodes that are listed by depth."""
    place = np.flatnonzero(forest.column[listed] == ABSENT)
    tree = root.searchsorted(listed[place], "right") - 1
    count = np.bincount(tree, minlength=len(root))
    if count.max() > MOST_LEAVES:
        raise ValueError(f"a tree has {count.max()} leaves; at most {MOST_LEAVES} are possible")
    place = place[np.argsort(tree, kind="stable")]
    number, tree = spans(np.zeros_like(count), count)
    width = 1 << int(count.max() - 1).bit_length()
    leaf = np.full((width, len(root)), len(listed))
    leaf[number, tree] = place
    value = np.zeros((len(root), width))
    value[tree, number] = forest.value[listed[place]]
    return leaf, value


def _first_in_order(order: Places) -> RowSets:
    """The set of the first k rows in each of some orders (orders, rows): (rows + 1, orders, words)."""
    orders, rows = order.shape
    words = -(-rows // 64)
    first = np.empty((rows + 1, orders, words), np.uint64)
    first[0] = 0
    np.bitwise_or.accumulate(ONLY[:rows, :words].take(order.T, axis=0), axis=0, out=first[1:])
    return first
