"""Following the store's current version."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Event

import numpy as np
import pytest
from fakes.clock import FixedClock
from fakes.forgotten import FakeForgotten
from fakes.models import FakeModelStore
from worlds import NOW, SHOP_CARD, shop_model

from recommender.application.recommend import Request
from recommender.application.serving import REFUSED_FOR, Serving
from recommender.domain.errors import CorruptModel, NoModelPublished, StorageUnavailable
from recommender.domain.model import Model
from recommender.domain.rules import JUST_BOUGHT

MODEL = shop_model()


class Store(FakeModelStore):
    """Notes what is loaded. failures: version -> what is raised instead. away: it cannot be asked."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.failures: dict[str, Exception] = {}
        self.away = False

    def load(self, version: str) -> Model:
        self.loaded.append(version)
        if version in self.failures:
            raise self.failures[version]
        return super().load(version)

    def current(self) -> str | None:
        if self.away:
            raise StorageUnavailable("the store")
        return super().current()

    def release(self, model: Model = MODEL) -> str:
        """Publish and promote."""
        version = self.publish(model, SHOP_CARD, {}, NOW)
        self.promote(version, super().current())
        return version


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def forgotten() -> FakeForgotten:
    return FakeForgotten()


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def serving(store: Store, forgotten: FakeForgotten, clock: FixedClock) -> Serving:
    return Serving(store, forgotten, clock, JUST_BOUGHT)


def test_nothing_is_served_before_anybody_looked(serving: Serving) -> None:
    assert serving.version is None
    assert serving.failure is None
    with pytest.raises(NoModelPublished):
        _ = serving.served


def test_while_nothing_is_published_the_reason_is_kept(serving: Serving) -> None:
    serving.follow()
    assert isinstance(serving.failure and serving.failure.error, NoModelPublished)
    with pytest.raises(NoModelPublished):
        _ = serving.served


def test_what_is_served_belongs_together(serving: Serving, store: Store) -> None:
    version = store.release()
    serving.follow()
    served = serving.served
    assert served.version == serving.version == version
    assert served.card is SHOP_CARD
    assert served.model is MODEL
    assert served.recommend.model is MODEL
    assert served.recommend.bought_within == JUST_BOUGHT
    assert served.describe.index is MODEL.index
    assert served.loaded_at == NOW


def test_a_version_is_loaded_once(serving: Serving, store: Store) -> None:
    version = store.release()
    for _ in range(3):
        serving.follow()
    assert store.loaded == [version]


def test_another_current_version_is_taken_and_so_is_an_earlier_one(serving: Serving, store: Store) -> None:
    first = store.release()
    serving.follow()
    second = store.release()
    serving.follow()
    assert serving.version == second
    assert store.promote(first, second)
    serving.follow()
    assert serving.version == first
    assert serving.failure is None


def test_a_request_that_holds_a_version_keeps_it(serving: Serving, store: Store) -> None:
    first = store.release()
    serving.follow()
    held = serving.served
    store.release()
    serving.follow()
    assert held.version == first
    assert held.recommend(Request(user_id="ada"), NOW).recommendations


def test_a_refused_version_leaves_the_old_one_and_its_name_with_the_reason(
    serving: Serving, store: Store, clock: FixedClock
) -> None:
    first = store.release()
    serving.follow()
    damaged = store.release()
    store.failures[damaged] = CorruptModel(damaged, "a checksum differs")
    clock.advance(5)
    serving.follow()
    assert serving.version == first
    failure = serving.failure
    assert failure is not None
    assert (failure.version, failure.at) == (damaged, NOW + 5)
    assert "a checksum differs" in str(failure.error)


def test_a_refused_version_is_read_again_only_after_a_while(
    serving: Serving, store: Store, clock: FixedClock
) -> None:
    store.failures[damaged := store.release()] = CorruptModel("it", "a checksum differs")
    for wait, reads in ((0, 1), (REFUSED_FOR - 1, 1), (1, 2), (0, 2), (-REFUSED_FOR, 3)):
        clock.advance(wait)
        serving.follow()
        assert store.loaded == [damaged] * reads


def test_after_a_refused_version_the_next_one_is_taken_at_once(serving: Serving, store: Store) -> None:
    store.failures[store.release()] = CorruptModel("it", "a checksum differs")
    serving.follow()
    version = store.release()
    serving.follow()
    assert serving.version == version
    assert serving.failure is None


