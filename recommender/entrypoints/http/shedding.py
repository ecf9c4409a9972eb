"""Refuses requests while the process is behind, instead of letting them queue until nobody waits for them.

One process answers one request after the other, so that requests which arrive together wait for each other.
The event loop tells of it by coming round late: a timer beats every few milliseconds, and while its next
beat is overdue, or if the last one was, whoever begins has waited, or will. Those who ask for recommendations
begin in time and wait for the shopper memory, and then they compute all at once: in a busy process a few of
them are too many, and in one that is not, they wait for a slow memory and cost nothing. uvicorn's own limit
on concurrency counts connections, also those that are kept and idle, or whose clients are slow to send.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http import HTTPStatus

from prometheus_client import Counter
from starlette.types import ASGIApp, Receive, Scope, Send

from recommender.entrypoints.http.problems import ProblemResponse, problem

BEAT = 0.005
"""Seconds between two beats."""

LONGEST_WAIT = 0.0075
"""Seconds behind others after which requests are refused; `make load` shows what comes of it."""

FEW = 10
"""So many that begin one after the other are no queue."""

SEVERAL = 4
"""When the loop is late by a quarter of that, no more may wait for the shopper memory."""

MOST_WAITING = 32
"""Who would wait for the memory behind so many is refused: one that takes 50 ms still serves 600 a second."""

RETRY_AFTER = 1
"""Seconds; the queue is gone as soon as fewer requests arrive."""

WAIT_FOR_MEMORY = "/recommend"
"""Paths that begin so are those of which only so many may wait."""

NEVER_SHED = frozenset({"/livez", "/readyz", "/health", "/metrics"})
"""Whoever asks these must learn that the process is busy, and not take it for dead."""


class Queue:
    """The requests that wait in an event loop: beat() is called by a timer of that loop.

    longest: seconds that a request may wait behind others. clock: in seconds. most: may wait for the memory.
    """

    def __init__(self, longest: float, clock: Callable[[], float], most: int = MOST_WAITING) -> None:
        self._longest = longest
        self._most = most
        self._clock = clock
        self._due = math.inf
        self._late = 0.0
        self._begun = 0
        self._waiting = 0

    def beat(self) -> None:
        """The loop has come round: all that waited have begun."""
        now = self._clock()
        self._late = now - self._due
        self._due = now + BEAT
        self._begun = 0

    def is_too_long(self) -> bool:
        """Whether a request that begins now should not have, since others went before it.

        The loop is late, or was the last time. Without others nobody queues, and the process was merely not
        let run; with several who wait to be computed, a little late is too late.
        """
        self._begun += 1
        late = max(self._late, self._clock() - self._due)
        if late > self._longest / 4 and self._waiting > SEVERAL:
            return True
        return self._begun > FEW and late > self._longest

    @property
    def is_full(self) -> bool:
        """Whether as many wait for the memory as may."""
        return self._waiting >= self._most

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While a request waits for the memory."""
        self._waiting += 1
        try:
            yield
        finally:
            self._waiting -= 1


@contextmanager
def beating(queue: Queue) -> Iterator[None]:
    """Let the running loop beat until the block ends."""
    loop = asyncio.get_running_loop()
    timer: asyncio.Handle

    # Not a task that sleeps: its steps queue behind the very requests whose waiting is to be measured.
    def beat() -> None:
        nonlocal timer
        queue.beat()
        timer = loop.call_later(BEAT, beat)

    timer = loop.call_soon(beat)
    try:
        yield
    finally:
        timer.cancel()


class Shedding:
    """ASGI middleware: 503 and Retry-After for whoever would wait too long."""

    def __init__(self, app: ASGIApp, queue: Queue, shed: Counter) -> None:
        self._app = app
        self._queue = queue
        self._shed = shed
        self._refusal = too_busy()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        if scope["type"] != "http" or scope["path"] in NEVER_SHED:
            await self._app(scope, receive, send)
        elif self._queue.is_too_long() or (self._queue.is_full and scope["path"].startswith(WAIT_FOR_MEMORY)):
            self._shed.inc()
            await self._refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def too_busy() -> ProblemResponse:
    """The answer to a request that would have to wait for too long."""
    return problem(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "More requests arrive than can be answered in time.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )
