"""Rows of the click log, still as arrays."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Self

import numpy as np
from numpy.typing import NDArray

VIEW, CART, TRANSACTION = range(3)
KINDS = ("view", "addtocart", "transaction")


@dataclass(frozen=True)
class Events:
    """Events as columns of one length.

    time     int64   ms UTC
    visitor  int64   row of the visitor
    kind     int64   VIEW, CART or TRANSACTION, the places in KINDS
    item     int64   row of the item
    basket   int64   the number of a transaction's basket, -1 for other kinds
    """

    time: NDArray[np.int64]
    visitor: NDArray[np.int64]
    kind: NDArray[np.int64]
    item: NDArray[np.int64]
    basket: NDArray[np.int64]

    @classmethod
    def of_kind(
        cls, kind: int, time: NDArray[np.int64], visitor: NDArray[np.int64], item: NDArray[np.int64]
    ) -> Self:
        """Events of one kind without a basket."""
        return cls(time, visitor, np.full(len(time), kind), item, np.full(len(time), -1))

    @classmethod
    def none(cls) -> Self:
        """No events."""
        return cls(*(np.zeros(0, dtype=np.int64) for _ in fields(cls)))

    @classmethod
    def joined(cls, parts: Sequence[Self]) -> Self:
        """All events of the parts, in the order of their times."""
        columns = (np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls))
        whole = cls(*columns)
        return whole.taken(np.argsort(whole.time, kind="stable"))

    def taken(self, rows: NDArray[np.int64] | NDArray[np.bool_]) -> Self:
        """The events of the given rows, or those where a mask is true."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))
