from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from fakes.clock import FixedClock
from fakes.events import MIDNIGHT, Event, FakeEventStore, batch_of, users, views
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from fakes.progress import FakeProgress
from fakes.rejects import FakeRejects
from worlds import NOW, SHOP_CARD, shop_model

from recommender.application.compact import Compact
from recommender.application.forget import Forget
from recommender.application.ports import Compaction, Reject
from recommender.domain.events import DAY


class Shop:
    """Two batches a day for three days, and a compaction of them."""

    def __init__(self) -> None:
        self.forgotten, self.models, self.rejects = FakeForgotten(), FakeModelStore(), FakeRejects()
        self.events = FakeEventStore(self.forgotten)
        for event in views(*[MIDNIGHT + day * DAY for day in (0, 0, 1, 1, 2, 2)]):
            self.events.append(batch_of(event))
        self.asked: list[int] = []
        self.compact = Compact(
            self.events, self.models, self.forgotten, self.rejects, FakeProgress(), self.prune_before
        )

    def prune_before(self, at: int) -> Sequence[str]:
        self.asked.append(at)
        return ["an old version"]

    def promote(self, end: int) -> None:
        """Make a version current that was trained on what came before `end`."""
        self.models.promote(
            self.models.publish(shop_model(), replace(SHOP_CARD, end=end), {}, NOW), self.models.current()
        )


def test_days_are_merged_up_to_the_end_of_the_current_model() -> None:
    shop = Shop()
    shop.promote(MIDNIGHT + 2 * DAY + 1)
    done = shop.compact()
    assert done.until == MIDNIGHT + 2 * DAY + 1
    assert done.log.days == 2


def test_without_a_model_no_day_is_merged() -> None:
    done = Shop().compact()
    assert done.until is None
    assert done.log == Compaction()


def test_without_a_model_what_is_forgotten_is_removed_all_the_same() -> None:
    shop = Shop()
    shop.forgotten.add({"f"}, NOW)
    shop.rejects.keep(
        [Reject("events.csv", 1, "why", "x,f,view"), Reject("events.csv", 2, "why", "x,e,view")]
    )
    done = shop.compact()
    assert (done.log.days, done.log.forgotten, done.rejects) == (1, 1, 1)
    assert users(shop.events) == ["a", "b", "c", "d", "e"]
    assert [each.line for each in shop.rejects.kept] == [2]


def test_versions_from_before_the_newest_tombstone_are_pruned() -> None:
    shop = Shop()
    shop.forgotten.add({"a"}, NOW)
    shop.forgotten.add({"b"}, NOW + 5)
    assert shop.compact().pruned == ("an old version",)
    assert shop.asked == [NOW + 5]


def test_nothing_is_pruned_where_nobody_is_forgotten() -> None:
    shop = Shop()
    assert shop.compact().pruned == ()
    assert shop.asked == []


def test_compacting_again_does_nothing() -> None:
    shop = Shop()
    shop.promote(MIDNIGHT + 9 * DAY)
    shop.compact()
    assert shop.compact().log == Compaction()


def test_what_a_forgotten_visitor_does_later_stays() -> None:
    shop = Shop()
    Forget(shop.forgotten, FixedClock(MIDNIGHT + DAY))(["a", "c", "e"])
    shop.events.append(batch_of(Event("again", MIDNIGHT + 2 * DAY, "a")))
    shop.compact()
    assert users(shop.events) == ["b", "d", "e", "f", "a"]
