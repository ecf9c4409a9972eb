"""GET /metrics: what all processes of a server have counted, and the state of the one that is asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST, ProcessCollector, generate_latest
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from starlette.concurrency import run_in_threadpool

from recommender.application.ports import Clock
from recommender.application.serving import Serving
from recommender.domain.events import SECOND
from recommender.entrypoints.http.metrics import Metrics


def metrics_routes(metrics: Metrics, serving: Serving, clock: Clock) -> APIRouter:
    """The route for Prometheus; it is for the inside of a network, and not part of the API."""
    router = APIRouter(include_in_schema=False)
    shown = metrics.together()
    shown.register(ModelState(serving, clock))
    shown.register(ProcessState(metrics.folder))

    @router.get("/metrics")
    async def exposition() -> Response:
        # In a thread: to read what several processes have counted takes milliseconds.
        return Response(await run_in_threadpool(generate_latest, shown), media_type=CONTENT_TYPE_LATEST)

    return router


class ModelState(Collector):
    """The version that the answering process serves; read when asked, so that it is never out of date."""

    def __init__(self, serving: Serving, clock: Clock) -> None:
        self._serving = serving
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Its name and age; no sample of either while there is no model."""
        info = Metric("recommender_model", "The version that is served.", "info")
        age = Metric("recommender_model_age_seconds", "Since the end of the log it learnt from.", "gauge")
        stale = Metric("recommender_model_stale", "1 if the store's current version is not served.", "gauge")
        if self._serving.version is not None:
            served = self._serving.served
            info.add_sample("recommender_model_info", {"version": served.version}, 1)
            age.add_sample(age.name, {}, (self._clock.now() - served.model.index.end) / SECOND)
        stale.add_sample(stale.name, {}, float(self._serving.failure is not None))
        yield from (info, age, stale)


class ProcessState(Collector):
    """Processor time, memory and open files of each worker, told apart by pid."""

    def __init__(self, folder: str | None) -> None:
        self._folder = folder

    def collect(self) -> Iterator[Metric]:
        """Those of prometheus_client, with a label; nothing where there is no /proc."""
        merged: dict[str, Metric] = {}
        for pid in self._pids():
            for metric in ProcessCollector(pid=partial(int, pid), registry=None).collect():
                whole = merged.setdefault(metric.name, Metric(metric.name, metric.documentation, metric.type))
                for sample in metric.samples:
                    whole.add_sample(sample.name, {**sample.labels, "pid": str(pid)}, sample.value)
        yield from merged.values()

    def _pids(self) -> list[int]:
        if self._folder is None:
            return [os.getpid()]
        counted = {int(file.stem.rpartition("_")[2]) for file in Path(self._folder).glob("counter_*.db")}
        return sorted(pid for pid in counted if Path(f"/proc/{pid}").exists())
