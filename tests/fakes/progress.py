"""Progress that nobody looks at until the work is done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Part = TypeVar("Part")


class FakeProgress:
    """Passes the work on; `shown` holds (what, total, parts that were passed on)."""

    def __init__(self) -> None:
        self.shown: list[tuple[str, int | None, int]] = []

    def __call__(self, work: Iterable[Part], what: str, total: int | None) -> Iterator[Part]:
        passed = 0
        for part in work:
            yield part
            passed += 1
        self.shown.append((what, total, passed))


class HeardShares:
    """Remembers the shares it hears of each file, in their order."""

    def __init__(self) -> None:
        self.shares: dict[str, list[float]] = {}

    def __call__(self, file: str, done: float) -> None:
        self.shares.setdefault(file, []).append(done)
