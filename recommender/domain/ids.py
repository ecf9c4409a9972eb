"""Opaque ids outside, row numbers inside; only an IdTable converts between the two."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self
from unicodedata import category

import numpy as np
from numpy.typing import NDArray

from recommender.domain.soundness import require_offsets, require_shape
from recommender.domain.spans import offsets, spans

MAX_ID_LENGTH = 64
_FIRST_BEYOND_ASCII = 0b1000_0000
_HIGH_BITS, _WITHIN = 0b1100_0000, 0b1000_0000
"""A byte of UTF-8 with these bits is not the first of its character."""

ABSENT = -1
"""Row number of an id that a table does not hold."""

Rows = NDArray[np.int32]

SIGNPOST = 64
"""So many rows of an IdTable lie between two that are kept as Python objects."""

GUEST = "\x1f"
"""Begins the id of a guest, of whom only the session is known. No id that is given has it: it is a control
character."""


def guest(session_id: str) -> str:
    """The id under which what a guest does is kept."""
    return GUEST + session_id


def why_not_an_id(text: str) -> str | None:
    """Say what is wrong with `text` as an id, or None: 1 to 64 characters, none a control character."""
    if not 1 <= len(text) <= MAX_ID_LENGTH:
        return f"an id has 1 to {MAX_ID_LENGTH} characters, this one {len(text)}"
    # Most ids are printable, and the answer is quick; spaces and joined emoji are not, and still are no harm.
    if not text.isprintable() and any(category(each) in ("Cc", "Cs") for each in text):
        return "an id has no control characters"
    return None


@dataclass(frozen=True, eq=False)
class IdTable:
    """Unique ids in code-point order, as one UTF-8 blob: a million of them cost hardly any Python objects.

    Because rows are in code-point order (which is also the order of the UTF-8 bytes), breaking a tie by
    row number *is* breaking it by id.

    blob: uint8 (bytes,), all ids one after another.
    offsets: int64 (n + 1,), id i is blob[offsets[i]:offsets[i + 1]].
    """

    blob: NDArray[np.uint8]
    offsets: NDArray[np.int64]

    @classmethod
    def of(cls, ids: Iterable[str]) -> Self:
        """Build the table of the distinct ids among `ids`."""
        encoded = sorted({each.encode() for each in ids})
        lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
        return cls(np.frombuffer(b"".join(encoded), np.uint8), offsets(lengths))

    @classmethod
    def coding(cls, ids: Sequence[str] | NDArray[np.object_]) -> tuple[Self, Rows]:
        """The table of `ids` and the row of each of them, int32 (n,): for whole columns."""
        distinct = sorted(set(ids))
        row_of = {each: row for row, each in enumerate(distinct)}
        return cls.of(distinct), np.fromiter((row_of[each] for each in ids), np.int32, len(ids))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __reduce__(self) -> tuple[type[IdTable], tuple[NDArray[np.uint8], NDArray[np.int64]]]:
        """Pickled as its arrays alone: a view of them, which is what is cached, cannot be sent anywhere."""
        return type(self), (self.blob, self.offsets)

    def check(self) -> None:
        """Raise ValueError, naming the field, if the offsets do not cut the blob into texts."""
        require_shape("blob", self.blob, None)
        require_shape("offsets", self.offsets, None)
        require_offsets("offsets", self.offsets, max(len(self.offsets) - 1, 0), len(self.blob))
        if self.blob.max(initial=0) < _FIRST_BEYOND_ASCII:
            return  # as the ids of most shops are: then every byte is a character
        try:
            self.blob.tobytes().decode()
        except UnicodeDecodeError as wrong:
            raise ValueError("blob: the bytes are no UTF-8") from wrong
        starts = self.offsets[:-1]
        if (self.blob[starts[starts < len(self.blob)]] & _HIGH_BITS == _WITHIN).any():
            raise ValueError("offsets: an id begins within a character")

    @cached_property
    def _bytes(self) -> memoryview:
        return self.blob.data

    @cached_property
    def _begin(self) -> memoryview:
        return self.offsets.data

    def _key(self, row: int) -> bytes:
        return self._bytes[self._begin[row] : self._begin[row + 1]].tobytes()

    def id(self, row: int) -> str:
        """The id of one row."""
        return self._key(row).decode()

    def ids(self, rows: Sequence[int] | Rows) -> list[str]:
        """The ids of several rows, in their order."""
        chosen = np.asarray(rows, np.int64)
        begin, end = self.offsets.take(chosen).tolist(), self.offsets.take(chosen + 1).tolist()
        return [self._bytes[a:b].tobytes().decode() for a, b in zip(begin, end, strict=True)]

    @cached_property
    def _signposts(self) -> list[bytes]:
        """Every SIGNPOST-th id: to search among them is quicker than on the mapped bytes."""
        return [self._key(row) for row in range(0, len(self), SIGNPOST)]

    def row(self, wanted: str) -> int:
        """The row of an id, or ABSENT: a binary search."""
        key = wanted.encode(errors="surrogatepass")  # half a character is in no table, and no fault
        high = bisect_right(self._signposts, key) * SIGNPOST
        low, high = max(high - SIGNPOST, 0), min(high, len(self))
        while low < high:
            middle = (low + high) // 2
            if self._key(middle) < key:
                low = middle + 1
            else:
                high = middle
        return low if low < len(self) and self._key(low) == key else ABSENT

    def rows(self, wanted: Iterable[str]) -> Rows:
        """The rows of several ids, int32, ABSENT where the table lacks one."""
        return np.array([self.row(each) for each in wanted], np.int32)

    def taking(self, rows: NDArray[np.integer]) -> IdTable:
        """The table of some of the rows, given in ascending order without repeats."""
        lengths = np.diff(self.offsets)[rows]
        return IdTable(self.blob[spans(self.offsets[rows], lengths)[0]], offsets(lengths))

    def rows_in(self, other: IdTable) -> Rows:
        """For every row of this table, the row of the same id in `other` or ABSENT; int32 (n,)."""
        if not len(other) or not len(self):
            return np.full(len(self), ABSENT, np.int32)
        width = int(max(np.diff(self.offsets).max(), np.diff(other.offsets).max()))
        mine, theirs = self._fixed_width(width), other._fixed_width(width)
        found = np.minimum(np.searchsorted(theirs, mine), len(other) - 1)
        return np.where(theirs[found] == mine, found, ABSENT).astype(np.int32)

    def union(self, other: IdTable) -> IdTable:
        """The ids of both tables."""
        if not len(self) or not len(other):
            return self if len(self) else other
        width = int(max(np.diff(self.offsets).max(), np.diff(other.offsets).max()))
        merged = np.unique(np.concatenate([self._fixed_width(width), other._fixed_width(width)]))
        lengths = np.char.str_len(merged).astype(np.int64)
        starts = np.arange(len(merged), dtype=np.int64) * width
        return IdTable(merged.view(np.uint8)[spans(starts, lengths)[0]], offsets(lengths))

    def _fixed_width(self, width: int) -> NDArray[np.bytes_]:
        """The ids as a bytes array; ids hold no NUL, so the padding cannot be mistaken for a character."""
        lengths = np.diff(self.offsets)
        padded = np.zeros(len(self) * width, np.uint8)
        padded[spans(np.arange(len(self), dtype=np.int64) * width, lengths)[0]] = self.blob
        fixed: NDArray[np.bytes_] = padded.view(f"S{width}")
        return fixed
