"""From a stretch of lines to a block of rows: pandas reads the lines beyond doubt, `exact` the others."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd

from recommender.adapters.tables import exact
from recommender.adapters.tables.formats import EVENTS, ITEM_PROPERTIES
from recommender.adapters.tables.judging import Judged, Row, judge
from recommender.adapters.tables.opening import Stretch
from recommender.adapters.tables.plain import Fields, Mask, only, plain_lines
from recommender.application.ports import Batch, Block
from recommender.domain.catalogue import PROPERTIES, PropertyBatch
from recommender.domain.events import EVENT_TYPES, EventBatch


def event_block(stretch: Stretch, file: str, now: int) -> Block[EventBatch]:
    """The events of a stretch; batch and rejects are in the order of the lines."""
    width = len(EVENTS.columns)
    plain, fields = _cut(stretch.text, width)
    beyond_doubt = fields.is_timestamp(0, now) & fields.is_id(1) & fields.is_id(3)
    sure = _widened(plain, beyond_doubt & _is_any(fields, 2, EVENT_TYPES) & fields.is_id_or_empty(4))
    text = only(stretch.text, sure)
    table = _read(text, exact.EVENT_COLUMNS[:-1], sure)
    table["type"] = table["type"].map(EVENT_TYPES).astype("int8")
    table["event_id"] = np.array([exact.event_id(line) for line in text.split(b"\n")[:-1]], object)
    judged = judge(stretch, ~sure, file, lambda line: exact.event(exact.fields_of(line, width), now))
    table = _with_others(table, judged, exact.EVENT_COLUMNS)
    return _block(EventBatch(**_columns(table)), stretch, judged)


def property_block(stretch: Stretch, file: str, now: int) -> Block[PropertyBatch]:
    """The used property rows of a stretch; batch and rejects are in the order of the lines."""
    width = len(ITEM_PROPERTIES.columns)
    plain, fields = _cut(stretch.text, width)
    used = _is_any(fields, 2, PROPERTIES)
    fields, doubtful = fields.taking(used), ~plain
    doubtful[plain] = used
    value = fields.is_id(3) & (fields.is_word(2, "categoryid") | _is_any(fields, 3, ("0", "1")))
    sure = _widened(doubtful & plain, fields.is_timestamp(0, now) & fields.is_id(1) & value)
    table = _read(only(stretch.text, sure), exact.PROPERTY_COLUMNS, sure)
    table["property"] = table["property"].map(PROPERTIES).astype("int8")
    judged = judge(
        stretch, doubtful & ~sure, file, lambda line: exact.item_property(exact.fields_of(line, width), now)
    )
    table = _with_others(table, judged, exact.PROPERTY_COLUMNS)
    return _block(PropertyBatch(**_columns(table)), stretch, judged)


def _cut(text: bytes, width: int) -> tuple[Mask, Fields]:
    """Which lines are plain, and the fields of those."""
    plain = plain_lines(text, width)
    return plain, Fields.of(only(text, plain), width)


def _is_any(fields: Fields, column: int, words: Iterable[str]) -> Mask:
    found: Mask = np.logical_or.reduce([fields.is_word(column, word) for word in words])
    return found


def _widened(where: Mask, chosen: Mask) -> Mask:
    """A mask over the lines in `where` as a mask over all lines."""
    wide = where.copy()
    wide[where] = chosen
    return wide


def _read(text: bytes, fields: tuple[str, ...], sure: Mask) -> pd.DataFrame:
    """The lines as a table whose index is their position in the stretch; strings are str objects."""
    types = dict.fromkeys(fields, "object") | {"timestamp": "int64"}
    if not text:
        return pd.DataFrame(columns=list(fields)).astype(types)
    table = pd.read_csv(
        BytesIO(text),
        header=None,
        names=list(fields),
        dtype=types,
        quoting=csv.QUOTE_NONE,
        na_filter=False,
        engine="c",
    )
    return table.set_index(np.flatnonzero(sure))


def _with_others(table: pd.DataFrame, judged: Judged[Row], fields: tuple[str, ...]) -> pd.DataFrame:
    """The table with the rows that were read one at a time, in the order of the lines."""
    if not judged.accepted:
        return table
    others = pd.DataFrame(
        list(judged.accepted.values()), index=list(judged.accepted), columns=list(fields), dtype="object"
    )
    return pd.concat([table, others.astype(table.dtypes.to_dict())]).sort_index()


def _columns(table: pd.DataFrame) -> dict[str, Any]:
    return {str(name): column.to_numpy() for name, column in table.items()}


def _block(batch: Batch, stretch: Stretch, judged: Judged[Row]) -> Block[Batch]:
    rows = stretch.lines - judged.blank + bool(stretch.damage)
    return Block(batch, tuple(judged.rejects), rows, stretch.done)
