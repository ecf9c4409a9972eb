"""The list of forgotten visitors: one JSON blob, `forgotten.json`, visitor -> ms."""

from __future__ import annotations

import json
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from recommender.adapters.blobs import BlobStore
from recommender.domain.errors import CorruptData

KEY = "forgotten.json"
LATEST = 2**63 - 1
"""Moments are compared with those of events, which have 64 bits."""


@dataclass(frozen=True)
class BlobForgotten:
    """Forgotten on any blob store. A damaged list is an error: nobody may be remembered by accident."""

    blobs: BlobStore

    def add(self, user_ids: AbstractSet[str], at: int) -> None:
        """Swap the list for one that names them, too, until nobody else was faster."""
        while not self._added(user_ids, at):
            pass

    def all(self) -> Mapping[str, int]:
        """The list, read anew."""
        return self._stored()[0]

    def _added(self, user_ids: AbstractSet[str], at: int) -> bool:
        before, tag = self._stored()
        after = dict(before) | {each: max(at, before.get(each, at)) for each in user_ids}
        if after == before:
            return True
        return self.blobs.swap(KEY, json.dumps(after, sort_keys=True).encode(), tag) is not None

    def _stored(self) -> tuple[Mapping[str, int], str | None]:
        """The list, and the tag of the blob that holds it."""
        stored = self.blobs.tagged(KEY)
        if stored is None:
            return {}, None
        try:
            return _parsed(stored[0]), stored[1]
        except (ValueError, RecursionError) as error:
            raise CorruptData(KEY, str(error)) from error


def _parsed(data: bytes) -> dict[str, int]:
    """The list in the blob; raises ValueError if there is none."""
    found = json.loads(data)
    if not isinstance(found, dict):
        raise ValueError("it is no JSON object")  # noqa: TRY004 - wrong data, not a wrong call
    for user_id, at in found.items():
        if type(at) is not int or not 0 <= at <= LATEST:
            raise ValueError(f"{user_id!r} is forgotten at {at!r}, which is no moment")
    return found
