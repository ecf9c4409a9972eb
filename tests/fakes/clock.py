"""A clock that stands still until it is told to go on."""

from __future__ import annotations


class FixedClock:
    """Shows `moment` (ms since 1970 UTC); `advance` moves it, also backwards."""

    def __init__(self, moment: int) -> None:
        self._moment = moment

    def now(self) -> int:
        return self._moment

    def advance(self, milliseconds: int) -> None:
        self._moment += milliseconds
