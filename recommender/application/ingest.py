"""Ingest: from a shop's files to the log and the catalogue."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import numpy as np

from recommender.application.ports import Batch, Block, Catalogue, EventStore, ImportFiles, Reject, Rejects
from recommender.domain.errors import FileRefused

BATCH_ROWS = 1_000_000
"""Rows that are stored at once: few large batches are quick to read, and one of this size fits in memory."""

KEPT_PER_FILE = 10_000
"""Refused rows of a file that are kept; more than that is a wrong file, not a list to read."""

EXAMPLES = 10
"""Refused rows that the summary shows."""

ShowProgress = Callable[[str, float], None]
"""Hears (name of a file, share of it that has been read), ascending from 0 to 1 for each file."""


@dataclass(frozen=True)
class Counts:
    """What became of the rows of one kind: rows = new + known + unused + rejected.

    known: accepted, but already stored or identical to another row. unused: of no interest here.
    """

    files: int = 0
    rows: int = 0
    new: int = 0
    known: int = 0
    unused: int = 0
    rejected: int = 0

    def plus(self, tally: _Tally, new: int) -> Counts:
        """These counts and those of one more file, of whose accepted rows `new` were new."""
        return replace(
            self,
            rows=self.rows + tally.rows,
            new=self.new + new,
            known=self.known + tally.accepted - new,
            unused=self.unused + tally.rows - tally.accepted - tally.rejected,
            rejected=self.rejected + tally.rejected,
        )


@dataclass(frozen=True)
class IngestSummary:
    """What an import did.

    categories: those of the tree that was planted, None if no tree was given. reasons: why rows were
    refused, and how many. examples: the first of them. unkept: refused rows that were only counted.
    """

    events: Counts
    properties: Counts
    categories: int | None
    reasons: Mapping[str, int]
    examples: tuple[Reject, ...]
    unkept: int


@dataclass(frozen=True)
class Ingest:
    """Imports files, all of which are looked at before anything is stored.

    Exactly once, as read: rows are stored at least once, and identical rows are read as one. Hence an
    import that was interrupted is completed by running it again, and a second run changes nothing: its
    summary says new = 0. Batches are cut at the same rows every time, which is what the catalogue needs
    to know one again.
    """

    files: ImportFiles
    events: EventStore
    catalogue: Catalogue
    rejects: Rejects
    batch_rows: int = BATCH_ROWS

    def __call__(
        self,
        event_files: Sequence[Path],
        property_files: Sequence[Path],
        tree_file: Path | None,
        progress: ShowProgress,
    ) -> IngestSummary:
        """Import the tree, then the properties, then the events.

        Raises FileRefused, and stores nothing, if a file is not what it was given as or the tree has a loop.
        A file that becomes unreadable on the way is FileRefused, too; the rows before it may be stored then.
        """
        run = _Run(self.rejects, progress)
        properties = [(file.name, self.files.properties(file)) for file in property_files]
        events = [(file.name, self.files.events(file)) for file in event_files]
        categories = None if tree_file is None else self._plant(tree_file, run)
        return IngestSummary(
            properties=self._store(properties, self.catalogue.record, run),
            events=self._store(events, self.events.append, run),
            categories=categories,
            reasons=dict(run.reasons.most_common()),
            examples=tuple(run.examples),
            unkept=run.unkept,
        )

    def _plant(self, file: Path, run: _Run) -> int:
        run.progress(file.name, 0.0)
        parents, rejects = self.files.tree(file)
        try:
            self.catalogue.plant(parents)
        except ValueError as error:
            raise FileRefused(str(file), f"expected a tree; {error}") from error
        run.note(rejects, KEPT_PER_FILE)
        run.progress(file.name, 1.0)
        return len(parents)

    def _store(
        self, opened: Sequence[tuple[str, Iterator[Block[Batch]]]], store: Callable[[Batch], int], run: _Run
    ) -> Counts:
        """Store the rows of the files of one kind, one file after another."""
        counts = Counts(files=len(opened))
        for name, blocks in opened:
            tally = _Tally()
            # map, unlike a loop, lets go of a batch before the next one is read
            new = sum(map(store, _gathered(run.read(name, blocks, tally), self.batch_rows)))
            counts = counts.plus(tally, new)
        return counts


@dataclass
class _Tally:
    """Rows of one file so far."""

    rows: int = 0
    accepted: int = 0
    rejected: int = 0


@dataclass
class _Run:
    """What one import has to say: of its progress, and of the rows that it refused."""

    rejects: Rejects
    progress: ShowProgress
    reasons: Counter[str] = field(default_factory=Counter)
    examples: list[Reject] = field(default_factory=list)
    unkept: int = 0

    def read(self, name: str, blocks: Iterator[Block[Batch]], tally: _Tally) -> Iterator[Batch]:
        """The batches of one file, counted in `tally`."""
        self.progress(name, 0.0)
        for block in blocks:
            self.note(block.rejects, max(KEPT_PER_FILE - tally.rejected, 0))
            tally.rows += block.rows
            tally.accepted += len(block.batch)
            tally.rejected += len(block.rejects)
            yield block.batch
            self.progress(name, block.done)

    def note(self, rejects: Sequence[Reject], room: int) -> None:
        """Count refused rows, and keep as many as there is room for."""
        self.reasons.update(each.reason for each in rejects)
        self.examples += rejects[: EXAMPLES - len(self.examples)]
        self.unkept += max(len(rejects) - room, 0)
        if kept := rejects[:room]:
            self.rejects.keep(kept)


def _gathered(batches: Iterable[Batch], rows: int) -> Iterator[Batch]:
    """The same rows in batches of at least so many, but for the last; none is empty."""
    waiting: list[Batch] = []
    for batch in batches:
        waiting.append(batch)
        if sum(map(len, waiting)) >= rows:
            yield _joined(waiting)
            waiting = []
    if any(map(len, waiting)):
        yield _joined(waiting)


def _joined(batches: Sequence[Batch]) -> Batch:
    """One batch of all rows, in their order."""
    columns = {
        column.name: np.concatenate([getattr(each, column.name) for each in batches])
        for column in fields(batches[0])
    }
    return type(batches[0])(**columns)
