"""What live events cost: answers with a full shopper memory, and how many events POST /events takes.

    python -m benchmarks.live [redis://host:6379/0]

On the current model of RECOMMENDER_STORAGE_URL, which is a folder and stays as it is: a copy of its models is
served, by one process. Ratios are of medians from one run, in which both are asked in turns. With a URL all
is done again with that Redis, which is left with what was put there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable, Sequence
from http.client import HTTPConnection
from itertools import count
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from benchmarks.recommend import some_shoppers
from benchmarks.servers import Server, connect, get, live_server
from recommender.adapters.memory import ProcessMemory
from recommender.application.recall import refill
from recommender.application.recommend import Request
from recommender.application.serving import Served
from recommender.application.shopper import PastEvent
from recommender.container import Container
from recommender.domain.events import MINUTE, EventType
from recommender.domain.history import HISTORY_LENGTH
from recommender.settings import Settings

SHOPPERS = 100
ROUNDS = 1_000
WARM_UP = 2 * SHOPPERS
SECONDS = 5.0
CLIENTS = (1, 10, 100)
AT_ONCE = (1, 10, 100)
BUSY = 0.02
"""Seconds that a client waits when it was sent away."""


def main() -> int:
    """Print a table for each memory."""
    for memory_url in ("memory://", *sys.argv[1:]):
        print(f"\n{memory_url.partition('//')[0]}//")
        with live_server(memory_url=memory_url) as server:
            measure(server)
    return 0


def measure(server: Server) -> None:
    """Ask; then read what was stored as a server does that starts."""
    container = Container(settings=Settings(storage_url=server.storage_url))
    serving = container.serving()
    serving.follow()
    compare_answers(server.port, serving.served)
    items = serving.served.model.index.items.ids(range(100))
    print(f"{'events/s by POST /events':32s}" + "".join(f"{each:>10d} at once" for each in AT_ONCE))
    for clients in CLIENTS:
        rates = [asyncio.run(events_a_second(server.port, items, clients, at_once)) for at_once in AT_ONCE]
        print(f"{clients:5d} clients{'':19s}" + "".join(f"{rate:18,.0f}" for rate in rates))
    began = time.perf_counter()
    clock = container.clock()
    events = asyncio.run(refill(ProcessMemory(clock), container.journal(), clock, clock.now()))
    print(f"a memory is filled with {events / (time.perf_counter() - began):,.0f} events/s")


def compare_answers(port: int, served: Served) -> None:
    """Shoppers of whom nothing is recalled, and others of whom as much as can be: over HTTP, and alone."""
    drawn = [each for each in some_shoppers(served) if not each.startswith("unknown")]
    plain, busy, now = drawn[:SHOPPERS], drawn[SHOPPERS : 2 * SHOPPERS], int(time.time() * 1000)
    recent = [a_full_memory(served, number, now) for number in range(SHOPPERS)]
    connection = connect(port)
    for user, events in zip(busy, recent, strict=True):
        tell(connection, user, events)
    columns: dict[str, Callable[[int], object]] = {
        "GET /recommend": lambda at: get(connection, f"/recommend/{plain[at]}"),
        "  100 events recalled": lambda at: get(connection, f"/recommend/{busy[at]}"),
        "compute": lambda at: served.recommend(Request(user_id=plain[at]), now),
        "  100 recent events": lambda at: served.recommend(Request(user_id=busy[at], recent=recent[at]), now),
    }
    took = np.array([[seconds(call, turn % SHOPPERS) for call in columns.values()] for turn in range(ROUNDS)])
    connection.close()
    report(list(columns), took[WARM_UP:] * 1000)


def a_full_memory(served: Served, number: int, now: int) -> tuple[PastEvent, ...]:
    """One look a minute, each at any item."""
    items = served.model.index.items
    rows = np.random.default_rng(number).integers(0, len(items), HISTORY_LENGTH)
    ids = items.ids(rows.astype(np.int32))
    return tuple(
        PastEvent(each, EventType.VIEW, now - (HISTORY_LENGTH - at) * MINUTE) for at, each in enumerate(ids)
    )


def tell(connection: HTTPConnection, user: str, events: Sequence[PastEvent]) -> None:
    """Post what a shopper did."""
    looks = [
        {"type": "view", "user_id": user, "item_id": each.item_id, "timestamp": each.timestamp}
        for each in events
    ]
    connection.request("POST", "/events", json.dumps(looks), {"content-type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    if answer["accepted"] != len(events):
        raise RuntimeError(f"{answer}")


def seconds(call: Callable[[int], object], at: int) -> float:
    """How long it takes."""
    began = time.perf_counter()
    call(at)
    return time.perf_counter() - began


def report(names: Sequence[str], took: NDArray[np.float64]) -> None:
    """Print percentiles in ms of each column, and how the second of two compares to the first."""
    percentiles = np.percentile(took, [50, 90, 99], axis=0).T
    print(f"{'':32s}{'p50':>8s}{'p90':>8s}{'p99':>8s} ms")
    for at, (name, column) in enumerate(zip(names, percentiles, strict=True)):
        ratio = f"   {column[0] / percentiles[at - 1][0]:.2f} times" if at % 2 else ""
        print(f"{name:32s}" + "".join(f"{each:8.2f}" for each in column) + ratio)


async def events_a_second(port: int, items: Sequence[str], clients: int, at_once: int) -> float:
    """How many events are acknowledged, when each client posts again as soon as it has its answer."""
    numbers, until = count(), time.monotonic() + SECONDS
    connections = [await asyncio.open_connection("127.0.0.1", port) for _ in range(clients)]

    async def post(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
        kept = 0
        while time.monotonic() < until:
            writer.write(request(items, at_once, next(numbers)))
            kept += await accepted(reader)
        writer.close()
        await writer.wait_closed()
        return kept

    began = time.perf_counter()
    kept = await asyncio.gather(*(post(*each) for each in connections))
    return sum(kept) / (time.perf_counter() - began)


def request(items: Sequence[str], at_once: int, number: int) -> bytes:
    """A POST /events by a guest."""
    events = [
        {"event_id": uuid4().hex, "type": "view", "session_id": f"s{number % 10_000}", "item_id": items[at]}
        for at in range(at_once)
    ]
    content = json.dumps(events).encode()
    head = f"content-type: application/json\r\ncontent-length: {len(content)}"
    return f"POST /events HTTP/1.1\r\nhost: localhost\r\n{head}\r\n\r\n".encode() + content


async def accepted(reader: asyncio.StreamReader) -> int:
    """How many events an answer acknowledges; none, after a moment, if the server was too busy."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
    body = await reader.readexactly(int(length))
    if head.startswith(b"http/1.1 503"):
        await asyncio.sleep(BUSY)
        return 0
    if not head.startswith(b"http/1.1 200"):
        raise RuntimeError(head.decode())
    kept: int = json.loads(body)["accepted"]
    return kept


if __name__ == "__main__":
    sys.exit(main())
