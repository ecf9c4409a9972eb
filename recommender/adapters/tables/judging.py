"""The lines that are not beyond doubt, read one at a time, and the record of those that are refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import numpy as np

from recommender.adapters.tables.exact import RowRefused
from recommender.adapters.tables.opening import Stretch
from recommender.adapters.tables.plain import Mask
from recommender.application.ports import Reject

SHOWN = 200
"""Characters of a refused row that are kept."""

Row = TypeVar("Row")


@dataclass
class Judged(Generic[Row]):
    """What became of the lines. accepted: position in the stretch -> row. blank: lines that are no rows."""

    accepted: dict[int, Row] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    blank: int = 0


def judge(stretch: Stretch, doubtful: Mask, file: str, parse: Callable[[bytes], Row | None]) -> Judged[Row]:
    """Read the doubtful lines with `parse`, which gives None for a row that is not used.

    The damage in which a file breaks off is a refused row, too.
    """
    result: Judged[Row] = Judged()
    lines = stretch.text.split(b"\n") if doubtful.any() else []
    for position in np.flatnonzero(doubtful).tolist():
        try:
            if not lines[position]:
                result.blank += 1
            elif (row := parse(lines[position])) is not None:
                result.accepted[position] = row
        except RowRefused as refused:
            result.rejects.append(reject(file, stretch.first + position, str(refused), lines[position]))
    if stretch.damage:
        result.rejects.append(reject(file, stretch.first + stretch.lines, stretch.damage, stretch.torn))
    return result


def reject(file: str, line: int, reason: str, text: bytes) -> Reject:
    """The record of a refused row, its text shortened."""
    return Reject(file, line, reason, text[: 4 * SHOWN].decode(errors="replace")[:SHOWN])
