"""What a server answers from: one model version, held whole, and replaced whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from threading import Lock

import numpy as np

from recommender.application.card import ModelCard
from recommender.application.item_lists import ItemLists, ListRequest
from recommender.application.ports import Clock, Forgotten, ModelStore
from recommender.application.recommend import Recommend, Request
from recommender.application.shopper import DescribeShopper, all_forgotten
from recommender.domain.errors import CorruptModel, NoModelPublished, RecommenderError, UnknownVersion
from recommender.domain.events import MINUTE
from recommender.domain.model import Model
from recommender.domain.popularity import Window
from recommender.domain.retrieval.trending import TRENDS

REFUSED_FOR = MINUTE
"""A version that was refused is looked at again after so many ms: to verify it reads all of its files."""

WARMING = 16
"""Shoppers that a version has to have an answer for before it is served."""


@dataclass(frozen=True, eq=False)
class Served:
    """A version and everything that answers from it; loaded_at in ms. forgotten: as `hiding` was told."""

    version: str
    card: ModelCard
    model: Model
    recommend: Recommend
    describe: DescribeShopper
    lists: ItemLists
    loaded_at: int
    forgotten: Mapping[str, int] = field(default_factory=dict)

    def hiding(self, forgotten: Mapping[str, int]) -> Served:
        """The same version, to which these shoppers are unknown (shopper -> ms up to which)."""
        if forgotten == self.forgotten:
            return self
        hidden = all_forgotten(self.model.index, forgotten)
        return replace(
            self,
            forgotten=forgotten,
            recommend=replace(self.recommend, hidden=hidden),
            describe=replace(self.describe, hidden=hidden),
        )


@dataclass(frozen=True)
class Failure:
    """Why the store's current version is not served. version: None if not even its name is known; at: ms."""

    error: RecommenderError
    version: str | None
    at: int


class Serving:
    """Holds the version that is served, and follows the store's current one.

    A version is taken only when all of it was verified and has answered; until then, and if anything is
    wrong with it, what is served stays. Requests read `served` once, so that each is answered by one version.

    Whoever is forgotten is hidden at the next look: a version may be older than the wish.

    bought_within: ms in which a purchase counts as "just bought".
    """

    def __init__(self, models: ModelStore, forgotten: Forgotten, clock: Clock, bought_within: int) -> None:
        self._models = models
        self._forgotten = forgotten
        self._clock = clock
        self._bought_within = bought_within
        self._served: Served | None = None
        self._failure: Failure | None = None
        self._alone = Lock()

    @property
    def served(self) -> Served:
        """What is served. If nothing is, raises the reason: NoModelPublished, CorruptModel, …"""
        served, failure = self._served, self._failure
        if served is None:
            raise failure.error.with_traceback(None) if failure else NoModelPublished
        return served

    @property
    def version(self) -> str | None:
        """The version that is served, if any."""
        return self._served.version if self._served else None

    @property
    def failure(self) -> Failure | None:
        """Why the store's current version is not the one that is served; None if it is."""
        return self._failure

    def follow(self) -> None:
        """Serve the store's current version if it is another than the one that is served, and hide shoppers.

        Nothing is raised: what is wrong is kept as `failure`. Several threads may call it: one does the work.
        """
        if self._alone.acquire(blocking=False):
            try:
                self._follow()
            finally:
                self._alone.release()

    def _follow(self) -> None:
        version = None
        try:
            forgotten = self._forgotten.all()
            if self._served is not None:
                self._served = self._served.hiding(forgotten)
            version = self._models.current()
            if version is None:
                raise NoModelPublished
            if self._served is None or version != self._served.version:
                if self._refused(version):
                    return
                self._served = self._loaded(version).hiding(forgotten)
            self._failure = None
        except RecommenderError as error:
            self._failure = Failure(error, version, self._clock.now())

    def _refused(self, version: str) -> bool:
        """Whether the version was refused just now, for something that time does not heal."""
        last = self._failure
        if last is None or last.version != version or not isinstance(last.error, CorruptModel):
            return False
        # A clock that was set back must not stop the retries, hence the lower bound.
        return 0 <= self._clock.now() - last.at < REFUSED_FOR

    def _loaded(self, version: str) -> Served:
        try:
            card, model = self._models.card(version), self._models.load(version)
        except UnknownVersion as missing:
            raise CorruptModel(version, "it is current, and not in the store") from missing
        recommend, lists = Recommend(model, self._bought_within), ItemLists(model.index)
        try:
            warm(recommend)
            warm_lists(lists)
        except Exception as error:  # whatever it is: requests would meet it, too
            raise CorruptModel(version, f"it cannot answer: {error!r}") from error
        describe = DescribeShopper(model.index)
        return Served(version, card, model, recommend, describe, lists, self._clock.now())


def warm(recommend: Recommend) -> None:
    """Answer a guest and shoppers from all over the table: reads what requests will read."""
    index = recommend.model.index
    users = np.linspace(0, len(index.users) - 1, min(WARMING, len(index.users))).astype(np.int64)
    for goal in recommend.model.goals:
        recommend(Request(goal=goal), index.end)
        for user in index.users.ids(users.tolist()):
            recommend(Request(user_id=user, goal=goal), index.end)


def warm_lists(lists: ItemLists) -> None:
    """Read a list of each kind."""
    items, request = lists.index.items, ListRequest()
    for window in Window:
        lists.popular(window, request)
    for window in TRENDS:
        lists.trending(window, request)
    for item in items.ids(np.linspace(0, len(items) - 1, min(WARMING, len(items))).astype(np.int64).tolist()):
        lists.similar(item, request)
        lists.bought_with(item, request)
