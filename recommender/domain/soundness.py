"""Whether arrays that belong together agree: asked once of every model that is read from files.

Each check reads an array once or twice, so that it takes a fraction of what summing up its file takes. What
is refused is what could not be answered with: rows that lead outside a table, lists that end before they
begin, numbers that are none. A wrong value that leads nowhere wrong is for checksums.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray


@contextmanager
def field(name: str) -> Iterator[None]:
    """Say in which field it is that something is wrong: "index.histories.item: …"."""
    try:
        yield
    except ValueError as wrong:
        raise ValueError(f"{name}.{wrong}") from wrong


def require_shape(name: str, array: NDArray[np.generic], *shape: int | None) -> None:
    """Raise ValueError for an array of another shape; where None stands, any size will do."""
    fits = array.ndim == len(shape) and all(
        wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True)
    )
    if not fits:
        expected = ", ".join("any" if size is None else str(size) for size in shape)
        raise ValueError(f"{name}: expected the shape ({expected}), not {array.shape}")


def require_rows(name: str, rows: NDArray[np.integer], size: int, least: int = 0) -> None:
    """Raise ValueError for a row outside least .. size - 1."""
    if rows.size and not least <= rows.min() <= rows.max() < size:
        raise ValueError(f"{name}: it has rows from {rows.min()} to {rows.max()} of a table of {size}")


def require_offsets(name: str, offsets: NDArray[np.integer], lists: int, entries: int) -> None:
    """Raise ValueError unless these are offsets (lists + 1,) that cut `entries` into lists, none missing."""
    require_shape(name, offsets, lists + 1)
    if offsets[0] != 0 or offsets[-1] != entries:
        raise ValueError(f"{name}: it goes from {offsets[0]} to {offsets[-1]}, there are {entries} entries")
    if (offsets[1:] < offsets[:-1]).any():
        raise ValueError(f"{name}: a list ends before it begins")


def require_finite(name: str, values: NDArray[np.floating]) -> None:
    """Raise ValueError for NaN and infinite values."""
    if not np.isfinite(values).all():
        raise ValueError(f"{name}: it has values that are no finite numbers")
