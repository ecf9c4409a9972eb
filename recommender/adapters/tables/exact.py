"""One line at a time: accepted with its values, or refused with the reason. What is here is the law."""

from __future__ import annotations

import csv
from hashlib import blake2b

from recommender.adapters.tables.formats import LONGEST_LINE
from recommender.domain.catalogue import PROPERTIES, Property
from recommender.domain.events import DAY, EARLIEST, WIRE_NAMES
from recommender.domain.ids import why_not_an_id

INT64_DIGITS = 18

EventRow = tuple[int, str, int, str, str, str]
EVENT_COLUMNS = ("timestamp", "user_id", "type", "item_id", "transaction_id", "event_id")

PropertyRow = tuple[int, str, int, str]
PROPERTY_COLUMNS = ("timestamp", "item_id", "property", "value")
"""The columns of the rows, by the names that batches use."""


class RowRefused(Exception):
    """Why a row is refused: the field, and what was expected."""


def fields_of(line: bytes, columns: int) -> list[str]:
    """The fields of a line (without its newline). Raises RowRefused."""
    if len(line) > LONGEST_LINE:
        raise RowRefused(f"the line is longer than {LONGEST_LINE} bytes")
    if b"\0" in line:
        raise RowRefused("a NUL byte; expected text")
    if b"\r" in line:
        raise RowRefused("a carriage return within the line; expected one row a line")
    try:
        (fields,) = csv.reader([line.decode()], strict=True)
    except UnicodeDecodeError as error:
        raise RowRefused("bytes that are not UTF-8") from error
    except csv.Error as error:
        raise RowRefused("expected every quote to be closed, on its line and before a comma") from error
    if len(fields) != columns:
        raise RowRefused(f"expected {columns} columns, found {len(fields)}")
    return fields


def event(fields: list[str], now: int) -> EventRow:
    """An event from its five fields. Raises RowRefused."""
    timestamp = _timestamp(fields[0], now)
    user = _id("visitorid", fields[1])
    if (kind := WIRE_NAMES.get(fields[2])) is None:
        raise RowRefused("event: expected view, addtocart or transaction")
    item = _id("itemid", fields[3])
    transaction = _id("transactionid", fields[4]) if fields[4] else ""
    row = ",".join(map(_quoted, (str(timestamp), user, kind.wire, item, transaction)))
    return timestamp, user, int(kind), item, transaction, event_id(row.encode())


def event_id(row: bytes) -> str:
    """The id of an imported event: 32 hex characters, a hash of its row in canonical form.

    Canonical: the stored name of the type, no leading zeros, quotes only where a field needs them.
    """
    return blake2b(row, digest_size=16).hexdigest()


def item_property(fields: list[str], now: int) -> PropertyRow | None:
    """A property row from its four fields, None if the property is not used. Raises RowRefused."""
    if (named := PROPERTIES.get(fields[2])) is None:
        return None
    timestamp = _timestamp(fields[0], now)
    item = _id("itemid", fields[1])
    if named == Property.AVAILABLE and fields[3] not in {"0", "1"}:
        raise RowRefused("value: expected 0 or 1 for available")
    return timestamp, item, int(named), _id("value", fields[3])


def category(fields: list[str]) -> tuple[str, str | None]:
    """A category and its parent, None for a root. Raises RowRefused."""
    return _id("categoryid", fields[0]), _id("parentid", fields[1]) if fields[1] else None


def _timestamp(text: str, now: int) -> int:
    if not (text.isascii() and text.isdigit()):
        raise RowRefused("timestamp: expected a whole number of milliseconds since 1970")
    digits = text.lstrip("0")
    if len(digits) > INT64_DIGITS or (timestamp := int(digits or "0")) > now + DAY:
        raise RowRefused("timestamp: more than a day after now")
    if timestamp < EARLIEST:
        raise RowRefused("timestamp: are these seconds? milliseconds expected")
    return timestamp


def _id(field: str, text: str) -> str:
    if why := why_not_an_id(text):
        raise RowRefused(f"{field}: {why}")
    return text


def _quoted(field: str) -> str:
    return '"' + field.replace('"', '""') + '"' if "," in field or '"' in field else field
