"""The reports' home in a folder: `report.html` and `report.json`."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from recommender.adapters.report.data import as_data
from recommender.adapters.report.page import page
from recommender.application.report import EvaluationReport
from recommender.domain.errors import StorageUnavailable

PAGE = "report.html"
DATA = "report.json"
PROBE = ".writable"


class HtmlReports:
    """Writes a page that is complete in itself, and the same figures as JSON beside it.

    The same report gives the same bytes. Each file appears when it is complete, the page last.
    """

    def ready(self, folder: Path) -> None:
        """Write a file into the folder, and take it away again."""
        with _refusing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / PROBE, "")
            (folder / PROBE).unlink()

    def write(self, report: EvaluationReport, folder: Path) -> Path:
        """Make the folder if need be, and replace what an earlier evaluation wrote."""
        data = as_data(report)
        figures = json.dumps(data, allow_nan=False, ensure_ascii=False, indent=1) + "\n"
        words = page(report, data)
        with _refusing(folder):
            folder.mkdir(parents=True, exist_ok=True)
            _replace(folder / DATA, figures)
            _replace(folder / PAGE, words)
        return folder / PAGE


@contextmanager
def _refusing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as cause:
        raise StorageUnavailable(str(folder), cause.strerror) from cause


def _replace(file: Path, text: str) -> None:
    staged = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        with staged.open("wb") as writing:
            writing.write(text.encode(errors="backslashreplace"))
            writing.flush()
            os.fsync(writing.fileno())
        staged.replace(file)
    finally:
        staged.unlink(missing_ok=True)
