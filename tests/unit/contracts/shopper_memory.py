"""The laws of ShopperMemory."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from fakes.clock import FixedClock
from fakes.live import event_ids, seen
from worlds import NOW

from recommender.application.ports import ShopperMemory
from recommender.domain.events import EventType
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.ids import guest
from recommender.domain.live import REMEMBERED_FOR, LiveEvent


def recalled(memory: ShopperMemory, *steps: Sequence[LiveEvent] | str) -> list[LiveEvent]:
    """Remember each list of events; then recall the visitors, who are the texts."""

    async def in_turn() -> list[LiveEvent]:
        for step in steps:
            if not isinstance(step, str):
                await memory.remember(step)
        return await memory.recall([step for step in steps if isinstance(step, str)])

    return asyncio.run(in_turn())


class ShopperMemoryContract:
    """A subclass gives `clock`, which shows NOW, and `memory`, an empty one that goes by it."""

    def test_what_is_remembered_is_recalled_whole(self, memory: ShopperMemory) -> None:
        event = LiveEvent(
            "1", NOW, EventType.ADDTOCART, "é", "u", "s", {"price": 1.5, "properties": {"a": [1]}}
        )
        assert recalled(memory, [event], "u") == [event]

    def test_an_unknown_visitor_has_done_nothing(self, memory: ShopperMemory) -> None:
        assert recalled(memory, [seen("1", NOW, "a")], "b") == []
        assert recalled(memory) == []

    def test_the_oldest_comes_first_however_they_arrived(self, memory: ShopperMemory) -> None:
        found = recalled(memory, [seen("3", NOW - 1), seen("1", NOW - 9)], [seen("2", NOW - 5)], "u")
        assert event_ids(found) == ["1", "2", "3"]

    def test_events_of_one_moment_keep_their_order(self, memory: ShopperMemory) -> None:
        found = recalled(memory, [seen("b", NOW), seen("a", NOW)], [seen("c", NOW)], "u")
        assert event_ids(found) == ["b", "a", "c"]

    def test_an_event_counts_once_as_it_came_first(self, memory: ShopperMemory) -> None:
        again = seen("1", NOW + 1, item_id="other")
        assert recalled(memory, [seen("1", NOW), seen("1", NOW)], [again], "u") == [seen("1", NOW)]

    def test_several_visitors_are_recalled_together(self, memory: ShopperMemory) -> None:
        guests = LiveEvent("2", NOW - 1, EventType.VIEW, "i", None, "u")
        found = recalled(memory, [seen("1", NOW, "u"), guests, seen("3", NOW, "other")], "u", guest("u"))
        assert event_ids(found) == ["2", "1"]

    def test_a_guest_is_nobody_else(self, memory: ShopperMemory) -> None:
        assert recalled(memory, [LiveEvent("1", NOW, EventType.VIEW, "i", None, "u")], "u") == []

    def test_so_many_events_are_recalled_and_no_more(self, memory: ShopperMemory) -> None:
        numbers = range(HISTORY_LENGTH + 20)
        found = recalled(memory, [seen(str(number), NOW + number) for number in numbers], "u")
        assert event_ids(found) == [str(number) for number in numbers][-HISTORY_LENGTH:]

    def test_what_is_old_is_not_recalled(self, memory: ShopperMemory, clock: FixedClock) -> None:
        events = [seen("old", NOW - REMEMBERED_FOR), seen("1", NOW - REMEMBERED_FOR + 1), seen("2", NOW)]
        assert event_ids(recalled(memory, events, "u")) == ["1", "2"]
        clock.advance(1)
        assert event_ids(recalled(memory, "u")) == ["2"]
