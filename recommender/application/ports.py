"""The ports: what the use cases need of the world, each with its promises.

Adapters satisfy a port by having its methods; none inherits from it. The promises of stores and
trainers are laws in their contract suites (tests/unit/contracts), which every adapter and fake must pass.

A store that cannot be reached raises StorageUnavailable. That is never said by an empty answer: absence and
outage are different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from recommender.application.card import ModelCard
from recommender.domain.catalogue import CatalogueHistory, PropertyBatch
from recommender.domain.events import EventBatch, InteractionLog
from recommender.domain.live import LiveEvent
from recommender.domain.model import Model
from recommender.domain.ranking import Ranker

Part = TypeVar("Part")
Result = TypeVar("Result")
Batch = TypeVar("Batch", EventBatch, PropertyBatch)


class Clock(Protocol):
    """The time."""

    def now(self) -> int:
        """Milliseconds since 1970 UTC."""
        ...


class Progress(Protocol):
    """Shows how far long work has come."""

    def __call__(self, work: Iterable[Part], what: str, total: int | None) -> Iterator[Part]:
        """Pass on the work while showing it; `total` is the number of parts, None if nobody knows."""
        ...


class Forgotten(Protocol):
    """Visitors who asked to be forgotten, and up to when they are: who comes back later is somebody new."""

    def add(self, user_ids: AbstractSet[str], at: int) -> None:
        """Forget what these visitors did up to `at` (ms), all of them or none.

        Durable when it returns. Of several moments for one visitor the latest counts, whoever is last.
        """
        ...

    def all(self) -> Mapping[str, int]:
        """Visitor -> ms up to which, itself included, events are forgotten. CorruptData if it is damaged."""
        ...


@dataclass(frozen=True)
class Compaction:
    """What a compaction did. days: those that were rewritten; batches and bytes are those of these days.

    forgotten: events of forgotten visitors that were removed.
    """

    days: int = 0
    batches_before: int = 0
    batches_after: int = 0
    bytes_before: int = 0
    bytes_after: int = 0
    forgotten: int = 0


class EventStore(Protocol):
    """The shop's log: append-only, by day (UTC).

    An event of a forgotten visitor is not in it, from that moment on: it is not read, appending it again
    brings nothing, and its id is free. Its bytes go with the next compaction.
    """

    def append(self, batch: EventBatch) -> int:
        """Keep the events and say how many of them were new.

        Durable when it returns. Idempotent by event id: appending a batch again, whole or in part, changes
        nothing that is read. After an interruption, appending the same batch again completes it.
        """
        ...

    def read(self, start: int | None = None, end: int | None = None) -> InteractionLog:
        """The events of [start, end) in ms, each event id once, sorted by time.

        Equal times keep the order in which they were appended. Nothing stored is an empty log. Whatever was
        appended before the call is read once, also while others append and compact.
        """
        ...

    def compact(self, until: int | None, progress: Progress) -> Compaction:
        """Merge the batches of every day that ends at or before `until` (ms; None: of no day).

        Days with events of forgotten visitors are rewritten without them, whenever they end. What is read,
        and what a batch brings that is appended again, does not change. Several may compact and append at
        once; after an interruption the next compaction completes it.
        """
        ...


class Journal(Protocol):
    """Where a server writes down what shoppers do while they do it; what is written is in the log.

    EventStore.read has every event once, by its id within its day (UTC), however often it was written.
    """

    def write(self, events: Sequence[LiveEvent]) -> None:
        """Keep the events; one thread at a time. Durable when it returns; if it raises, some may be kept."""
        ...

    def tidy(self) -> None:
        """Bring what was written into fewer pieces; may run while others write and read."""
        ...

    def recent(self, since: int) -> Iterator[LiveEvent]:
        """What was written by anybody of the days (UTC) from `since` (ms) on, some of it maybe twice.

        Events that a compaction has merged with older ones are not among them.
        """
        ...


class ShopperMemory(Protocol):
    """What shoppers did most recently, by visitor (domain.live.visitor); bounded, and it expires.

    Its methods raise MemoryUnavailable if it cannot be reached.
    """

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        """Add the events: from then on they are recalled. One that is known by its id changes nothing."""
        ...

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        """The latest events of these visitors, oldest first, each event id once; at most 100 of each."""
        ...

    async def close(self) -> None:
        """Give back what it holds of others; it is not used any more."""
        ...


class Catalogue(Protocol):
    """What the shop says of its items, with the times at which it said so, and the category tree."""

    def record(self, batch: PropertyBatch) -> int:
        """Keep the property rows and say how many were new; a batch that is already there changes nothing."""
        ...

    def plant(self, parents: Mapping[str, str | None]) -> None:
        """Replace the category tree: category -> parent, None for a root.

        Raises ValueError, and leaves the tree as it was, if a category is its own ancestor.
        """
        ...

    def history(self) -> CatalogueHistory:
        """Everything recorded; at one time the row recorded last wins. Nothing recorded is empty."""
        ...


class ModelStore(Protocol):
    """Model versions, and which of them is current."""

    def publish(self, model: Model, card: ModelCard, pipelines: Mapping[str, bytes], at: int) -> str:
        """Store a version under a new name, and return it: UTC time of `at` (ms), "-", content hash.

        A published version is complete or not there at all, and is never overwritten. `pipelines` holds
        goal -> the fitted pipeline as bytes, for people; it is never loaded by this program.
        """
        ...

    def load(self, version: str) -> Model:
        """The model, its arrays memory-mapped. Raises UnknownVersion or CorruptModel."""
        ...

    def card(self, version: str) -> ModelCard:
        """What the version says of itself. Raises UnknownVersion or CorruptModel."""
        ...

    def size(self, version: str) -> int:
        """Bytes of the version's files, as published. Raises UnknownVersion or CorruptModel."""
        ...

    def versions(self) -> list[str]:
        """All complete versions, oldest first."""
        ...

    def remnants(self, before: int) -> list[str]:
        """Names of what an interruption left: of any deletion, and of publishing before `before` (ms)."""
        ...

    def current(self) -> str | None:
        """The promoted version, None before the first promotion. CorruptModel if its pointer is damaged."""
        ...

    def history(self) -> tuple[str, ...]:
        """What can be rolled back to: versions that were current, oldest first; the last one is current.

        A version that became current again ends it, and what had been current since is no longer in it. It
        is bounded, and versions that were deleted are taken out. CorruptModel if its pointer is damaged.
        """
        ...

    def promote(self, version: str, instead_of: str | None) -> bool:
        """Make the version current if `instead_of` still is; else return False and change nothing.

        The whole version is verified before. Raises UnknownVersion for one that is not there or is being
        deleted, CorruptModel for one that is refused.
        """
        ...

    def delete(self, version: str) -> None:
        """Delete a version, damaged or not, or a remnant; at no time is half a version visible.

        No version that is being deleted can become current. Raises VersionInUse for the current one,
        UnknownVersion, and CorruptModel if the pointer is damaged.
        """
        ...


