"""Reading and writing single files: JSON, arrays, and whether a file is still what was written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tokenize import TokenError
from typing import Self

import numpy as np
from numpy.lib.format import open_memmap
from numpy.typing import NDArray

_NO_ARRAY = (ValueError, TypeError, OverflowError, SyntaxError, TokenError, MemoryError, RecursionError)
"""What numpy raises for headers of arrays that are none: they are parsed as Python."""


@dataclass(frozen=True)
class Checksum:
    """What a file must look like. sha256: in hex. size: in bytes."""

    sha256: str
    size: int

    @classmethod
    def of(cls, data: bytes) -> Self:
        """The checksum of a file's content."""
        return cls(hashlib.sha256(data).hexdigest(), len(data))

    def check(self, file: Path, name: str) -> None:
        """Read a file in pieces; raise ValueError if it is not the one that was summed up."""
        size = file.stat().st_size
        if size != self.size:
            raise ValueError(f"{name} has {size} bytes, {self.size} were published")
        with file.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
        if found != self.sha256:
            raise ValueError(f"{name} has the sha256 {found}, {self.sha256} was published")


def json_object(data: bytes, name: str) -> dict[str, object]:
    """The object in a JSON file; raises ValueError for any other content, or a key that is there twice."""
    try:
        found = json.loads(data, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{name} is not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError(f"{name} is not a JSON object")  # noqa: TRY004 - wrong data, not a wrong call
    return found


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)!r} is there twice")
    return found


def to_npy(array: NDArray[np.generic]) -> bytes:
    """An array in numpy's format; the same array gives the same bytes."""
    file = BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def mapped(file: Path, name: str) -> NDArray[np.generic]:
    """The array in a file, read-only and read as it is used; raises ValueError for any other file.

    The file must be what to_npy writes: in C order, with nothing behind the array. np.load would also open
    archives and, when asked to, pickles; this opens nothing but a plain array. What comes back views the map
    but is no np.memmap: slicing one of those takes nine times as long.
    """
    try:
        found = open_memmap(file, mode="r")
    except _NO_ARRAY as error:
        raise ValueError(f"{name}: {str(error) or type(error).__name__}") from error
    if not found.flags.c_contiguous:
        raise ValueError(f"{name}: the array is not in C order")
    if found.offset + found.nbytes != file.stat().st_size:
        raise ValueError(f"{name}: the file goes on behind the array")
    return np.asarray(found)
