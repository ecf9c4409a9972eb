"""The category tree: a small file, read one line at a time."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np

from recommender.adapters.tables import exact
from recommender.adapters.tables.formats import CATEGORY_TREE
from recommender.adapters.tables.judging import judge
from recommender.adapters.tables.opening import Stretch
from recommender.application.ports import Reject
from recommender.domain.errors import FileRefused

Parents = dict[str, str | None]


def read_tree(file: Path, stretches: Iterable[Stretch]) -> tuple[Parents, tuple[Reject, ...]]:
    """Category -> parent, and the rows that were refused.

    A tree replaces the one before it, so half a tree is worse than none: damage is FileRefused.
    """
    parents: Parents = {}
    rejects: list[Reject] = []
    for stretch in stretches:
        if stretch.damage:
            raise FileRefused(str(file), stretch.damage)
        everything = np.ones(stretch.lines, bool)
        rejects += judge(stretch, everything, file.name, lambda line: _plant(parents, line)).rejects
    return parents, tuple(rejects)


def _plant(parents: Parents, line: bytes) -> None:
    """Note the parent of one category. Raises RowRefused if it already has another."""
    category, parent = exact.category(exact.fields_of(line, len(CATEGORY_TREE.columns)))
    first = parents.setdefault(category, parent)
    if first != parent:
        raise exact.RowRefused(f"categoryid: {category} already has {_named(first)}; found {_named(parent)}")


def _named(parent: str | None) -> str:
    return "no parent" if parent is None else f"the parent {parent}"
