"""A journal of live events: durable batches, and few of them in the end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

import numpy as np

from recommender.adapters.blobs import BlobMissing, BlobStore
from recommender.adapters.journal.keys import is_journal_key, journal_key, merged_key
from recommender.adapters.journal.lines import decoded_lines, encoded_lines
from recommender.application.ports import Clock
from recommender.domain.errors import CorruptData
from recommender.domain.events import DAY
from recommender.domain.live import LiveEvent

FOLDER = "events"

MOST_PARTS = 256
"""A shop with 200 writes a second would else have 17 million blobs a day, and so
it has some hundred: what was merged is merged once more."""

LEVELS = 2
"""What has been merged so often stays as it is."""


class BlobJournal:
    """Journal on any blob store; every process has one of its own, and writes under names of its own.

    writer: eight hexadecimal digits, another for every process. most_parts: so many batches become one.
    """

    def __init__(self, blobs: BlobStore, clock: Clock, writer: str, most_parts: int = MOST_PARTS) -> None:
        self._blobs = blobs
        self._clock = clock
        self._writer = writer
        self._most_parts = most_parts
        self._number = 0
        self._latest = 0
        self._parts: dict[tuple[int, int], list[str]] = defaultdict(list)

    def write(self, events: Sequence[LiveEvent]) -> None:
        """One blob for every day that the events are of."""
        by_day: dict[int, list[LiveEvent]] = defaultdict(list)
        for event in events:
            by_day[event.timestamp // DAY].append(event)
        for day, some in by_day.items():
            key = self._next_key(_folder(day))
            if not self._blobs.create(key, encoded_lines(some)):
                raise CorruptData(key, "another process writes under the name of this one")
            self._parts[day, 0].append(key)

    def tidy(self) -> None:
        """Merge batches of this process, day by day and level by level: first stored, then deleted."""
        for level in range(LEVELS):
            for day in [day for day, at in list(self._parts) if at == level]:
                while len(self._parts[day, level]) >= self._most_parts:
                    self._merge(day, level)

    def recent(self, since: int) -> Iterator[LiveEvent]:
        """Read the live batches of the days from then until now, a day in order of arrival."""
        for day in range(since // DAY, self._clock.now() // DAY + 2):  # shops may be ahead of this clock
            yield from self._of_day(_folder(day))

    def _next_key(self, folder: str) -> str:
        self._latest = max(self._latest, self._clock.now())  # a clock may be set back, names go on
        self._number += 1
        return journal_key(folder, self._latest, self._writer, self._number)

    def _merge(self, day: int, level: int) -> None:
        """Make one batch of the first parts; those that a compaction has taken away need nothing."""
        parts = self._parts[day, level][: self._most_parts]
        held = [data for key in parts if (data := self._read(key)) is not None]
        if held:
            self._blobs.create(merged_key(parts[-1]), b"".join(held))  # it is there if we failed to delete
        for key in parts:
            self._blobs.delete(key)
        del self._parts[day, level][: self._most_parts]
        if level + 1 < LEVELS:
            self._parts[day, level + 1].append(merged_key(parts[-1]))

    def _of_day(self, folder: str) -> Iterator[LiveEvent]:
        seen: set[str] = set()
        while unread := [key for key in self._blobs.keys(folder) if is_journal_key(key) and key not in seen]:
            for key in unread:
                data = self._read(key)
                seen.add(key)
                if data is None:  # merged with others since: what it was merged into is in the next listing
                    break
                yield from decoded_lines(key, data)

    def _read(self, key: str) -> bytes | None:
        try:
            return self._blobs.read(key)
        except BlobMissing:
            return None


def _folder(day: int) -> str:
    return f"{FOLDER}/{np.datetime64(day, 'D')}"
