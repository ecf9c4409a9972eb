"""The application as a server process builds it; uvicorn calls `application` as a factory."""

from __future__ import annotations

from uuid import uuid4

from fastapi import FastAPI

from recommender.container import Container
from recommender.entrypoints.http.app import create_app
from recommender.settings import memory_home, read_settings


def application() -> FastAPI:
    """The application, wired from the environment, with random ids for its answers."""
    settings = read_settings()
    container = Container(settings=settings)
    return create_app(
        container.serving(),
        container.clock(),
        lambda: uuid4().hex,
        settings.reload_seconds,
        container.live() if memory_home(settings.memory_url) else None,
    )
