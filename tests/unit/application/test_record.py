from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest
from fakes.clock import FixedClock
from fakes.events import FakeEventStore, users
from fakes.live import FakeJournal, ForgetfulMemory, event_ids, seen
from worlds import NOW

from recommender.adapters.memory import ProcessMemory
from recommender.application.ports import ShopperMemory
from recommender.application.record import MOST_WAITING, TIDY_EVERY, Record
from recommender.domain.errors import Overloaded, StorageUnavailable
from recommender.domain.events import DAY
from recommender.domain.live import LiveEvent

MOMENT = 0.001


@pytest.fixture
def log() -> FakeEventStore:
    return FakeEventStore()


@pytest.fixture
def journal(log: FakeEventStore) -> FakeJournal:
    return FakeJournal(log)


@pytest.fixture
def memory() -> ProcessMemory:
    return ProcessMemory(FixedClock(NOW))


def run(journal: FakeJournal, memory: ShopperMemory, work: Callable[[Record], Awaitable[None]]) -> None:
    async def working() -> None:
        record = Record(journal, memory, MOMENT)
        async with record.running():
            await work(record)

    asyncio.run(asyncio.wait_for(working(), 60))


async def until(so: Callable[[], bool]) -> None:
    while not so():  # noqa: ASYNC110 - a journal works in a thread, and sets no event
        await asyncio.sleep(MOMENT)


def test_what_is_recorded_is_in_the_log_and_recalled(
    log: FakeEventStore, journal: FakeJournal, memory: ProcessMemory
) -> None:
    async def work(record: Record) -> None:
        await record([seen("1", NOW, "a"), seen("2", NOW, "b")])
        assert users(log) == ["a", "b"]
        assert event_ids(await memory.recall(["b"])) == ["2"]

    run(journal, memory, work)


def test_nothing_to_record_is_not_written(journal: FakeJournal, memory: ProcessMemory) -> None:
    run(journal, memory, lambda record: record([]))
    assert journal.writes == []


def test_those_who_come_together_share_a_write(journal: FakeJournal, memory: ProcessMemory) -> None:
    async def work(record: Record) -> None:
        await asyncio.gather(*(record([seen(str(number), NOW)]) for number in range(20)))

    run(journal, memory, work)
    assert [len(events) for events in journal.writes] == [20]


def test_what_was_recorded_before_is_not_written_again(journal: FakeJournal, memory: ProcessMemory) -> None:
    async def work(record: Record) -> None:
        await record([seen("1", NOW)])
        await record([seen("1", NOW + DAY), seen("2", NOW)])  # sent again on the next day, without a time

    run(journal, memory, work)
    assert [event_ids(events) for events in journal.writes] == [["1"], ["2"]]


class AskedMemory(ProcessMemory):
    """A shopper memory that notes whom it is asked about, and of how much it is told; it can be held up."""

    def __init__(self) -> None:
        super().__init__(FixedClock(NOW))
        self.asked: list[str] = []
        self.told: list[int] = []
        self.remembering = asyncio.Event()
        self.remembering.set()

    async def recall(self, visitors: Sequence[str]) -> list[LiveEvent]:
        self.asked += visitors
        return await super().recall(visitors)

    async def remember(self, events: Sequence[LiveEvent]) -> None:
        self.told.append(len(events))
        await self.remembering.wait()
        await super().remember(events)


def test_the_memory_is_asked_only_about_ids_that_may_have_been_sent_before(journal: FakeJournal) -> None:
    memory = AskedMemory()

    async def work(record: Record) -> None:
        await record([seen("made here", NOW, "a"), seen("given", NOW, "b")], {"made here"})
        await record([seen("made here, too", NOW, "a")], {"made here, too"})

    run(journal, memory, work)
    assert memory.asked == ["b"]
    assert [len(events) for events in journal.writes] == [2, 1]


def test_a_slow_memory_holds_up_those_whose_events_it_is_told_and_no_write(journal: FakeJournal) -> None:
    memory = AskedMemory()

    async def work(record: Record) -> None:
        memory.remembering.clear()
        told = [asyncio.create_task(record([seen("1", NOW)]))]
        await until(lambda: len(journal.writes) == 1)
        told.append(asyncio.create_task(record([seen("2", NOW)])))
        await until(lambda: len(journal.writes) == 2)
        assert not any(each.done() for each in told)
        memory.remembering.set()
        await asyncio.gather(*told)
        assert event_ids(await memory.recall(["u"])) == ["1", "2"]

    run(journal, memory, work)


