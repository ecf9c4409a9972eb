"""Versions in the store: what is shown of them, which are promoted and rolled back to, which are deleted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from fakes.clock import FixedClock
from fakes.models import FakeModelStore
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.model_store import MODEL, make_current, publish_several
from worlds import NOW, SHOP_CARD

from recommender.application.card import ModelCard
from recommender.application.promotion import Promote, RollBack
from recommender.application.versions import (
    INTERRUPTED_AFTER,
    ListVersions,
    Prune,
    StoredVersion,
    published,
)
from recommender.domain.errors import (
    CorruptModel,
    NoModelPublished,
    NothingToRollBackTo,
    RecommenderError,
    UnknownVersion,
)
from recommender.domain.events import DAY, SECOND


def card_of(hit_rate: float, *, cases: int = 1_000, goal: str = "purchase") -> ModelCard:
    """A card with these figures of what is served, and others of something else."""
    lists = {"model": {"HR@20": hit_rate, "MRR@20": 0.1}, "other": {"HR@20": 0.99}}
    return replace(
        SHOP_CARD,
        goal=goal,
        judged={"cases": 2_000, "cases with an answer": cases},
        lists=lists,
        scores={"model": {"ROC-AUC": 0.8}},
    )


@dataclass
class Store:
    """A store, and the clock that its pruning looks at."""

    models: FakeModelStore = field(default_factory=FakeModelStore)
    clock: FixedClock = field(default_factory=lambda: FixedClock(NOW + 99 * DAY))

    def published(self, *cards: ModelCard) -> list[str]:
        return [self.models.publish(MODEL, card, {}, NOW + day * DAY) for day, card in enumerate(cards)]

    def versions(self, number: int, *current: int) -> list[str]:
        """So many versions, of which some became current one after another."""
        versions = publish_several(self.models, number)
        make_current(self.models, [versions[each] for each in current])
        return versions

    def prune(self, keep: int | None, before: int | None = None, *, only_look: bool = False) -> list[str]:
        pruned = Prune(self.models, self.clock)(keep, before, only_look=only_look)
        return [*pruned.versions, *pruned.remnants]

    def left(self) -> list[str]:
        return self.models.versions()


@pytest.fixture
def store() -> Store:
    return Store()


def test_every_version_is_listed_with_how_it_stands(store: Store) -> None:
    versions = store.versions(5, 0, 1, 3)
    listed = ListVersions(store.models)().versions
    assert [each.version for each in listed] == versions
    assert [each.standing for each in listed] == ["before", "rollback", "", "current", ""]
    assert [each.published for each in listed] == [NOW + day * DAY for day in range(5)]
    assert all(each.card == SHOP_CARD and each.size and not each.refused for each in listed)


def test_a_version_that_is_refused_is_listed_with_the_reason(store: Store) -> None:
    first, second = store.versions(2, 0, 1)
    store.models.damaged.add(second)
    listed = ListVersions(store.models)().versions
    assert listed[0].version == first
    assert listed[1] == StoredVersion(second, NOW + DAY, "current", refused="it was damaged")


def test_where_the_pointer_is_damaged_the_versions_are_listed_and_the_reason_is_said() -> None:
    class Pointless(FakeModelStore):
        def history(self) -> tuple[str, ...]:
            raise CorruptModel("current", "it names nothing")

    models = Pointless()
    publish_several(models, 2)
    found = ListVersions(models)()
    assert [each.standing for each in found.versions] == ["", ""]
    assert found.damaged == str(CorruptModel("current", "it names nothing"))


def test_one_version_is_the_current_one_or_the_one_that_was_asked_for(store: Store) -> None:
    first, second = store.versions(2, 0, 1)
    look = ListVersions(store.models)
    assert look.one().version == second
    assert (look.one(first).version, look.one(first).standing) == (first, "rollback")
    with pytest.raises(UnknownVersion):
        look.one("20140507T120000Z-0123456789ab")
    with pytest.raises(NoModelPublished):
        ListVersions(FakeModelStore()).one()


def test_a_version_is_promoted_by_hand_if_its_own_figures_allow_it(store: Store) -> None:
    first, better, worse = store.published(card_of(0.50), card_of(0.52), card_of(0.40))
    promote = Promote(store.models)
    assert promote(first).verdict.why == "No version was current."
    done = promote(better)
    assert (done.before, done.changed) == (first, True)
    assert (
        "HR@20 of the new version is 52.0% of 1,000 cases, that of the current one 50.0%" in done.verdict.why
    )
    refused = promote(worse)
    assert not refused.changed
    assert "behind by more than two standard errors" in refused.verdict.why
    assert store.models.current() == better
    forced = promote(worse, force=True)
    assert (forced.changed, forced.verdict) == (True, refused.verdict)


def test_the_current_version_is_promoted_to_what_it_is(store: Store) -> None:
    (only,) = store.published(card_of(0.5))
    Promote(store.models)(only)
    done = Promote(store.models)(only)
    assert (done.changed, done.verdict.why) == (True, "It is current already.")
    assert store.models.history() == (only,)


def test_another_goal_takes_force(store: Store) -> None:
    first, other = store.published(card_of(0.5), card_of(0.9, goal="cart"))
    Promote(store.models)(first)
    assert not Promote(store.models)(other).changed
    assert Promote(store.models)(other, force=True).changed


def test_a_damaged_current_version_is_replaced_and_a_damaged_new_one_is_not(store: Store) -> None:
    first, second, third = store.published(card_of(0.5), card_of(0.1), card_of(0.9))
    Promote(store.models)(first)
    store.models.damaged |= {first, third}
    done = Promote(store.models)(second)
    assert done.changed
    assert "it was damaged" in done.verdict.why
    with pytest.raises(CorruptModel):
        Promote(store.models)(third, force=True)
    with pytest.raises(UnknownVersion):
        Promote(store.models)("20140507T120000Z-0123456789ab", force=True)


class Raced(FakeModelStore):
    """Somebody else promotes just before, whatever is promoted."""

    rival = ""

    def promote(self, version: str, instead_of: str | None) -> bool:
        rival, self.rival = self.rival, ""
        if rival:
            super().promote(rival, instead_of)
        return super().promote(version, instead_of)


def test_whoever_is_overtaken_changes_nothing() -> None:
    store = Store(Raced())
    assert isinstance(store.models, Raced)
    first, second, third, fourth = store.versions(4, 0, 1)
    store.models.rival = third
    done = Promote(store.models)(fourth, force=True)
    assert not done.changed
    assert store.models.current() == third
    store.models.rival = fourth
    with pytest.raises(NothingToRollBackTo, match=f"{third} is no longer current: somebody else was quicker"):
        RollBack(store.models)()
    assert store.models.history() == (first, second, third, fourth)


def test_a_roll_back_returns_to_the_version_before_and_another_one_further(store: Store) -> None:
    first, second, third = store.versions(3, 0, 1, 2)
    assert RollBack(store.models)() == (third, second)
    assert RollBack(store.models)() == (second, first)
    with pytest.raises(NothingToRollBackTo, match="No version was current before"):
        RollBack(store.models)()


def test_a_roll_back_may_go_several_versions_back_at_once(store: Store) -> None:
    first, _, third, never = store.versions(4, 0, 1, 2)
    with pytest.raises(NothingToRollBackTo, match=f"{never} was not current before {third}"):
        RollBack(store.models)(never)
    with pytest.raises(NothingToRollBackTo):
        RollBack(store.models)(third)
    assert RollBack(store.models)(first) == (third, first)


def test_a_damaged_version_is_not_rolled_back_to(store: Store) -> None:
    first, second, third = store.versions(3, 0, 1, 2)
    store.models.damaged.add(second)
    with pytest.raises(CorruptModel):
        RollBack(store.models)()
    assert RollBack(store.models)(first) == (third, first)


def test_nothing_can_be_rolled_back_where_nothing_is_current(store: Store) -> None:
    store.versions(2)
    for to in (None, store.left()[0]):
        with pytest.raises(NothingToRollBackTo):
            RollBack(store.models)(to)


def test_the_newest_stay_and_the_current_one_and_the_one_before_it(store: Store) -> None:
    versions = store.versions(9, 0, 1, 2)
    assert store.prune(3) == [versions[each] for each in (0, 3, 4, 5)]
    assert store.left() == [versions[each] for each in (1, 2, 6, 7, 8)]
    assert store.models.history() == (versions[1], versions[2])
    assert store.prune(3) == []


def test_fewer_versions_than_are_kept_all_stay(store: Store) -> None:
    store.versions(3)
    assert store.prune(3) == store.prune(10) == store.prune(None) == []
    assert store.prune(2) == ["20150507T120000Z-000000000000"]


def test_where_none_is_current_the_newest_stay(store: Store) -> None:
    versions = store.versions(4)
    store.prune(1)
    assert store.left() == versions[-1:]


def test_who_only_looks_deletes_nothing(store: Store) -> None:
    versions = store.versions(4, 3)
    store.models.left.add("20150101T000000Z-0123456789ab")
    assert store.prune(1, only_look=True) == [*versions[:3], "20150101T000000Z-0123456789ab"]
    assert store.left() == versions
    pruned = Prune(store.models, store.clock)(1)
    assert pruned.freed == 3 * store.models.size(versions[3]) > 0


def test_versions_that_are_too_old_go_however_few_they_are_but_never_the_current_one(store: Store) -> None:
    """So is a shopper forgotten: every version that may know them goes, whoever would roll back to it."""
    versions = store.versions(5, 0, 2, 1)
    assert store.prune(None, before=NOW + 3 * DAY) == [versions[0], versions[2]]
    assert store.left() == [versions[1], *versions[3:]]
    assert store.models.history() == (versions[1],)
    assert store.prune(1, before=NOW) == [versions[3]]


def test_a_version_that_is_damaged_is_pruned_like_any_other(store: Store) -> None:
    versions = store.versions(3, 2)
    store.models.damaged.add(versions[0])
    assert store.prune(1) == versions[:2]


def test_remnants_go_once_nobody_can_still_be_publishing_them(store: Store) -> None:
    store.versions(1, 0)
    old, young = "20150508T120000Z-0123456789ab", "20150508T120001Z-0123456789ab"
    store.models.left |= {old, young}
    store.clock = FixedClock(NOW + DAY + INTERRUPTED_AFTER + SECOND)
    assert store.prune(5) == [old]
    assert store.models.left == {young}


def test_whoever_else_prunes_at_the_same_time_is_no_harm() -> None:
    class Shared(FakeModelStore):
        def delete(self, version: str) -> None:
            super().delete(version)
            raise UnknownVersion(version)

    store = Store(Shared())
    versions = store.versions(3, 2)
    assert store.prune(1) == versions[:2]
    assert store.left() == versions[2:]


def test_nothing_is_pruned_where_nobody_can_say_what_is_current() -> None:
    class Pointless(FakeModelStore):
        def history(self) -> tuple[str, ...]:
            raise CorruptModel("current", "it names nothing")

    store = Store(Pointless())
    versions = publish_several(store.models, 3)
    with pytest.raises(RecommenderError):
        store.prune(1)
    assert store.left() == versions


def test_a_name_with_a_day_that_is_none_is_older_than_any() -> None:
    assert published("20150507T120000Z-0123456789ab") == NOW
    assert published("20150230T120000Z-0123456789ab") == 0


@given(st.integers(0, 8), st.lists(st.integers(0, 7), max_size=8), st.integers(0, 9), st.integers(-1, 9))
def test_whatever_is_pruned_the_current_one_stays_and_so_do_the_newest(
    number: int, current: list[int], keep: int, days: int
) -> None:
    store = Store()
    versions = store.versions(number, *(each for each in current if each < number))
    was_current, moment = store.models.current(), NOW + days * DAY
    store.prune(keep, before=moment)
    left = store.left()
    assert store.models.current() == was_current
    assert was_current is None or was_current in left
    for each in versions[max(number - keep, 0) :]:
        assert each in left or published(each) < moment
    assert all(published(each) >= moment or each == was_current for each in left)
    assert set(store.models.history()) <= set(left)
