"""Events as JSON lines: what the wire has, with ids and times filled in."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from recommender.domain.errors import CorruptData
from recommender.domain.events import EVENT_TYPES
from recommender.domain.live import LiveEvent

_OWN = ("event_id", "timestamp", "type", "item_id", "user_id", "session_id")


def encoded_lines(events: Iterable[LiveEvent]) -> bytes:
    """One line an event; what is not known is left out."""
    return b"".join(json.dumps(_document(event)).encode() + b"\n" for event in events)


def decoded_lines(key: str, data: bytes) -> list[LiveEvent]:
    """The events of a batch in their order. Raises CorruptData, naming the key and the line."""
    return [_decoded(key, number, line) for number, line in enumerate(data.splitlines(), start=1)]


def _document(event: LiveEvent) -> dict[str, object]:
    known = {
        "event_id": event.event_id,
        "timestamp": event.timestamp,
        "type": event.type.wire,
        "user_id": event.user_id,
        "session_id": event.session_id,
        "item_id": event.item_id,
    }
    return {name: value for name, value in known.items() if value is not None} | dict(event.more)


def _decoded(key: str, number: int, line: bytes) -> LiveEvent:
    try:
        return _event(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorruptData(key, f"line {number} is no event: {error}") from error


def _event(document: Mapping[str, Any]) -> LiveEvent:
    event = LiveEvent(
        event_id=str(document["event_id"]),
        timestamp=int(document["timestamp"]),
        type=EVENT_TYPES[document["type"]],
        item_id=str(document["item_id"]),
        user_id=document.get("user_id"),
        session_id=document.get("session_id"),
        more={name: value for name, value in document.items() if name not in _OWN},
    )
    _ = event.visitor  # there must be one
    return event
