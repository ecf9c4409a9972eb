"""Work shared among processes, by joblib."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import TypeVar

from joblib import Parallel, cpu_count, delayed, effective_n_jobs

Part = TypeVar("Part")
Result = TypeVar("Result")

AHEAD = 4
"""Parts per process that are taken at once; joblib's own generator takes parts without end."""


@dataclass(frozen=True)
class JoblibWorkers:
    """As many processes as there are cores; big arrays inside the task are shared, not copied."""

    processes: int = -1

    def map(self, task: Callable[[Part], Result], parts: Iterable[Part]) -> Iterator[Result]:
        """The results in the order of the parts; a single part is not worth a process."""
        waiting = iter(parts)
        first = list(islice(waiting, 2))
        if len(first) == 1 or self.processes == 1 or cpu_count() == 1:
            yield from map(task, chain(first, waiting))
            return
        rest = chain(first, waiting)
        at_once = AHEAD * effective_n_jobs(self.processes)
        with Parallel(n_jobs=self.processes) as processes:
            while some := list(islice(rest, at_once)):
                yield from processes(delayed(task)(part) for part in some)
