"""Following the store's current version while the server runs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prometheus_client import Counter
from starlette.concurrency import run_in_threadpool

from recommender.application.serving import Serving

RELOAD_SECONDS = 5.0
"""Between two looks at what is current."""

_log = logging.getLogger(__name__)


@asynccontextmanager
async def following(serving: Serving, every: float, failures: Counter) -> AsyncIterator[None]:
    """Look for the current version at once, and then `every` so many seconds until the block ends.

    failures: counts the looks after which something else is served, or nothing.
    """
    await run_in_threadpool(_look_counting, serving, failures)
    task = asyncio.create_task(_look_again(serving, every, failures))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _look_again(serving: Serving, every: float, failures: Counter) -> None:
    while True:
        await asyncio.sleep(every)
        await run_in_threadpool(
            _look_counting, serving, failures
        )  # in a thread: a version takes seconds to be read


def _look_counting(serving: Serving, failures: Counter) -> None:
    look(serving)
    if serving.failure:
        failures.inc()


def look(serving: Serving) -> None:
    """Follow, and log what is new: another version, or another reason why the current one is not served."""
    version, failure = serving.version, serving.failure
    serving.follow()
    if serving.version != version:
        _log.info("Serving model version %s.", serving.version)
    if serving.failure and (failure is None or str(failure.error) != str(serving.failure.error)):
        if serving.version is None:
            _log.warning("Nothing can be recommended yet: %s", serving.failure.error)
        else:
            _log.error("Still serving model version %s: %s", serving.version, serving.failure.error)
