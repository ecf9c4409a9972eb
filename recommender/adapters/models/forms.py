"""How single values are stored: the value as JSON, arrays apart under their dotted paths.

A form stands for a type. `pack` and `unpack` are inverse; both refuse what is not of the type with a
ValueError that begins with the path.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.generic]]
Kind = TypeVar("Kind")


class Form(Protocol):
    """A way to store the values of one type."""

    def pack(self, value: object, path: str, arrays: Arrays) -> object:
        """The value as JSON; its arrays are added to `arrays`."""
        ...

    def unpack(self, stored: object, path: str, arrays: Arrays) -> object:
        """The value again; its arrays are taken out of `arrays`."""
        ...


def below(path: str, name: str) -> str:
    """The path of a part; the whole has the path ""."""
    return f"{path}.{name}" if path else name


def expected(kind: type[Kind], value: object, path: str) -> Kind:
    """The value, if it is of the kind."""
    if not isinstance(value, kind):
        raise ValueError(f"{path}: expected {kind.__name__}, not {type(value).__name__}")  # noqa: TRY004 - data
    return value


@dataclass(frozen=True)
class Scalar:
    """A bool, int, str or finite float."""

    kind: type

    def pack(self, value: object, path: str, _arrays: Arrays) -> object:
        """The value itself; an int is accepted as a float, and a bool only as a bool."""
        accepted = (int, float) if self.kind is float else self.kind
        if not isinstance(value, accepted) or isinstance(value, bool) != (self.kind is bool):
            raise ValueError(f"{path}: expected {self.kind.__name__}, not {value!r}")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{path}: {value} is not a finite number")
        return self.kind(value)

    unpack = pack


@dataclass(frozen=True)
class Json:
    """A value that is JSON already."""

    def pack(self, value: object, _path: str, _arrays: Arrays) -> object:
        """The value itself."""
        return value

    unpack = pack


@dataclass(frozen=True)
class Array:
    """An array of one dtype; JSON holds its dtype and shape."""

    dtype: type[np.generic]

    def pack(self, value: object, path: str, arrays: Arrays) -> object:
        """What is to be expected of the array, which is stored in C order."""
        array = np.asarray(value, order="C")
        self._check(array, path)
        arrays[path] = array
        return _described(array)

    def unpack(self, stored: object, path: str, arrays: Arrays) -> object:
        """The array, if it is what was described."""
        if path not in arrays:
            raise ValueError(f"{path}: the array is missing")
        array = arrays.pop(path)
        self._check(array, path)
        if stored != _described(array):
            raise ValueError(f"{path}: expected {stored}, the array is {_described(array)}")
        return array

    def _check(self, array: NDArray[np.generic], path: str) -> None:
        if array.dtype.hasobject or not np.issubdtype(array.dtype, self.dtype):
            raise ValueError(f"{path}: expected an array of {self.dtype.__name__}, not of {array.dtype}")


def _described(array: NDArray[np.generic]) -> dict[str, object]:
    return {"dtype": array.dtype.str, "shape": list(array.shape)}


@dataclass(frozen=True)
class Sequence:
    """A tuple of values of one type, as a list; the path of each ends in its position."""

    item: Form

    def pack(self, value: object, path: str, arrays: Arrays) -> object:
        """Every value, in order."""
        values = enumerate(expected(tuple, value, path))
        return [self.item.pack(each, below(path, str(place)), arrays) for place, each in values]

    def unpack(self, stored: object, path: str, arrays: Arrays) -> object:
        """The tuple again."""
        values = enumerate(expected(list, stored, path))
        return tuple(self.item.unpack(each, below(path, str(place)), arrays) for place, each in values)


@dataclass(frozen=True)
class Table:
    """A mapping from strings to values of one type."""

    value: Form

    def pack(self, value: object, path: str, arrays: Arrays) -> object:
        """Every value under its key."""
        if not isinstance(value, Mapping):
            raise ValueError(f"{path}: expected a mapping, not {type(value).__name__}")  # noqa: TRY004 - data
        return {key: self.value.pack(each, below(path, key), arrays) for key, each in value.items()}

    def unpack(self, stored: object, path: str, arrays: Arrays) -> object:
        """The mapping again."""
        entries = expected(dict, stored, path).items()
        return {key: self.value.unpack(each, below(path, key), arrays) for key, each in entries}
