"""Record: keep what shoppers do, durably and at once, with one write for all who come together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager, suppress

from recommender.application.ports import Journal, ShopperMemory
from recommender.domain.errors import MemoryUnavailable, Overloaded, RecommenderError
from recommender.domain.live import LiveEvent

MOST_WAITING = 10_000
"""Events that may wait for a write; with more, those who come are sent away."""

TIDY_EVERY = 64
"""Writes after which the journal may tidy up; to ask it takes a thread's turn."""

Waiting = tuple[Sequence[LiveEvent], "asyncio.Future[None]"]

_log = logging.getLogger(__name__)


class Record:
    """Writes events down, and then remembers them; who calls it waits for both (group commit).

    The first event is written at once. A write begins at least `interval` seconds after the one before, and
    whoever comes meanwhile shares it: so nobody waits for company that does not come, and however many come,
    the writes do not become more. What was written while the memory was told of others is told together. It
    works within `running()` only.
    """

    def __init__(self, journal: Journal, memory: ShopperMemory, interval: float) -> None:
        self._journal = journal
        self._memory = memory
        self._interval = interval
        self._waiting: list[Waiting] = []
        self._arrived = asyncio.Event()
        self._written: list[Waiting] = []
        self._wrote = asyncio.Event()
        self._writes = 0
        self._untidy = asyncio.Event()
        self._closing = asyncio.Event()
        self._ended = False  # nothing more is written

    async def __call__(self, events: Sequence[LiveEvent], fresh: Collection[str] = ()) -> None:
        """Keep the events; durable, and recalled from now on, when it returns.

        An event that its visitor's memory knows is in the log already. fresh: event_ids that were made for
        this call, so that the memory need not be asked about them. Raises StorageUnavailable if nobody knows
        whether the events were kept, and Overloaded if they were not.
        """
        new = await self._unknown(events, fresh)
        if _count(self._waiting) + _count(self._written) + len(new) > MOST_WAITING:
            raise Overloaded("More events arrive than can be stored; send them again later.")
        if new:
            done = asyncio.get_running_loop().create_future()
            self._waiting.append((new, done))
            self._arrived.set()
            await done

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write while the block lasts; what waits at its end is written, and remembered."""
        writing, telling = asyncio.create_task(self._write()), asyncio.create_task(self._tell())
        tidying = asyncio.create_task(self._tidy())
        try:
            yield
        finally:
            self._closing.set()
            self._arrived.set()
            await writing
            self._ended = True
            self._wrote.set()
            await telling
            tidying.cancel()
            with suppress(asyncio.CancelledError):
                await tidying

    async def _unknown(self, events: Sequence[LiveEvent], fresh: Collection[str]) -> list[LiveEvent]:
        """Without those that were sent before; the log tells repeats of one day, the memory of two."""
        visitors = list(dict.fromkeys(event.visitor for event in events if event.event_id not in fresh))
        try:
            recalled = await self._memory.recall(visitors) if visitors else []
        except MemoryUnavailable:
            return list(events)
        known = {event.event_id for event in recalled}
        return [event for event in events if event.event_id not in known]

    async def _write(self) -> None:
        now = asyncio.get_running_loop().time
        earliest = now()
        while not self._closing.is_set() or self._waiting:
            await self._arrived.wait()
            self._arrived.clear()
            if (early := earliest - now()) > 0:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), early)
            earliest = now() + self._interval
            waiting, self._waiting = self._waiting, []
            if waiting:
                await self._commit(waiting)

    async def _commit(self, waiting: list[Waiting]) -> None:
        """Write what waits; who waits hears of a failure now, and else when it is remembered."""
        try:
            await asyncio.to_thread(self._journal.write, _events(waiting))
        except Exception as error:  # noqa: BLE001 - whatever it is: those who wait must hear of it
            _answer(waiting, error)
            return
        self._written += waiting
        self._wrote.set()
        self._writes += 1
        if self._writes % TIDY_EVERY == 0:
            self._untidy.set()

    async def _tell(self) -> None:
        """Remember what was written, beside the next write: the log does not wait for the memory."""
        while not self._ended or self._written:
            await self._wrote.wait()
            self._wrote.clear()
            written, self._written = self._written, []
            failure: Exception | None = None
            try:
                await self._remember(_events(written))
            except Exception as error:  # noqa: BLE001 - as above
                failure = error
            finally:  # also if it was cancelled: the events are in the log
                _answer(written, failure)

    async def _remember(self, events: Sequence[LiveEvent]) -> None:
        try:
            await self._memory.remember(events)
        except MemoryUnavailable:  # they are in the log, and the next model will know them
            _log.debug("%d events count after the next training only.", len(events))

    async def _tidy(self) -> None:
        """Tidy up beside the writing; what goes wrong is tried again after as many writes."""
        while True:
            await self._untidy.wait()
            self._untidy.clear()
            try:
                await asyncio.to_thread(self._journal.tidy)
            except RecommenderError as failure:
                _log.warning("Live events are stored, but could not be merged: %s", failure)


def _events(waiting: Sequence[Waiting]) -> list[LiveEvent]:
    return [event for some, _ in waiting for event in some]


def _count(waiting: Sequence[Waiting]) -> int:
    return sum(len(some) for some, _ in waiting)


def _answer(waiting: Sequence[Waiting], failure: Exception | None) -> None:
    """Tell everybody how it went."""
    for _, done in waiting:
        if done.done():  # whoever waited has gone
            continue
        if failure is None:
            done.set_result(None)
        else:
            done.set_exception(failure)
