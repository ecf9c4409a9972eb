"""Compact: merge the small batches of the log, and remove what was forgotten."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from recommender.application.ports import Compaction, EventStore, Forgotten, ModelStore, Progress, Rejects

PruneBefore = Callable[[int], Sequence[str]]
"""Deletes the model versions published before a moment (ms), but for the current one; which they were."""


@dataclass(frozen=True)
class Compacted:
    """What was done. until: only days that end by then (ms) were merged; None: no model, so none was.

    rejects: refused rows that were dropped. pruned: model versions that were deleted.
    """

    until: int | None
    log: Compaction
    rejects: int
    pruned: tuple[str, ...]


@dataclass(frozen=True)
class Compact:
    """Merges days up to the end of what the current model was trained on: later ones still grow.

    Everything that a forgotten visitor has left is removed whatever its time: events, refused rows, and the
    model versions from before the newest tombstone. The current version stays until another one is.
    """

    events: EventStore
    models: ModelStore
    forgotten: Forgotten
    rejects: Rejects
    progress: Progress
    prune_before: PruneBefore

    def __call__(self) -> Compacted:
        """Compact; interrupted at any point, the next run completes it."""
        forgotten = self.forgotten.all()
        current = self.models.current()
        until = None if current is None else self.models.card(current).end
        log = self.events.compact(until, self.progress)
        rejects = self.rejects.forget(forgotten.keys())
        pruned = self.prune_before(max(forgotten.values())) if forgotten else ()
        return Compacted(until, log, rejects, tuple(pruned))
