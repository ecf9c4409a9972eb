"""Stretches of an array that holds many lists one after another, and what is the same in one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int32]


def spans(
    start: NDArray[np.integer], length: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions start[i] .. start[i] + length[i] - 1 of every span in turn, and the span i of each."""
    owner = np.arange(len(start)).repeat(length)
    position: NDArray[np.int64] = np.arange(len(owner)) + (start - (length.cumsum() - length)).take(owner)
    return position, owner


def entries(
    begin: NDArray[np.integer], row: NDArray[np.integer]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions of what some lists hold, one list after another, and which of `row` each is of.

    begin: the offsets (n + 1,) of all lists. row: which of them, each in 0 .. n - 1.
    """
    start = begin[row]
    return spans(start, begin[row + 1] - start)


def offsets(length: NDArray[np.integer] | NDArray[np.bool_]) -> NDArray[np.int64]:
    """Where each of n lists begins that come one after another, and where the last ends; int64 (n + 1,)."""
    begin = np.zeros(len(length) + 1, np.int64)
    np.cumsum(length, out=begin[1:])
    return begin


def first_of_each(length: NDArray[np.integer], most: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The positions of the first `most` of each of n lists, and the offsets (n + 1,) of what is left of them.

    Returned as offsets, positions; both int64.
    """
    kept = np.minimum(length, most)
    return offsets(kept), spans(offsets(length)[:-1], kept)[0]


def distinct(values: Rows) -> tuple[Rows, NDArray[np.int64]]:
    """The distinct values, ascending, and the place among them of each value: np.unique's inverse, quicker.

    A request asks it of a few hundred rows several times, where the half that np.unique spends on its options
    would be a tenth of the answer's time.
    """
    order = values.argsort()
    ascending = values[order]
    new = np.empty(len(values), np.bool_)
    new[:1] = True
    np.not_equal(ascending[1:], ascending[:-1], out=new[1:])
    place = np.empty(len(values), np.int64)
    place[order] = new.cumsum() - 1
    return ascending[new], place
