"""Whether the server stays as it is: ten minutes of a moderate load, then SIGTERM under that load.

Prints the memory of the workers as it goes, and what became of the requests. Requests that nobody listened to
any more were never sent, and are counted apart. k6 and redis-server must be on the PATH.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from argparse import ArgumentParser

from benchmarks.k6 import Run, loading
from benchmarks.servers import Server, live_server, memory, tree

WORKERS = 2
RATE = 200
LOOKS = 20
SECONDS_AFTER = 5
SETTLED = 0.1
"""After this share of the time the memory should not grow any more."""


def main() -> int:
    """Serve the current model of RECOMMENDER_STORAGE_URL under load."""
    options = ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=600)
    options.add_argument("--rate", type=int, default=RATE)
    asked = options.parse_args()
    with live_server(WORKERS) as server, loading(server, WORKERS) as load:
        process = load.begin(asked.rate, asked.seconds)
        sizes = watched(server, process, asked.seconds)
        told(load.end(process, asked.rate))
        settled = sizes[int(SETTLED * len(sizes)) :]
        print(f"memory of the workers at the end: {settled[-1] / settled[0] - 1:+.1%}")
        process = load.begin(asked.rate, 2 * SECONDS_AFTER)
        time.sleep(SECONDS_AFTER)
        server.process.send_signal(signal.SIGTERM)
        print(f"SIGTERM; ended with {server.process.wait()}")
        told(load.end(process, asked.rate))
    return 0


def watched(server: Server, process: subprocess.Popen[bytes], seconds: int) -> list[float]:
    """The memory (PSS, MB) of all workers together, again and again while requests are sent."""
    sizes: list[float] = []
    while process.poll() is None:
        sizes.append(sum(memory(each, "Pss") for each in tree(server.process.pid)))
        print(f"{len(sizes) * seconds / LOOKS:6.0f} s {sizes[-1]:8.1f} MB", flush=True)
        time.sleep(seconds / LOOKS)
    return sizes


def told(run: Run) -> None:
    """Print what became of the requests."""
    print(
        f"{run.answered} answered (p50 {run.all.half:.1f}, p90 {run.all.most:.1f}, p99 {run.all.worst:.1f} "
        f"ms), {run.refused} refused, {run.failed} failed, {run.never_sent} never sent, "
        f"{run.not_connected} found nobody listening"
    )
    if run.failed:
        print(run.said, end="")


if __name__ == "__main__":
    sys.exit(main())