def test_an_outage_is_tried_again_at_every_look(serving: Serving, store: Store) -> None:
    version = store.release()
    store.failures[version] = StorageUnavailable("the store")
    serving.follow()
    serving.follow()
    assert store.loaded == [version] * 2
    store.failures.clear()
    serving.follow()
    assert serving.version == version


def test_a_store_that_goes_away_disturbs_nobody_and_is_told(serving: Serving, store: Store) -> None:
    version = store.release()
    serving.follow()
    store.away = True
    serving.follow()
    assert serving.served.version == version
    assert serving.failure is not None
    assert serving.failure.version is None
    store.away = False
    serving.follow()
    assert serving.failure is None


def test_a_current_version_that_is_not_in_the_store_is_a_corrupt_model(clock: FixedClock) -> None:
    class Dangling(FakeModelStore):
        def current(self) -> str:
            return "20150101T000000Z-gone"

    serving = Serving(Dangling(), FakeForgotten(), clock, JUST_BOUGHT)
    serving.follow()
    with pytest.raises(CorruptModel, match="20150101T000000Z-gone is refused: it is current, and not in"):
        _ = serving.served


def test_a_model_that_cannot_answer_is_not_served(serving: Serving, store: Store) -> None:
    """Whole by its checksums, and still of no use."""
    first = store.release()
    serving.follow()
    broken = replace(MODEL, index=replace(MODEL.index, category=np.empty(0, np.int32)))
    second = store.release(broken)
    serving.follow()
    assert serving.version == first
    assert serving.failure is not None
    assert str(serving.failure.error).startswith(f"Model version {second} is refused: it cannot answer: ")


def test_whoever_is_forgotten_is_hidden_at_the_next_look(
    serving: Serving, store: Store, forgotten: FakeForgotten
) -> None:
    store.release()
    serving.follow()
    held = serving.served
    forgotten.add({"ada", "somebody unknown"}, NOW)
    serving.follow()
    served = serving.served
    assert not served.recommend(Request(user_id="ada"), NOW).user_known
    assert served.recommend(Request(user_id="ada"), NOW) == served.recommend(Request(), NOW)
    assert not served.describe("ada").known
    assert served.describe("ada") == served.describe("somebody unknown")
    assert served.recommend(Request(user_id="bob"), NOW).user_known
    assert served.loaded_at == held.loaded_at
    assert held.recommend(Request(user_id="ada"), NOW).user_known, (
        "what was asked before is answered as it was"
    )


def test_the_forgotten_stay_hidden_in_another_version(
    serving: Serving, store: Store, forgotten: FakeForgotten
) -> None:
    forgotten.add({"ada"}, NOW)
    for _ in range(2):
        store.release()
        serving.follow()
        assert serving.version == store.current()
        assert not serving.served.describe("ada").known


def test_who_came_back_after_being_forgotten_is_known(
    serving: Serving, store: Store, forgotten: FakeForgotten
) -> None:
    """A version that knows later events was trained without the earlier ones."""
    store.release()
    latest = int(MODEL.index.histories.of(MODEL.index.users.row("ada")).timestamp[-1])
    forgotten.add({"ada"}, latest - 1)
    serving.follow()
    assert serving.served.describe("ada").known
    forgotten.add({"ada"}, latest)
    serving.follow()
    assert not serving.served.describe("ada").known


def test_where_nobody_can_say_who_is_forgotten_nothing_is_served(
    serving: Serving, store: Store, forgotten: FakeForgotten
) -> None:
    store.release()
    forgotten.unreachable = True
    serving.follow()
    with pytest.raises(StorageUnavailable):
        _ = serving.served


def test_of_several_threads_one_loads_and_none_waits(clock: FixedClock) -> None:
    entered, finish = Event(), Event()

    class Slow(Store):
        def load(self, version: str) -> Model:
            entered.set()
            assert finish.wait(60)
            return super().load(version)

    slow = Slow()
    version = slow.release()
    serving = Serving(slow, FakeForgotten(), clock, JUST_BOUGHT)
    with ThreadPoolExecutor(1) as threads:
        loading = threads.submit(serving.follow)
        assert entered.wait(60)
        serving.follow()
        assert slow.loaded == []
        finish.set()
        loading.result()
    assert serving.version == version
    assert slow.loaded == [version]
