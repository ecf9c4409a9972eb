from __future__ import annotations

import pytest
from fakes.clock import FixedClock
from fakes.live import event_ids, seen
from unit.contracts.shopper_memory import ShopperMemoryContract, recalled
from worlds import NOW

from recommender.adapters.memory import ProcessMemory


class TestProcessMemory(ShopperMemoryContract):
    @pytest.fixture
    def clock(self) -> FixedClock:
        return FixedClock(NOW)

    @pytest.fixture
    def memory(self, clock: FixedClock) -> ProcessMemory:
        return ProcessMemory(clock)

    def test_who_did_nothing_for_longest_is_forgotten_first(self, clock: FixedClock) -> None:
        memory = ProcessMemory(clock, most_visitors=2)
        recalled(memory, [seen("1", NOW, "a"), seen("2", NOW, "b"), seen("3", NOW, "a"), seen("4", NOW, "c")])
        assert event_ids(recalled(memory, "a", "b", "c")) == ["1", "3", "4"]
