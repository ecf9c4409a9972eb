"""How the server bears a constant rate of arrivals: two workers and a Redis, the load generator beside them.

One request in five is an event, the others ask for recommendations. Prints percentiles of the answers at 250,
500 and 750 requests a second and on until it begins to refuse; then twice what it bore, and how soon it is
well again. k6 and redis-server must be on the PATH.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser

from benchmarks.k6 import Load, Run, loading
from benchmarks.servers import live_server

RATES = (250, 500, 750, 1000, 1250, 1500, 2000)
ALWAYS = 3
"""The first rates are tried whatever the others give."""
WORKERS = 2


def main() -> int:
    """Serve the current model of RECOMMENDER_STORAGE_URL, and print a row for each rate."""
    options = ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=20, help="of each rate")
    options.add_argument("--workers", type=int, default=WORKERS)
    asked = options.parse_args()
    with live_server(asked.workers) as server, loading(server, asked.workers) as load:
        measured(load, asked.seconds)
    return 0


def measured(load: Load, seconds: int) -> None:
    """Print a row for each rate until one is not borne, then twice the highest that was."""
    print(f"{'':9}{'all answers, ms':>24}{'recommendations':>24}{'events':>24}")
    heads = (*("p50", "p90", "p99") * 3, "answered", "refused", "failed", "never sent")
    print(
        f"{'req/s':>9}"
        + "".join(f"{each:>8}" for each in heads[:9])
        + "".join(f"{each:>11}" for each in heads[9:])
    )
    borne = RATES[0]
    for number, rate in enumerate(RATES):
        shown(run := load(rate, seconds))
        if run.is_borne:
            borne = rate
        elif number >= ALWAYS - 1:
            break
    print(f"highest rate that is borne: {borne}; now twice as much, then half of it")
    shown(run := load(2 * borne, seconds, borne // 2))
    print(f"well again {(run.well_after or 0.0) / 1000:.2f} s after the rate fell")


def shown(run: Run) -> None:
    """Print a row."""
    kinds = (run.all, run.recommendations, run.events)
    times = [time for each in kinds for time in (each.half, each.most, each.worst)]
    counts = (run.answered, run.refused, run.failed + run.not_connected, run.never_sent)
    print(
        f"{run.rate:9d}"
        + "".join(f"{each:8.1f}" for each in times)
        + "".join(f"{each:11d}" for each in counts),
        run.said,
        flush=True,
    )


if __name__ == "__main__":
    sys.exit(main())
