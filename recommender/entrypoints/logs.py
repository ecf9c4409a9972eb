"""How log lines look, in every process alike: JSON for machines, words for people."""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
"""The name of the request that is being answered; every line that is logged meanwhile carries it."""


_encode = json.JSONEncoder(default=str).encode  # json.dumps(…, default=…) builds one for every line


class JsonLines(logging.Formatter):
    """A JSON object a line, in ASCII. A record's attribute `fields` is a mapping of more members."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without its end."""
        document: dict[str, object] = {
            "time": _rfc_3339(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (name := request_id.get()) is not None:
            document["request_id"] = name
        document.update(getattr(record, "fields", ()))
        if record.exc_info:
            document["exception"] = self.formatException(record.exc_info)
        return _encode(document)


class TextLines(logging.Formatter):
    """The same for people: the members of `fields` follow the message."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, and below it the traceback if there is one."""
        said = [_rfc_3339(record.created), record.levelname, f"{record.name}:", record.getMessage()]
        said += [f"{key}={value}" for key, value in getattr(record, "fields", {}).items()]
        if (name := request_id.get()) is not None:
            said.append(f"request_id={name}")
        line = " ".join(said)
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


def is_for_people(form: str) -> bool:
    """Whether a form of log (json, text or auto) means text: auto does where stderr is a terminal."""
    return form == "text" or (form == "auto" and sys.stderr.isatty())


def log_config(level: str, form: str = "auto") -> dict[str, Any]:
    """Configuration for logging.config.dictConfig: a line an event on stderr."""
    lines = TextLines if is_for_people(form) else JsonLines
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{lines.__name__}"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        # It tells with every command where it found its credentials.
        "loggers": {"botocore": {"level": "DEBUG" if level == "debug" else "WARNING"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
    }


def _rfc_3339(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
