"""What a server answers from: one model version, held whole."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.application.card import ModelCard
from recommender.application.ports import Clock, ModelStore
from recommender.application.recommend import Recommend
from recommender.application.shopper import DescribeShopper
from recommender.domain.errors import CorruptModel, NoModelPublished, RecommenderError, UnknownVersion
from recommender.domain.events import SECOND
from recommender.domain.model import Model

RETRY_AFTER = 5 * SECOND
"""While nothing is served, the store is asked this often at most, in ms."""


@dataclass(frozen=True, eq=False)
class Served:
    """A version and everything that answers from it; loaded_at in ms."""

    version: str
    card: ModelCard
    model: Model
    recommend: Recommend
    describe: DescribeShopper
    loaded_at: int


class Serving:
    """Holds the current version, or the reason why there is none to answer from.

    bought_within: ms in which a purchase counts as "just bought".
    """

    def __init__(self, models: ModelStore, clock: Clock, bought_within: int) -> None:
        self._models = models
        self._clock = clock
        self._bought_within = bought_within
        self._held: Served | RecommenderError = NoModelPublished()
        self._tried_at: int | None = None

    @property
    def served(self) -> Served:
        """What is served, looked for if nothing was.

        Raises the reason if there still is nothing: NoModelPublished, CorruptModel or StorageUnavailable.
        """
        self.retry()
        held = self._held  # read once: it may be replaced, as a whole, by another thread
        if isinstance(held, RecommenderError):
            raise held.with_traceback(None)
        return held

    def load(self) -> None:
        """Take the store's current version. A refusal is kept for whoever asks, and is not raised here."""
        self._tried_at = self._clock.now()
        try:
            self._held = self._current()
        except RecommenderError as refusal:
            self._held = refusal

    def retry(self) -> None:
        """Load if nothing is served yet, and not more often than every RETRY_AFTER."""
        if isinstance(self._held, RecommenderError) and self._due():
            self.load()

    def _due(self) -> bool:
        # A clock that was set back must not stop the retries, hence the lower bound.
        return self._tried_at is None or not 0 <= self._clock.now() - self._tried_at < RETRY_AFTER

    def _current(self) -> Served:
        version = self._models.current()
        if version is None:
            raise NoModelPublished
        try:
            card, model = self._models.card(version), self._models.load(version)
        except UnknownVersion as missing:
            raise CorruptModel(version, "it is current, and not in the store") from missing
        recommend = Recommend(model, self._bought_within)
        return Served(version, card, model, recommend, DescribeShopper(model.index), self._clock.now())
