"""Clients that click without a pause, and a ledger of what they were told about their clicks."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.client import HTTPException
from itertools import count
from threading import Event, Lock

from integration.live_servers import Client

from recommender.application.ports import EventStore
from recommender.domain.events import DAY, HOUR

CLIENTS = 4
RATE = 200
"""Events a second, of all clients together."""

ABANDONED = 0.25
"""So many of the events that got no answer are not sent again."""

PAUSE = 0.05
"""Seconds before something is sent again."""

MARK = "click-"


class Ledger:
    """acknowledged: ids of events that were answered 200. told: how often a client was told to come again.

    Every event has a visitor of its own, of the same id.
    """

    def __init__(self) -> None:
        self.acknowledged: list[str] = []
        self.sent: set[str] = set()
        self.told = 0
        self.unanswered = 0
        self._lock = Lock()
        self._chance = random.Random(7)  # noqa: S311 - clicks, not secrets
        self._numbers = count()

    def new_events(self, most: int) -> list[dict[str, object]]:
        """At most so many: on time, late, or without a time of their own."""
        now = int(time.time() * 1000)
        with self._lock:
            names = [f"{MARK}{next(self._numbers)}" for _ in range(self._chance.randint(1, most))]
            self.sent.update(names)
            times: tuple[dict[str, int], ...] = (
                {},
                {"timestamp": now},
                {"timestamp": now - self._chance.randrange(2 * DAY)},
            )
            return [
                {
                    "event_id": name,
                    "user_id": name,
                    "type": "view",
                    "item_id": "1",
                    **self._chance.choice(times),
                }
                for name in names
            ]

    def acknowledge(self, events: list[dict[str, object]]) -> None:
        with self._lock:
            self.acknowledged += [str(event["event_id"]) for event in events]

    def refuse(self) -> None:
        with self._lock:
            self.told += 1

    def lose(self) -> bool:
        """Whether what got no answer is to be sent again."""
        with self._lock:
            self.unanswered += 1
            return self._chance.random() >= ABANDONED


def click(port: int, ledger: Ledger, at_once: int, stopped: Event) -> None:
    """Send events at a steady rate, and again until they are acknowledged, or never."""
    client, events, due = Client(port), list[dict[str, object]](), time.monotonic()
    while not stopped.is_set():
        events = events or ledger.new_events(at_once)
        try:
            status, answer = client.post("/events", events)
        except (OSError, HTTPException):
            client.close()
            client, events = Client(port), events if ledger.lose() else []
            stopped.wait(PAUSE)
            continue
        if status == 200:
            assert answer == {"accepted": len(events), "unkept": 0, "refused": []}
            ledger.acknowledge(events)
            due = max(due + len(events) * CLIENTS / RATE, time.monotonic() - 1)
            events = []
            stopped.wait(due - time.monotonic())
        else:
            assert (status, client.retry_after) == (503, "5"), answer
            ledger.refuse()
            stopped.wait(PAUSE)
    client.close()


@contextmanager
def clicking(port: int, ledger: Ledger, at_once: int = 3) -> Iterator[None]:
    """Several clients click while the block lasts; they send up to so many events at once."""
    stopped = Event()
    with ThreadPoolExecutor(CLIENTS) as threads:
        clients = [threads.submit(click, port, ledger, at_once, stopped) for _ in range(CLIENTS)]
        try:
            yield
        finally:
            stopped.set()
    for client in clients:
        client.result()


def assert_each_once(log: EventStore, ledger: Ledger) -> None:
    """What was acknowledged is read once, and what was only sent once at most."""
    acknowledged = set(ledger.acknowledged)
    found = log.read(start=int(time.time() * 1000) - 2 * DAY - HOUR)
    times = Counter(each for each in found.users.ids(found.user) if each.startswith(MARK))
    assert acknowledged <= times.keys(), f"{len(acknowledged - times.keys())} events are lost"
    assert set(times.values()) <= {1}
    assert times.keys() <= ledger.sent
