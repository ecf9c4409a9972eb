"""The three formats: what their first line says, and what people call them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Format:
    """One of RetailRocket's files. option: how such a file is given on the command line."""

    name: str
    option: str
    columns: tuple[str, ...]

    @property
    def header(self) -> str:
        """The first line."""
        return ",".join(self.columns)


EVENTS = Format("an events file", "--events", ("timestamp", "visitorid", "event", "itemid", "transactionid"))
ITEM_PROPERTIES = Format(
    "an item properties file", "--item-properties", ("timestamp", "itemid", "property", "value")
)
CATEGORY_TREE = Format("a category tree", "--category-tree", ("categoryid", "parentid"))
FORMATS = (EVENTS, ITEM_PROPERTIES, CATEGORY_TREE)

LONGEST_LINE = 1 << 16
"""Bytes; a longer line is no row of these files, and is not worth the memory."""
