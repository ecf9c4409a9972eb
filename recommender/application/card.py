"""The model card: what a version says of itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Figures = Mapping[str, float]


@dataclass(frozen=True)
class ModelCard:
    """Where a version comes from and how good it was on the part of the log that it was not shown.

    goal: what its scores are the probability of; why_goal: why this goal was chosen.
    start, cut, end: ms; judged on [cut, end) after training on [start, cut), then refitted on [start, end).
    fingerprint: hash of the log it was trained on. sources: the names of its retrieval sources.
    served: the method that answers; what the others of `lists` and `scores` are compared with.
    judged: counts of the judged cases and rows. lists: method -> metric -> value, for ranked lists.
    scores: method -> metric -> value, for scores of single (shopper, candidate, moment) rows.
    others: other goal -> metric -> value, for the ranker that answers requests for that goal.
    """

    goal: str
    why_goal: str
    seed: int
    start: int
    cut: int
    end: int
    events: int
    users: int
    items: int
    fingerprint: str
    sources: tuple[str, ...]
    served: str
    judged: Figures
    lists: Mapping[str, Figures]
    scores: Mapping[str, Figures]
    others: Mapping[str, Figures]

    def figure(self, metric: str) -> float | None:
        """A figure of what is served, of its lists or its scores; None if it is not on the card."""
        found = {**self.scores.get(self.served, {}), **self.lists.get(self.served, {})}
        return found.get(metric)
