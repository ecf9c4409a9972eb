"""Train: judge on the newest part of the log, refit on all of it, publish, promote if the rule allows."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from recommender.application.card import ModelCard
from recommender.application.evaluate import Evaluate, Judged
from recommender.application.fit import Fit
from recommender.application.methods import Trainers
from recommender.application.ports import Catalogue, Clock, EventStore, ModelStore
from recommender.application.promotion import Compare
from recommender.domain.errors import NotEnoughData
from recommender.domain.events import InteractionLog
from recommender.domain.index import Index
from recommender.domain.model import Model
from recommender.domain.promotion import Verdict
from recommender.domain.splitting import newest_stretches
from recommender.domain.targets import Target, supported


@dataclass(frozen=True)
class Trained:
    """What a training published.

    verdict: what the promotion rule says. allowed: whether it was to be promoted, by the rule or by force.
    promoted: whether it is current now; not so if it was allowed, and somebody else promoted meanwhile.
    """

    version: str
    card: ModelCard
    verdict: Verdict
    allowed: bool
    promoted: bool


@dataclass(frozen=True)
class Train:
    """From the stored log to a published version. Interrupted at any point, it has published nothing."""

    events: EventStore
    catalogue: Catalogue
    models: ModelStore
    fit: Fit
    evaluate: Evaluate
    trainers: Trainers
    compare: Compare
    clock: Clock

    def __call__(self, goal: str | None, seed: int, *, force: bool = False) -> Trained:
        """Train for a goal, or for the one that the log supports, and for others that it supports.

        `force` promotes whatever the rule says. Raises NotEnoughData if the log does not support the first.
        """
        before = self.models.current()  # first: what cannot be replaced should be known before the work
        at = (
            self.clock.now()
        )  # before the log is read: whoever is forgotten from now on may be in this version
        log, catalogue = self.events.read(), self.catalogue.history()
        if not len(log):
            raise NotEnoughData("The event store is empty: run `recommender ingest` first.")
        targets, why = supported(log, goal)
        judged = self.evaluate(log, catalogue, targets, seed)
        card, ready = card_of(log, judged, seed, why), _wanted(judged, log, targets)
        verdict = self.compare(before, card, judged, log, catalogue)
        del judged  # every score of every method, and an older index: memory that is needed now
        lesson = self.fit.lesson(log, catalogue, targets, seed, log.end, ready)
        fitted = self.fit.rankers(lesson, self.trainers.ranker)
        index = self.fit.index(log, catalogue)
        card = replace(card, items=len(index.items))
        model = Model(index, tuple(fitted), tuple(each.ranker for each in fitted.values()))
        pipelines = {goal: each.pipeline for goal, each in fitted.items()}
        version = self.models.publish(model, card, pipelines, at)
        allowed = verdict.promoted or force
        return Trained(version, card, verdict, allowed, allowed and self.models.promote(version, before))


def _wanted(judged: Judged, log: InteractionLog, targets: tuple[Target, ...]) -> dict[int, Index]:
    """Of the indexes that an evaluation fitted, those that the whole log is replayed on, too."""
    starts = {stretch.start for stretch in newest_stretches(log.start, log.end, targets)}
    return {start: index for start, index in judged.indexes.items() if start in starts}


def card_of(log: InteractionLog, judged: Judged, seed: int, why: str) -> ModelCard:
    """What a version says of itself; `items` are those of the log."""
    return ModelCard(
        goal=judged.replay.target.goal,
        why_goal=why,
        seed=seed,
        start=log.start,
        cut=judged.cut,
        end=log.end,
        events=len(log),
        users=len(log.users),
        items=len(log.items),
        fingerprint=fingerprint(log),
        sources=tuple(source.NAME for source in judged.index.sources),
        served=judged.methods[0].name,
        judged=judged.evaluation.judged,
        lists=judged.evaluation.lists,
        scores=judged.evaluation.scores,
        others=judged.others,
    )


def fingerprint(log: InteractionLog) -> str:
    """Hash of everything in the log; 32 hex characters."""
    digest = hashlib.blake2b(digest_size=16)
    for column in (log.timestamp, log.user, log.item, log.type):
        digest.update(column.tobytes())
    for table in (log.users, log.items):
        digest.update(table.blob.tobytes())
        digest.update(table.offsets.tobytes())
    return digest.hexdigest()
