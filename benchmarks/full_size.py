"""A shop of RetailRocket's own size, from its files to answers: time and peak memory of each step.

    python -m benchmarks.full_size FOLDER [REPORT.md]

Memory is the proportional set size (PSS) of a step's whole process tree, looked at five times a second: pages
that processes share are counted once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from benchmarks.recommend import percentiles, some_shoppers
from benchmarks.servers import connect, free_port, get, memory, recommender, tree
from recommender.container import Container
from recommender.settings import read_settings

SIZE = ("--visitors", "1407580", "--items", "235061", "--days", "139", "--properties-per-item", "84")
WORKERS = 2
REQUESTS = 3_000
HEADING = """# Scale

A sample shop of RetailRocket's own size (1.4 M visitors, 235 k items, 2.8 M events, 20 M property rows), on
{cores} cores. `make full-size` does it all and writes this page. Memory is the proportional set size of the
step's processes together.

| step | seconds | peak memory, MB |
|---|---:|---:|
"""


@dataclass
class Step:
    """What a step took; memory in MB."""

    name: str
    seconds: float = 0.0
    memory: float = 0.0


def main() -> int:
    """Run every step, print what it took, and write the report."""
    folder = Path(sys.argv[1]).absolute()
    report = Path(sys.argv[2]) if len(sys.argv) > 2 else None  # noqa: PLR2004 - optional
    os.environ["RECOMMENDER_STORAGE_URL"] = folder.as_uri()
    os.environ["RECOMMENDER_MEMORY_URL"] = (
        "none"  # several workers take events only with a Redis between them
    )
    files = folder / "files"
    given = ["--events", str(files / "events.csv"), "--category-tree", str(files / "category_tree.csv")]
    given += ["--item-properties", str(files / "item_properties.csv")]
    steps = [
        run("sample", *SIZE, "--end", "2015-09-18", "--out", str(files)),
        run("ingest", *given),
        run("train"),
    ]
    lines = [f"| {step.name} | {step.seconds:.0f} | {step.memory:,.0f} |" for step in steps]
    text = HEADING.format(cores=os.cpu_count()) + "\n".join(lines) + "\n\n" + served()
    print(text)
    if report:
        report.write_text(text)
    return 0


def run(verb: str, *arguments: str) -> Step:
    """Run a verb to its end and watch it."""
    step = Step(verb)
    began = time.perf_counter()
    process = recommender(verb, *arguments)
    watcher = Thread(target=watch, args=(process, step))
    watcher.start()
    if process.wait():
        raise SystemExit(f"recommender {verb} ended with {process.returncode}")
    step.seconds = time.perf_counter() - began
    watcher.join()
    return step


def watch(process: subprocess.Popen[bytes], step: Step) -> None:
    """Keep the largest memory of the process and those below it."""
    while process.poll() is None:
        step.memory = max(step.memory, sum(memory(each, "Pss") for each in tree(process.pid)))
        time.sleep(0.2)


def served() -> str:
    """Serve the model with two workers, ask for lists, and say how it went."""
    serving = Container(settings=read_settings()).serving()
    serving.follow()
    shoppers = some_shoppers(serving.served)[:REQUESTS]
    began, port = time.perf_counter(), free_port()
    server = recommender("serve", "--port", str(port), "--workers", str(WORKERS), log=subprocess.DEVNULL)
    try:
        connection = connect(port)
        ready = time.perf_counter() - began
        connections = [connection, *(connect(port) for _ in range(16 * WORKERS))]
        for number, user in enumerate(shoppers):  # so that every worker has touched what it maps
            get(connections[number % len(connections)], f"/recommend/{user}")
        half, most, worst = percentiles(lambda user: get(connection, f"/recommend/{user}"), shoppers)
        workers = sorted(tree(server.pid)[1:], key=lambda pid: memory(pid, "Rss"))[-WORKERS:]
        sizes = [(memory(each, "Rss"), memory(each, "Pss")) for each in workers]
    finally:
        server.terminate()
        server.wait()
    each = "; ".join(f"RSS {rss:,.0f} MB, PSS {pss:,.0f} MB" for rss, pss in sizes)
    return (
        f"Serving with {WORKERS} workers: ready {ready:.1f} s after the command was given. Memory after\n"
        f"{2 * REQUESTS:,} requests: {each}.\n`GET /recommend/{{user_id}}` over a kept connection takes "
        f"{half:.2f} ms at the median,\n{most:.2f} at p90 and {worst:.2f} at p99.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
