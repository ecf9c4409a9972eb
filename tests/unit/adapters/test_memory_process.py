from __future__ import annotations

import pytest
from fakes.clock import FixedClock
from fakes.live import event_ids, seen
from unit.contracts.shopper_memory import ShopperMemoryContract, recalled
from worlds import NOW

from recommender.adapters.memory import ProcessMemory
from recommender.domain.live import REMEMBERED_FOR


class TestProcessMemory(ShopperMemoryContract):
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock(NOW)

    @pytest.fixture
    def memory(self, clock: FixedClock) -> ProcessMemory:
        return ProcessMemory(clock)

    def test_of_too_many_events_go_those_of_who_did_nothing_for_longest(self, clock: FixedClock) -> None:
        memory = ProcessMemory(clock, most_events=3)
        recalled(memory, [seen("1", NOW, "a"), seen("2", NOW, "b"), seen("3", NOW, "a"), seen("3", NOW, "a")])
        assert event_ids(recalled(memory, "a", "b")) == ["1", "3", "2"]
        recalled(memory, [seen("4", NOW, "c")])
        assert event_ids(recalled(memory, "a", "b", "c")) == ["1", "3", "4"]
        recalled(memory, [seen("5", NOW, "c")])
        assert event_ids(recalled(memory, "a", "b", "c")) == ["4", "5"]

    def test_what_has_expired_takes_no_room(self, clock: FixedClock) -> None:
        memory = ProcessMemory(clock, most_events=3)
        recalled(memory, [seen("1", NOW, "a"), seen("2", NOW, "b"), seen("3", NOW + 2, "b")])
        clock.advance(REMEMBERED_FOR + 1)
        recalled(memory, [seen("4", NOW + REMEMBERED_FOR, "c")])
        assert event_ids(recalled(memory, "a", "b", "c")) == ["3", "4"]
