"""How long an answer takes: the computation alone, and GET /recommend over a kept connection.

One server process, one client, one request at a time, on the current model of RECOMMENDER_STORAGE_URL.
/livez, which computes nothing, is timed in the same run as the floor of the HTTP stack, so that the ratios
mean something on a busy machine, too.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from urllib.parse import quote

import numpy as np

from benchmarks.servers import connect, free_port, get, recommender
from recommender.application.recommend import Request
from recommender.application.serving import Served
from recommender.container import Container
from recommender.domain.ids import GUEST
from recommender.settings import read_settings

REQUESTS = 3_000
WARM_UP = 200
UNKNOWN = 0.1


def main() -> int:
    """Print percentiles in milliseconds."""
    serving = Container(settings=read_settings()).serving()
    serving.follow()
    served = serving.served
    shoppers = some_shoppers(served)
    now = served.model.index.end
    port = free_port()
    print(
        f"{served.version}: {len(served.model.index.users):,} users, {len(served.model.index.items):,} items"
    )
    print(f"{'':32s}{'p50':>8s}{'p90':>8s}{'p99':>8s} ms")
    report("compute", lambda user: served.recommend(Request(user_id=user), now), shoppers)
    server = recommender("serve", "--port", str(port), log=subprocess.DEVNULL)
    try:
        connection = connect(port)
        report("GET /livez", lambda _: get(connection, "/livez"), shoppers)
        report(
            "GET /recommend/{user_id}", lambda user: get(connection, f"/recommend/{quote(user)}"), shoppers
        )
    finally:
        server.terminate()
        server.wait()
    return 0


def some_shoppers(served: Served) -> list[str]:
    """Shoppers drawn evenly, and a few that nobody knows."""
    rng = np.random.default_rng(7)
    users = served.model.index.users
    rows = rng.integers(0, len(users), REQUESTS)
    known = rng.random(REQUESTS) >= UNKNOWN
    ids = [users.id(int(row)) if is_known else GUEST for row, is_known in zip(rows, known, strict=True)]
    return [f"unknown-{row}" if each.startswith(GUEST) else each for row, each in zip(rows, ids, strict=True)]


def report(what: str, call: Callable[[str], object], shoppers: Sequence[str]) -> None:
    """Print what the calls take."""
    print(f"{what:32s}" + "".join(f"{each:8.2f}" for each in percentiles(call, shoppers)))


def percentiles(call: Callable[[str], object], shoppers: Sequence[str]) -> tuple[float, float, float]:
    """p50, p90 and p99 of a call in ms; the first calls are made for nothing."""
    for each in shoppers[:WARM_UP]:
        call(each)
    took = []
    for each in shoppers:
        began = time.perf_counter()
        call(each)
        took.append(time.perf_counter() - began)
    half, most, worst = np.percentile(took, [50, 90, 99]) * 1000
    return float(half), float(most), float(worst)


if __name__ == "__main__":
    sys.exit(main())
