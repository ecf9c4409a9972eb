from __future__ import annotations

import asyncio

import pytest
from fakes.clock import FixedClock
from fakes.events import FakeEventStore
from fakes.live import FakeJournal, ForgetfulMemory, event_ids, seen
from unit.contracts.shopper_memory import recalled
from worlds import NOW

from recommender.adapters.memory import ProcessMemory
from recommender.application.recall import Recall, refill
from recommender.application.shopper import PastEvent
from recommender.application.spared import SparedMemory
from recommender.domain.errors import MemoryUnavailable
from recommender.domain.events import DAY, HOUR, EventType
from recommender.domain.ids import guest
from recommender.domain.live import REMEMBERED_FOR, LiveEvent


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def memory(clock: FixedClock) -> ProcessMemory:
    return ProcessMemory(clock)


def items(recall: Recall, user_id: str | None, session_id: str | None = None, **forgotten: int) -> list[str]:
    return [event.item_id for event in asyncio.run(recall(user_id, session_id, forgotten))]


def test_a_shopper_and_their_session_are_recalled_as_one(memory: ProcessMemory, clock: FixedClock) -> None:
    before = LiveEvent("1", NOW - 1, EventType.VIEW, "before they logged in", None, "s")
    recalled(memory, [before, seen("2", NOW, "u", "after"), seen("3", NOW, "other")])
    recall = Recall(SparedMemory(memory, clock))
    assert items(recall, "u", "s") == ["before they logged in", "after"]
    assert items(recall, "u") == ["after"]
    assert items(recall, None, "s") == ["before they logged in"]
    assert items(recall, None) == []
    assert asyncio.run(recall("u", None, {})) == (PastEvent("after", EventType.VIEW, NOW),)


def test_who_is_forgotten_is_not_recalled(memory: ProcessMemory, clock: FixedClock) -> None:
    recalled(memory, [seen("1", NOW - 1, "u", "forgotten"), seen("2", NOW, "u", "new")])
    assert items(Recall(SparedMemory(memory, clock)), "u", u=NOW - 1) == ["new"]
    guests = LiveEvent("3", NOW, EventType.VIEW, "forgotten", None, "s")
    recalled(memory, [guests])
    assert asyncio.run(Recall(SparedMemory(memory, clock))(None, "s", {guest("s"): NOW})) == ()


def test_of_a_memory_that_is_away_nothing_is_recalled(clock: FixedClock) -> None:
    recall = Recall(SparedMemory(ForgetfulMemory(), clock))
    assert items(recall, "u") == []
    assert isinstance(recall.failure, MemoryUnavailable)


def refilled(memory: ProcessMemory, clock: FixedClock, end: int | None) -> int:
    journal = FakeJournal(FakeEventStore())
    journal.write([seen("of a week ago", NOW - REMEMBERED_FOR + HOUR), seen("older", NOW - 9 * DAY)])
    journal.write([seen("of yesterday", NOW - DAY), seen("of now", NOW)])
    return asyncio.run(refill(memory, journal, clock, end))


def test_an_empty_memory_is_filled_with_what_the_model_lacks(
    memory: ProcessMemory, clock: FixedClock
) -> None:
    assert refilled(memory, clock, NOW) == 2
    assert event_ids(recalled(memory, "u")) == ["of yesterday", "of now"]


def test_without_a_model_or_with_an_old_one_it_is_filled_with_what_it_would_recall(
    memory: ProcessMemory, clock: FixedClock
) -> None:
    assert refilled(memory, clock, None) == refilled(memory, clock, NOW - 90 * DAY) == 3
    assert event_ids(recalled(memory, "u")) == ["of a week ago", "of yesterday", "of now"]
