"""Refused rows, kept in memory."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from recommender.application.ports import Reject


class FakeRejects:
    """Keeps the rows in `kept`, in the order in which they came; the same rows again change nothing."""

    def __init__(self) -> None:
        self._chunks: dict[tuple[Reject, ...], None] = {}

    @property
    def kept(self) -> list[Reject]:
        return [each for chunk in self._chunks for each in chunk]

    def keep(self, rejects: Sequence[Reject]) -> None:
        self._chunks[tuple(rejects)] = None

    def forget(self, user_ids: AbstractSet[str]) -> int:
        before = len(self.kept)
        self._chunks = {
            tuple(each for each in chunk if user_ids.isdisjoint(each.text.split(","))): None
            for chunk in self._chunks
        }
        return before - len(self.kept)
