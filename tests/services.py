"""The HTTP service on a small shop."""

from __future__ import annotations

from collections.abc import Callable

from fakes.clock import FixedClock
from fakes.events import FakeEventStore
from fakes.forgotten import FakeForgotten
from fakes.live import FakeJournal, live_on
from fakes.models import FakeModelStore
from fastapi import FastAPI
from worlds import NOW, SHOP_CARD, shop_model

from recommender.application.ports import ShopperMemory
from recommender.application.serving import Serving
from recommender.domain.rules import JUST_BOUGHT
from recommender.entrypoints.http.app import Edge, create_app


def shop_app(
    edge: Edge | None = None, new_id: Callable[[], str] = lambda: "an id", memory: ShopperMemory | None = None
) -> FastAPI:
    """A service with a model, which it looks at only once; it takes events if there is a memory."""
    models, clock = FakeModelStore(), FixedClock(NOW)
    models.promote(models.publish(shop_model(), SHOP_CARD, {}, NOW), None)
    serving = Serving(models, FakeForgotten(), clock, JUST_BOUGHT)
    live = None if memory is None else live_on(FakeJournal(FakeEventStore()), memory, clock)
    return create_app(serving, clock, new_id, 3_600, edge or Edge(), live)
