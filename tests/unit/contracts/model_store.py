"""What every model store promises."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from worlds import NOW, SHOP_CARD, ranker_of, shop_model

from recommender.adapters.models import BlobModelStore
from recommender.application.ports import ModelStore
from recommender.application.recommend import Answer, GivenEvent, Recommend, Request
from recommender.domain.errors import CorruptModel, UnknownVersion, VersionInUse
from recommender.domain.events import DAY, EventType
from recommender.domain.model import Model

MODEL = shop_model()
PIPELINES = {"purchase": b"for people"}

REQUESTS = (
    *(Request(user_id=user, n=100) for user in ("ada", "bob", "cleo", "dan", "eve", "flo", "nobody")),
    Request(),
    Request(user_id="ada", goal="interaction"),
    Request(user_id="ada", category="garden", n=3),
    Request(user_id="bob", exclude=("rake", "hose"), exclude_seen=True, exclude_bought=False),
    Request(events=(GivenEvent("laptop-c"), GivenEvent("rake", EventType.ADDTOCART))),
    Request(user_id="eve", at=NOW - 7 * DAY),
)


def other_model() -> Model:
    """A model that differs from MODEL in nothing but one number of a ranker."""
    purchase = ranker_of(MODEL.index, -4.0, log_popularity_recent=1.0, own_carts=2.0)
    return replace(MODEL, rankers=(purchase, *MODEL.rankers[1:]))


def answers(model: Model) -> list[Answer]:
    return [Recommend(model)(request, NOW) for request in REQUESTS]


def publish(store: ModelStore, at: int = NOW, model: Model = MODEL) -> str:
    return store.publish(model, SHOP_CARD, PIPELINES, at)


def publish_several(store: ModelStore, number: int) -> list[str]:
    """Versions of as many days, oldest first."""
    return [publish(store, NOW + day * DAY) for day in range(number)]


def make_current(store: ModelStore, versions: Sequence[str]) -> None:
    """Promote one after another."""
    for version in versions:
        assert store.promote(version, store.current())


class ModelStoreContract:
    """Subclass with a fixture `store`: an empty model store."""

    def damage(self, store: ModelStore, version: str) -> None:
        """Take something away from a version behind the store's back."""
        assert isinstance(store, BlobModelStore)
        store.blobs.delete(f"models/{version}/card.md")

    def test_an_empty_store_has_no_version_and_none_is_current(self, store: ModelStore) -> None:
        assert store.versions() == []
        assert store.current() is None

    def test_a_version_is_named_after_the_time_and_a_hash(self, store: ModelStore) -> None:
        version = publish(store, at=NOW + 999)
        assert re.fullmatch("20150507T120000Z-[0-9a-f]{12}", version)

    def test_a_published_version_answers_like_the_model_it_was_made_from(self, store: ModelStore) -> None:
        assert answers(store.load(publish(store))) == answers(MODEL)

    def test_the_card_comes_back_as_it_was(self, store: ModelStore) -> None:
        assert store.card(publish(store)) == SHOP_CARD

    def test_a_version_needs_no_pipeline(self, store: ModelStore) -> None:
        version = store.publish(MODEL, SHOP_CARD, {}, NOW)
        assert store.versions() == [version]

    def test_versions_are_listed_oldest_first(self, store: ModelStore) -> None:
        newer, oldest, newest = (publish(store, NOW + days * DAY) for days in (1, 0, 20))
        assert store.versions() == [oldest, newer, newest]

    def test_different_models_of_one_moment_are_different_versions(self, store: ModelStore) -> None:
        versions = {publish(store), publish(store, model=other_model())}
        assert len(versions) == 2
        assert set(store.versions()) == versions

    def test_a_later_version_leaves_an_earlier_one_as_it_was(self, store: ModelStore) -> None:
        earlier, later = publish(store), publish(store, NOW + DAY, other_model())
        assert answers(store.load(earlier)) == answers(MODEL)
        assert answers(store.load(later)) == answers(other_model()) != answers(MODEL)

    @pytest.mark.parametrize(
        "version", ["20140507T120000Z-0123456789ab", "", ".", "../models", "current.json", "a/b", "٢"]
    )
    def test_a_version_that_is_not_there_is_unknown(self, store: ModelStore, version: str) -> None:
        publish(store)
        asked: tuple[Callable[[str], object], ...] = (
            store.load,
            store.card,
            store.size,
            store.delete,
            lambda unknown: store.promote(unknown, None),
        )
        for ask in asked:
            with pytest.raises(UnknownVersion) as refused:
                ask(version)
            assert refused.value.version == version
        assert store.current() is None

    def test_publishing_promotes_nothing(self, store: ModelStore) -> None:
        publish(store)
        assert store.current() is None

    def test_the_first_version_is_promoted_in_place_of_none(self, store: ModelStore) -> None:
        version = publish(store)
        assert store.promote(version, None)
        assert store.current() == version

    def test_a_promotion_replaces_the_version_it_was_meant_to(self, store: ModelStore) -> None:
        first, second = publish(store), publish(store, NOW + DAY)
        assert store.promote(first, None)
        assert store.promote(second, first)
        assert store.current() == second

    def test_of_two_promotions_in_place_of_one_version_the_first_wins(self, store: ModelStore) -> None:
        first, second, third = (publish(store, NOW + days * DAY) for days in range(3))
        store.promote(first, None)
        assert store.promote(second, first)
        assert not store.promote(third, first)
        assert not store.promote(third, None)
        assert store.current() == second

    def test_a_promotion_in_place_of_a_version_is_refused_when_none_is_current(
        self, store: ModelStore
    ) -> None:
        first, second = publish(store), publish(store, NOW + DAY)
        assert not store.promote(second, first)
        assert store.current() is None

    def test_an_earlier_version_can_be_promoted_again(self, store: ModelStore) -> None:
        first, second = publish(store), publish(store, NOW + DAY)
        store.promote(first, None)
        store.promote(second, first)
        assert store.promote(first, second)
        assert store.current() == first

    def test_the_current_version_can_be_promoted_in_place_of_itself(self, store: ModelStore) -> None:
        version = publish(store)
        store.promote(version, None)
        assert store.promote(version, version)
        assert store.current() == version

    def test_promoting_an_unknown_version_leaves_the_current_one(self, store: ModelStore) -> None:
        version = publish(store)
        store.promote(version, None)
        with pytest.raises(UnknownVersion):
            store.promote("20140507T120000Z-0123456789ab", version)
        assert store.current() == version

    def test_a_version_that_is_damaged_is_not_promoted(self, store: ModelStore) -> None:
        current, damaged = publish_several(store, 2)
        store.promote(current, None)
        self.damage(store, damaged)
        with pytest.raises(CorruptModel) as refused:
            store.promote(damaged, current)
        assert refused.value.version == damaged
        assert store.history() == (current,)

    def test_a_current_version_that_is_damaged_can_be_replaced(self, store: ModelStore) -> None:
        damaged, sound = publish_several(store, 2)
        store.promote(damaged, None)
        self.damage(store, damaged)
        assert store.promote(sound, damaged)

    def test_the_history_is_what_was_current_oldest_first(self, store: ModelStore) -> None:
        assert store.history() == ()
        versions = publish_several(store, 3)
        make_current(store, versions)
        assert store.history() == tuple(versions)

    def test_going_back_ends_the_history_there_and_can_be_done_again(self, store: ModelStore) -> None:
        first, second, third = publish_several(store, 3)
        make_current(store, (first, second, third))
        assert store.promote(store.history()[-2], store.history()[-1])
        assert store.history() == (first, second)
        assert store.promote(store.history()[-2], store.history()[-1])
        assert store.history() == (first,)

    def test_a_history_may_go_back_several_versions_at_once_and_go_on_elsewhere(
        self, store: ModelStore
    ) -> None:
        first, second, third, fourth = publish_several(store, 4)
        make_current(store, (first, second, third, first, fourth))
        assert store.history() == (first, fourth)
        make_current(store, (third,))
        assert store.history() == (first, fourth, third)

    def test_promoting_the_current_version_leaves_the_history_as_it_is(self, store: ModelStore) -> None:
        versions = publish_several(store, 2)
        make_current(store, (*versions, versions[-1]))
        assert store.history() == tuple(versions)

    def test_a_history_does_not_grow_for_ever(self, store: ModelStore) -> None:
        versions = publish_several(store, 25)
        make_current(store, versions)
        assert store.history() == tuple(versions[-21:])

    def test_a_version_that_was_deleted_is_unknown_and_the_others_stay(self, store: ModelStore) -> None:
        first, second, third = publish_several(store, 3)
        store.delete(second)
        assert store.versions() == [first, third]
        for ask in (store.load, store.card, store.delete, lambda version: store.promote(version, None)):
            with pytest.raises(UnknownVersion):
                ask(second)
        assert answers(store.load(third)) == answers(MODEL)
        assert store.remnants(NOW + 99 * DAY) == []

    def test_the_current_version_is_not_deleted(self, store: ModelStore) -> None:
        first, second = publish_several(store, 2)
        make_current(store, (first, second))
        with pytest.raises(VersionInUse) as refused:
            store.delete(second)
        assert refused.value.version == second
        assert store.versions() == [first, second]
        assert store.promote(first, second)
        store.delete(second)
        assert store.versions() == [first]

    def test_nothing_can_be_rolled_back_to_a_version_that_was_deleted(self, store: ModelStore) -> None:
        first, second, third = publish_several(store, 3)
        make_current(store, (first, second, third))
        store.delete(second)
        assert store.history() == (first, third)

    def test_a_version_that_is_damaged_can_be_deleted(self, store: ModelStore) -> None:
        version = publish(store)
        self.damage(store, version)
        store.delete(version)
        assert store.versions() == []

    def test_all_versions_can_be_deleted_while_none_is_current(self, store: ModelStore) -> None:
        for version in publish_several(store, 2):
            store.delete(version)
        assert (store.versions(), store.current(), store.history()) == ([], None, ())
        assert store.promote(publish(store, NOW + 9 * DAY), None)

    def test_a_loaded_model_answers_after_its_version_was_deleted(self, store: ModelStore) -> None:
        version = publish(store)
        model = store.load(version)
        store.delete(version)
        assert answers(model) == answers(MODEL)

    def test_a_version_has_a_size(self, store: ModelStore) -> None:
        assert store.size(publish(store)) > MODEL.index.items.blob.nbytes