def test_what_is_written_while_the_memory_is_told_of_others_is_told_together_and_bounded(
    journal: FakeJournal,
) -> None:
    memory = AskedMemory()

    async def work(record: Record) -> None:
        memory.remembering.clear()
        waiting: list[asyncio.Task[None]] = []
        for size in (1, 1, 1, MOST_WAITING - 3, 1):
            some = [seen(f"{len(waiting)}-{number}", NOW, f"{number}") for number in range(size)]
            waiting.append(asyncio.create_task(record(some)))
            await until(lambda: len(journal.writes) == len(waiting))
        with pytest.raises(Overloaded):  # all but the first and maybe the last are known to be written
            await record([seen("too", NOW), seen("many", NOW)])
        memory.remembering.set()
        await asyncio.gather(*waiting)
        assert sum(memory.told) == MOST_WAITING + 1
        assert memory.told[0] == 1
        assert len(memory.told) <= 3

    run(journal, memory, work)


def test_what_a_slow_memory_is_still_told_when_the_server_stops_is_awaited(journal: FakeJournal) -> None:
    memory = AskedMemory()

    async def working() -> None:
        record = Record(journal, memory, MOMENT)
        memory.remembering.clear()
        async with record.running():
            told = asyncio.create_task(record([seen("1", NOW)]))
            await until(lambda: len(journal.writes) == 1)
            asyncio.get_running_loop().call_later(10 * MOMENT, memory.remembering.set)
        await told
        assert event_ids(await memory.recall(["u"])) == ["1"]

    asyncio.run(asyncio.wait_for(working(), 30))


def test_the_journal_is_tidied_up_after_every_so_many_writes(
    journal: FakeJournal, memory: ProcessMemory
) -> None:
    async def work(record: Record) -> None:
        for number in range(TIDY_EVERY - 1):
            await record([seen(str(number), NOW)])
        assert journal.tidied == 0
        await record([seen("the last", NOW)])
        await until(lambda: journal.tidied == 1)

    run(journal, memory, work)


def test_a_store_that_is_away_is_told_to_all_who_wait_and_nothing_is_recalled(
    journal: FakeJournal, memory: ProcessMemory
) -> None:
    async def work(record: Record) -> None:
        journal.unreachable = True
        told = await asyncio.gather(*(record([seen(str(n), NOW)]) for n in range(3)), return_exceptions=True)
        assert [type(each) for each in told] == [StorageUnavailable] * 3
        assert await memory.recall(["u"]) == []
        journal.unreachable = False
        await record([seen("1", NOW)])

    run(journal, memory, work)
    assert [event_ids(events) for events in journal.writes] == [["1"]]


def test_a_memory_that_is_away_does_not_keep_events_out_of_the_log(
    log: FakeEventStore, journal: FakeJournal
) -> None:
    run(journal, ForgetfulMemory(), lambda record: record([seen("1", NOW)]))
    assert users(log) == ["u"]


def test_a_fault_is_told_to_those_who_wait_and_the_next_are_served(memory: ProcessMemory) -> None:
    class Faulty(FakeJournal):
        def write(self, events: Sequence[LiveEvent]) -> None:
            if "faulty" in event_ids(events):
                raise ZeroDivisionError
            super().write(events)

    faulty = Faulty(FakeEventStore())

    async def work(record: Record) -> None:
        with pytest.raises(ZeroDivisionError):
            await record([seen("faulty", NOW)])
        await record([seen("1", NOW)])

    run(faulty, memory, work)
    assert len(faulty.writes) == 1


def test_more_than_can_wait_is_sent_away_and_nothing_of_it_is_kept(
    journal: FakeJournal, memory: ProcessMemory
) -> None:
    async def work(record: Record) -> None:
        first = asyncio.create_task(record([seen(str(n), NOW, str(n)) for n in range(MOST_WAITING)]))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await record([seen("too much", NOW)])
        await first

    run(journal, memory, work)
    assert [len(events) for events in journal.writes] == [MOST_WAITING]


def test_the_first_is_written_at_once_and_those_who_come_soon_after_share_the_next_write(
    journal: FakeJournal,
) -> None:
    """What waits when the server stops is written then."""

    async def working() -> None:
        record = Record(journal, ProcessMemory(FixedClock(NOW)), interval=60)
        async with record.running():
            await record([seen("1", NOW)])
            waiting = asyncio.gather(*(record([seen(each, NOW)]) for each in "23"))
            await asyncio.sleep(MOMENT)
            assert len(journal.writes) == 1
        await waiting

    asyncio.run(asyncio.wait_for(working(), 30))
    assert [event_ids(events) for events in journal.writes] == [["1"], ["2", "3"]]


def test_who_no_longer_waits_is_no_reason_to_lose_the_event(
    log: FakeEventStore, journal: FakeJournal, memory: ProcessMemory
) -> None:
    async def work(record: Record) -> None:
        gone = asyncio.ensure_future(record([seen("1", NOW, "a")]))
        await asyncio.sleep(0)
        gone.cancel()
        await record([seen("2", NOW, "b")])

    run(journal, memory, work)
    assert users(log) == ["a", "b"]