@dataclass(frozen=True)
class Fitted:
    """A fitted ranker, and the pipeline it came from as bytes for people who want to open it."""

    ranker: Ranker
    pipeline: bytes


class Trainer(Protocol):
    """Fits rankers. The same rows and seed give the same ranker; nothing is remembered between fits."""

    def fit(
        self, columns: tuple[str, ...], table: NDArray[np.float64], label: NDArray[np.bool_], kept: float
    ) -> Fitted:
        """Fit on a table (n, columns) and labels (n,), of whose negatives the share `kept` was sampled.

        The ranker's probabilities are those of the unsampled population.
        """
        ...


class Workers(Protocol):
    """Other processes to share work with."""

    def map(self, task: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """The results of task(part), in the order of the parts, which are taken as they are needed."""
        ...


@dataclass(frozen=True)
class Reject:
    """A row that was refused. line: counted from 1, the header included. text: the row, shortened."""

    file: str
    line: int
    reason: str
    text: str


@dataclass(frozen=True)
class Block(Generic[Batch]):
    """A stretch of an import file.

    rows: data rows read, those refused or not used included. done: share of the file that has been read.
    """

    batch: Batch
    rejects: tuple[Reject, ...]
    rows: int
    done: float


class ImportFiles(Protocol):
    """RetailRocket's files, plain or gzip.

    A file that is not what it was given as is refused at the call, before any block, with FileRefused.
    """

    def events(self, file: Path) -> Iterator[Block[EventBatch]]:
        """The rows of an events file in their order; an event id is a hash of its row."""
        ...

    def properties(self, file: Path) -> Iterator[Block[PropertyBatch]]:
        """The rows of an item properties file; rows of properties that are not used are only counted."""
        ...

    def tree(self, file: Path) -> tuple[dict[str, str | None], tuple[Reject, ...]]:
        """Category -> parent, and the rows that were refused."""
        ...


class Rejects(Protocol):
    """Keeps refused rows for people to look at."""

    def keep(self, rejects: Sequence[Reject]) -> None:
        """Keep them; the same rejects again change nothing."""
        ...

    def forget(self, user_ids: AbstractSet[str]) -> int:
        """Drop the rows that name one of these visitors, of whatever time; say how many there were."""
        ...
