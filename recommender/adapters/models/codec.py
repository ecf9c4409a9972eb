"""Domain values as JSON and arrays, and back, by reading the type hints of frozen dataclasses.

A new source or ranker is stored without a line here: it is a dataclass of arrays that is named in SOURCES
or RANKERS. An array's name is the path of its field, such as `index.sources.1.popular_in_category.item`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import ClassVar, Protocol, TypeVar, get_args, get_origin, get_type_hints

import numpy as np
from numpy.typing import NDArray

from recommender.adapters.models.forms import (
    Array,
    Arrays,
    Form,
    Json,
    Scalar,
    Sequence,
    Table,
    below,
    expected,
)
from recommender.domain.model import RANKERS
from recommender.domain.ranking import Ranker
from recommender.domain.retrieval import SOURCES, Source

Value = TypeVar("Value")


class Named(Protocol):
    """A class that says what it is called in a stored model."""

    NAME: ClassVar[str]


def encode(value: object) -> tuple[object, Arrays]:
    """A dataclass as JSON and arrays; raises ValueError naming a field that is not what it declares."""
    arrays: Arrays = {}
    return Record(type(value)).pack(value, "", arrays), arrays


def decode(structure: object, arrays: Mapping[str, np.ndarray], kind: type[Value]) -> Value:
    """The value that was encoded; raises ValueError for anything missing, unknown or of another type."""
    left = dict(arrays)
    value = expected(kind, Record(kind).unpack(structure, "", left), "")
    if left:
        raise ValueError(f"{min(left)}: no field asks for this array")
    return value


@dataclass(frozen=True)
class Record:
    """A dataclass, as an object with its fields; class variables and cached properties are none."""

    kind: type

    def pack(self, value: object, path: str, arrays: Arrays) -> object:
        """Every field under its name."""
        expected(self.kind, value, path)
        return {
            name: form.pack(getattr(value, name), below(path, name), arrays)
            for name, form in self._forms().items()
        }

    def unpack(self, stored: object, path: str, arrays: Arrays) -> object:
        """The dataclass, from exactly its fields."""
        found, forms = expected(dict, stored, path), self._forms()
        if odd := sorted(found.keys() ^ forms.keys()):
            raise ValueError(f"{below(path, odd[0])}: {'unknown' if odd[0] in found else 'missing'} field")
        return self.kind(
            **{name: form.unpack(found[name], below(path, name), arrays) for name, form in forms.items()}
        )

    def _forms(self) -> dict[str, Form]:
        hints = get_type_hints(self.kind)
        return {field.name: form_of(hints[field.name]) for field in fields(self.kind)}


@dataclass(frozen=True)
class Variant:
    """One of several dataclasses, as an object whose only key is the NAME of its class."""

    kinds: tuple[type[Named], ...]

    def pack(self, value: object, path: str, arrays: Arrays) -> object:
        """The record under the name of its class."""
        name = next((name for name, kind in self._known.items() if kind is type(value)), None)
        if name is None:
            raise ValueError(f"{path}: {type(value).__name__} is none of {', '.join(self._known)}")
        return {name: Record(type(value)).pack(value, below(path, name), arrays)}

    def unpack(self, stored: object, path: str, arrays: Arrays) -> object:
        """The record of the class that is named."""
        found = expected(dict, stored, path)
        if len(found) != 1 or not found.keys() <= self._known.keys():
            raise ValueError(f"{path}: expected one of {', '.join(self._known)}; found {', '.join(found)!r}")
        ((name, record),) = found.items()
        return Record(self._known[name]).unpack(record, below(path, name), arrays)

    @property
    def _known(self) -> dict[str, type[Named]]:
        return {kind.NAME: kind for kind in self.kinds}


FORMS: Mapping[object, Form] = {
    bool: Scalar(bool),
    int: Scalar(int),
    float: Scalar(float),
    str: Scalar(str),
    object: Json(),
    Source: Variant(SOURCES),
    Ranker: Variant(RANKERS),
}


def form_of(hint: object) -> Form:
    """The form for a type hint; raises TypeError for one that no stored value has needed so far."""
    if hint in FORMS:
        return FORMS[hint]
    if isinstance(hint, type) and is_dataclass(hint):
        return Record(hint)
    match get_origin(hint), get_args(hint):
        case np.ndarray, (_, dtype):
            return Array(get_args(dtype)[0])
        case origin, (dtype,) if origin is NDArray:  # so it is in numpy 2.5: a type alias that keeps its name
            return Array(dtype)
        case origin, (item, end) if origin is tuple and end is Ellipsis:
            return Sequence(form_of(item))
        case origin, (key, value) if origin is Mapping and key is str:
            return Table(form_of(value))
    raise TypeError(f"a field of type {hint} cannot be stored")
