"""What a handler has to say of its answer, for the line in the log."""

from __future__ import annotations

from contextvars import ContextVar

_notes: ContextVar[dict[str, object] | None] = ContextVar("notes", default=None)


def begin() -> dict[str, object]:
    """Notes of a request that begins; whatever is noted while it is answered appears in them."""
    notes: dict[str, object] = {}
    _notes.set(notes)
    return notes


def note(**said: object) -> None:
    """Add members to the line of the request that is being answered. Never a key, never a body."""
    if (notes := _notes.get()) is not None:
        notes.update(said)
