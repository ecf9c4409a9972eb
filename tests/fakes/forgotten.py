"""A list of forgotten visitors in memory."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from threading import Lock

from recommender.domain.errors import StorageUnavailable


class FakeForgotten:
    """Forgotten as a dict.

    unreachable: set it, and every method raises StorageUnavailable.
    """

    def __init__(self) -> None:
        self.unreachable = False
        self._alone = Lock()
        self._until: Mapping[str, int] = {}

    def add(self, user_ids: AbstractSet[str], at: int) -> None:
        self._reach()
        with self._alone:
            before = self._until
            self._until = dict(before) | {each: max(at, before.get(each, at)) for each in user_ids}

    def all(self) -> Mapping[str, int]:
        self._reach()
        return self._until

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("an unreachable memory")
