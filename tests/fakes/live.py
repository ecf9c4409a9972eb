"""Live events that are easy to write down, and a journal in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fakes.clock import FixedClock
from fakes.events import Event, batch_of

from recommender.application.live import Live
from recommender.application.ports import EventStore, ShopperMemory
from recommender.application.recall import Recall
from recommender.application.record import Record
from recommender.application.spared import SparedMemory
from recommender.domain.errors import MemoryUnavailable, StorageUnavailable
from recommender.domain.events import DAY, EventType
from recommender.domain.live import LiveEvent


def seen(event_id: str, timestamp: int, user_id: str = "u", item_id: str = "i") -> LiveEvent:
    """A look at an item."""
    return LiveEvent(event_id, timestamp, EventType.VIEW, item_id, user_id)


def event_ids(events: Sequence[LiveEvent]) -> list[str]:
    return [event.event_id for event in events]


class FakeJournal:
    """Journal that appends to a log.

    unreachable: set it, and every method raises StorageUnavailable. writes: the events of each write.
    tidied: how often it was asked to tidy up.
    """

    def __init__(self, log: EventStore) -> None:
        self.unreachable = False
        self.writes: list[list[LiveEvent]] = []
        self.tidied = 0
        self._log = log

    def write(self, events: Sequence[LiveEvent]) -> None:
        self._reach()
        self.writes.append(list(events))
        rows = (
            Event(each.event_id, each.timestamp, each.visitor, each.type, each.item_id) for each in events
        )
        self._log.append(batch_of(*rows))

    def tidy(self) -> None:
        self._reach()
        self.tidied += 1

    def recent(self, since: int) -> Iterator[LiveEvent]:
        self._reach()
        for events in self.writes:
            yield from (event for event in events if event.timestamp // DAY >= since // DAY)

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("an unreachable journal")


def live_on(journal: FakeJournal, memory: ShopperMemory, clock: FixedClock) -> Live:
    """What takes events, and hardly waits for others."""
    spared = SparedMemory(memory, clock)
    return Live(Record(journal, spared, 0.001), Recall(spared), spared)


class ForgetfulMemory:
    """ShopperMemory that is away."""

    def __init__(self) -> None:
        self.asked = 0

    async def remember(self, _: Sequence[LiveEvent]) -> None:
        raise MemoryUnavailable("nowhere")

    async def recall(self, _: Sequence[str]) -> list[LiveEvent]:
        self.asked += 1
        raise MemoryUnavailable("nowhere")

    async def close(self) -> None:
        pass
