"""How log lines look, in every process alike."""

from __future__ import annotations

from typing import Any


def log_config(level: str) -> dict[str, Any]:
    """Configuration for logging.config.dictConfig: a line an event on stderr, with the time."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
                "datefmt": "%Y-%m-%dT%H:%M:%S%z",
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        # It tells with every command where it found its credentials.
        "loggers": {"botocore": {"level": "DEBUG" if level == "debug" else "WARNING"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
    }
