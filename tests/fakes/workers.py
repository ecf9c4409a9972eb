"""Workers that need no other process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Part = TypeVar("Part")
Result = TypeVar("Result")


class InProcessWorkers:
    """Does each part when its result is asked for."""

    def map(self, task: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        return map(task, parts)


class ThreadWorkers:
    """Does several parts at once, and the last one it was given first."""

    def map(self, task: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(task, part) for part in list(parts)[::-1]]
            yield from [each.result() for each in waiting[::-1]]
