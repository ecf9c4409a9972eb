"""recommender serve: answer over HTTP."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from tempfile import TemporaryDirectory
from types import FrameType
from urllib.parse import quote

import numpy as np

from recommender.container import Container
from recommender.domain.errors import InvalidSettings, NoModelPublished, RecommenderError
from recommender.domain.events import EventType
from recommender.domain.history import HISTORY_LENGTH
from recommender.domain.ids import GUEST
from recommender.domain.index import Index
from recommender.entrypoints.cli.arguments import whole_number
from recommender.entrypoints.cli.screen import complain, note
from recommender.entrypoints.logs import is_for_people, log_config
from recommender.settings import METRICS_FOLDER, PREFIX, ProcessMemoryHome, Settings, memory_home

APPLICATION = "recommender.entrypoints.http.asgi:application"
"""By name, because every worker process builds its own."""

PROTOCOL = "recommender.entrypoints.http.protocol:Connection"

GRACE = 20
"""Seconds for what has begun when the server is told to end; containers are commonly killed after 30."""

KEEP_ALIVE = 75
"""Seconds; longer than the 60 of a load balancer in front, so that it never meets a closed connection."""

_OF_A_SHOPPER = ("/recommend/{}?n=5", "/users/{}")

_log = logging.getLogger(__name__)


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Describe the verb."""
    verb = verbs.add_parser("serve", help="answer over HTTP", description=__doc__)
    verb.add_argument("--host", help="default: RECOMMENDER_HOST, else 127.0.0.1")
    verb.add_argument("--port", type=whole_number(1, 65_535), help="default: RECOMMENDER_PORT, else 8000")
    verb.add_argument(
        "--workers", type=whole_number(1, 64), help="processes (default: RECOMMENDER_WORKERS, else 1)"
    )
    verb.set_defaults(run=run)


def run(asked: argparse.Namespace, container: Container) -> int:
    """Serve until stopped, and print what is worth trying."""
    from uvicorn import Config, Server

    from recommender.entrypoints.cli.workers import Workers

    signal.signal(signal.SIGTERM, _leave)
    settings = container.settings()
    host, port = asked.host or settings.host, asked.port or settings.port
    workers = asked.workers or settings.workers
    _require_shared_memory(settings, workers)
    _require_free(host, port)
    say = note if is_for_people(settings.log_format) else _log.info
    invite = partial(_invite, container, f"http://{host}:{port}", say)
    config = Config(
        APPLICATION,
        factory=True,
        host=host,
        port=port,
        http=PROTOCOL,
        workers=workers,
        log_level=settings.log_level,
        log_config=log_config(settings.log_level, settings.log_format),
        access_log=False,
        server_header=False,
        proxy_headers=False,  # no answer depends on who asks through which proxy
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=GRACE,
    )
    if workers == 1:
        invite()
        os.environ.pop(METRICS_FOLDER, None)
        with suppress(KeyboardInterrupt):  # which has ended it in good order
            Server(config).run()
    else:
        with _counting_together():
            Workers(config, config.bind_socket(), invite).run()
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End with 0: being told to stop is no failure.

    Before uvicorn listens to signals itself this ends the process at once, also as the first one of a
    container, where SIGTERM does nothing by default. Later uvicorn drains, and then raises the signal again.
    """
    sys.exit(0)


def _require_shared_memory(settings: Settings, workers: int) -> None:
    """Raise InvalidSettings if one process would remember a click, and another get the next request."""
    if workers > 1 and isinstance(memory_home(settings.memory_url), ProcessMemoryHome):
        raise InvalidSettings(
            f"{workers} workers cannot share the memory of one process. Set {PREFIX}MEMORY_URL to that of a "
            "Redis (redis://host:6379/0), or to none: then no events are taken."
        )


@contextmanager
def _counting_together() -> Iterator[None]:
    """Give the workers an empty folder for their metrics."""
    with _new_folder() as name:
        os.environ[METRICS_FOLDER] = name
        yield


def _new_folder() -> TemporaryDirectory[str]:
    """A folder for temporary files; in memory where the file system is read-only."""
    for place in (None, "/dev/shm"):  # noqa: S108 - of a random name, and for its owner only
        try:
            return TemporaryDirectory(prefix="recommender-metrics-", dir=place)
        except OSError:
            continue
    raise InvalidSettings("Several workers need a folder to write to: set TMPDIR to one.")


def _require_free(host: str, port: int) -> None:
    """Raise InvalidSettings if nobody could listen there; better now than after the invitation."""
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as cause:
        why = str(cause.strerror).partition(" (")[0]  # Python repeats the address in parentheses
        raise InvalidSettings(
            f"Cannot listen on {host}:{port}: {why}. Choose another with --host and --port."
        ) from cause


def _invite(container: Container, root: str, say: Callable[[str], None]) -> None:
    """Say URLs with a shopper of this shop in them."""
    serving = container.serving()
    serving.follow()
    try:
        index = serving.served.model.index
    except NoModelPublished as nothing:
        say(f"{nothing} The server starts, and waits for a model.")
        return
    except RecommenderError as refusal:
        complain(f"{refusal} The server starts, and goes on asking.")
        return
    shopper = worth_trying(index)
    shown = [] if shopper is None else [path.format(quote(shopper, safe="")) for path in _OF_A_SHOPPER]
    for path in (*shown, "/docs"):
        say(f"  {root}{path}")


def worth_trying(index: Index) -> str | None:
    """A shopper to show: of those with a history of human length, who bought most, then looked most.

    None if there are only guests, for whom nobody can ask by their id.
    """
    counts = index.histories.counts
    human = counts.sum(axis=1) <= HISTORY_LENGTH
    order = np.lexsort((counts[:, EventType.VIEW], counts[:, EventType.TRANSACTION], human))
    ids = (index.users.id(int(row)) for row in order[::-1])
    return next((each for each in ids if not each.startswith(GUEST)), None)
