"""Train: judge on the newest part of the log, refit on all of it, publish, promote."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from recommender.application.card import ModelCard
from recommender.application.evaluate import Evaluate, Fit
from recommender.application.ports import Catalogue, Clock, EventStore, ModelStore
from recommender.domain.errors import NotEnoughData
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.model import Model
from recommender.domain.targets import TARGETS, Target, default_target


@dataclass(frozen=True)
class Trained:
    """What a training published. promoted: whether it is current now."""

    version: str
    card: ModelCard
    promoted: bool


@dataclass(frozen=True)
class Train:
    """From the stored log to a published version. Interrupted at any point, it has published nothing."""

    events: EventStore
    catalogue: Catalogue
    models: ModelStore
    fit: Fit
    evaluate: Evaluate
    clock: Clock

    def __call__(self, goal: str | None, seed: int) -> Trained:
        """Train for a goal, or for the one that the log supports. Raises NotEnoughData."""
        before = self.models.current()  # first: what cannot be replaced should be known before the work
        log, catalogue = self.events.read(), self.catalogue.history()
        if not len(log):
            raise NotEnoughData("The event store is empty: run `recommender ingest` first.")
        target, why = _chosen(log, goal)
        evaluation, cut = self.evaluate(log, catalogue, target, seed)
        fitted = self.fit.ranker(log, catalogue, target, seed, log.end)
        index = self.fit.index(log, catalogue)
        card = ModelCard(
            goal=target.goal,
            why_goal=why,
            seed=seed,
            start=log.start,
            cut=cut,
            end=log.end,
            events=len(log),
            users=len(log.users),
            items=len(index.items),
            fingerprint=fingerprint(log),
            sources=tuple(source.NAME for source in index.sources),
            judged=evaluation.judged,
            lists=evaluation.lists,
            scores=evaluation.scores,
        )
        model = Model(index, (target.goal,), (fitted.ranker,))
        version = self.models.publish(model, card, {target.goal: fitted.pipeline}, self.clock.now())
        return Trained(version, card, self.models.promote(version, before))


def _chosen(log: InteractionLog, goal: str | None) -> tuple[Target, str]:
    if goal is not None:
        return TARGETS[goal], "it was asked for"
    return default_target(int((log.type == EventType.TRANSACTION).sum()))


def fingerprint(log: InteractionLog) -> str:
    """Hash of everything in the log; 32 hex characters."""
    digest = hashlib.blake2b(digest_size=16)
    for column in (log.timestamp, log.user, log.item, log.type):
        digest.update(column.tobytes())
    for table in (log.users, log.items):
        digest.update(table.blob.tobytes())
        digest.update(table.offsets.tobytes())
    return digest.hexdigest()
