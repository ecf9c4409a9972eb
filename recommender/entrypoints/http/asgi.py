"""The application as a server process builds it; uvicorn calls `application` as a factory."""

from __future__ import annotations

import os
import sys
from uuid import uuid4

from fastapi import FastAPI

from recommender.application.keys import parse_keys
from recommender.container import Container
from recommender.entrypoints.http.app import Edge, create_app
from recommender.entrypoints.http.shedding import LONGEST_WAIT
from recommender.settings import METRICS_FOLDER, memory_home, parse_origins, read_settings

SWITCH = 0.0005
"""Seconds after which a thread that computes lets others run. To write events takes a dozen steps on a disk,
and after each of them its thread would wait the usual 5 ms for the one that answers requests."""


def application() -> FastAPI:
    """The application, wired from the environment, with random ids for its answers."""
    sys.setswitchinterval(SWITCH)
    settings = read_settings()
    container = Container(settings=settings)
    edge = Edge(
        parse_keys(settings.api_keys.get_secret_value()),
        parse_origins(settings.cors_origins),
        LONGEST_WAIT,
        os.environ.get(METRICS_FOLDER),
    )
    return create_app(
        container.serving(),
        container.clock(),
        lambda: uuid4().hex,
        settings.reload_seconds,
        edge,
        container.live() if memory_home(settings.memory_url) else None,
    )
