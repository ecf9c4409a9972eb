"""Which lines are beyond doubt, for whole blocks at once.

Nothing is refused here: a line that is not beyond doubt is read again by `exact`, which decides. So the
masks may err on the side of doubt, and only on that side.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recommender.adapters.tables.formats import LONGEST_LINE
from recommender.domain.events import DAY
from recommender.domain.ids import MAX_ID_LENGTH

Mask = NDArray[np.bool_]

COMMA, NEWLINE, QUOTE = b',\n"'
ODD = 0
PRINTABLE = {*range(ord(" "), ord("~") + 1)}
CLASSES = bytes(each if each in PRINTABLE - {QUOTE} | {NEWLINE} else ODD for each in range(256))
"""Maps every byte to itself or, if a plain line cannot have it, to ODD."""

DIGITS = 13
"""Timestamps of 2001 to 2286 have so many; of that length, the order of numbers is the order of texts."""


def plain_lines(text: bytes, columns: int) -> Mask:
    """Lines of printable ASCII without quotes, not too long, with so many columns; bool (lines,)."""
    data = np.frombuffer(text.translate(CLASSES), np.uint8)
    ends = np.flatnonzero(data == NEWLINE)
    commas = np.diff(np.searchsorted(np.flatnonzero(data == COMMA), ends), prepend=0)
    plain: Mask = (commas == columns - 1) & (np.diff(ends, prepend=-1) <= LONGEST_LINE)
    plain[np.searchsorted(ends, np.flatnonzero(data == ODD))] = False
    return plain


def only(text: bytes, chosen: Mask) -> bytes:
    """The chosen lines."""
    if chosen.all():
        return text
    data = np.frombuffer(text, np.uint8)
    lengths = np.diff(np.flatnonzero(data == NEWLINE), prepend=-1)
    return data[np.repeat(chosen, lengths)].tobytes()


@dataclass(frozen=True, eq=False)
class Fields:
    """Plain lines cut into fields.

    data: uint8 (bytes,). start, length: int64 (lines, columns), field f is data[start[f]:][:length[f]].
    """

    data: NDArray[np.uint8]
    start: NDArray[np.int64]
    length: NDArray[np.int64]

    @classmethod
    def of(cls, text: bytes, columns: int) -> Self:
        """Cut plain lines that all have so many columns."""
        data = np.frombuffer(text, np.uint8)
        ends = np.flatnonzero((data == COMMA) | (data == NEWLINE))
        start = np.concatenate([[0], ends + 1])[: len(ends)]
        return cls(data, start.reshape(-1, columns), (ends - start).reshape(-1, columns))

    def taking(self, chosen: Mask) -> Fields:
        """The fields of some of the lines."""
        return Fields(self.data, self.start[chosen], self.length[chosen])

    def is_word(self, column: int, word: str) -> Mask:
        """Fields of one column that read `word`; bool (lines,)."""
        found: Mask = self.length[:, column] == len(word)
        found[found] = (self._characters(column, found, len(word)) == list(word.encode())).all(axis=1)
        return found

    def is_id(self, column: int) -> Mask:
        """Fields of one column that can be an id; bool (lines,)."""
        return (self.length[:, column] >= 1) & self.is_id_or_empty(column)

    def is_id_or_empty(self, column: int) -> Mask:
        """Fields of one column that can be an id, or are empty; bool (lines,)."""
        fits: Mask = self.length[:, column] <= MAX_ID_LENGTH
        return fits

    def is_timestamp(self, column: int, now: int) -> Mask:
        """Fields of one column that are canonical milliseconds, at most a day after now; bool (lines,)."""
        found: Mask = self.length[:, column] == DIGITS
        digits = self._characters(column, found, DIGITS)
        text = digits.view(f"S{DIGITS}").ravel()
        latest = min(now + DAY, 10**DIGITS - 1)
        in_time = (text >= str(10 ** (DIGITS - 1)).encode()) & (text <= f"{latest:0{DIGITS}}".encode())
        found[found] = in_time & ((digits >= ord("0")) & (digits <= ord("9"))).all(axis=1)
        return found

    def _characters(self, column: int, chosen: Mask, width: int) -> NDArray[np.uint8]:
        """The characters of chosen fields of one width; uint8 (chosen, width)."""
        characters: NDArray[np.uint8] = self.data[self.start[chosen, column][:, None] + np.arange(width)]
        return characters
