"""Answers for a file of requests, through the very functions that serve, on all cores."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import IO

from recommender.application.ports import Progress, Workers
from recommender.application.recommend import Recommend
from recommender.domain.errors import FileRefused, InvalidRequest
from recommender.entrypoints.wire import parse_request, recommended

PART = 500
"""Lines per task."""

Numbered = Sequence[tuple[int, bytes]]


@dataclass(frozen=True)
class Done:
    """How many lines were answered, and how many of the answers are errors."""

    lines: int
    refused: int


def answer_file(
    recommend: Recommend, source: Path, target: Path, workers: Workers, progress: Progress
) -> Done:
    """Answer every line of a JSON lines file, in order; the target appears when it is complete.

    A line that cannot be answered gets {"id", "error": {"line", "field", "expected"}}, and the others their
    answers. Raises FileRefused for files that cannot be read or written.
    """
    lines = refused = 0
    with _whole(target) as answers:
        work = workers.map(partial(answer_lines, recommend), _parts(source))
        for part in progress(work, "recommending", _count_parts(source)):
            answers.writelines(line for line, _ in part)
            lines += len(part)
            refused += sum(wrong for _, wrong in part)
    return Done(lines, refused)


def answer_lines(recommend: Recommend, numbered: Numbered) -> list[tuple[bytes, bool]]:
    """The answer to each line, and whether it is an error."""
    return [answer_line(recommend, number, line) for number, line in numbered]


def answer_line(recommend: Recommend, number: int, line: bytes) -> tuple[bytes, bool]:
    """One answer. Without `at` and timestamps the moment is the end of the model's window."""
    result: dict[str, object] = {"id": None}
    try:
        body = _object(line)
        result["id"] = _id(body)
        answer = recommend(parse_request(body), recommend.model.index.end)
        result["recommendations"] = recommended(answer)
    except InvalidRequest as wrong:
        result["error"] = {"line": number, "field": wrong.field, "expected": wrong.expected}
    return json.dumps(result).encode() + b"\n", "error" in result


def _object(line: bytes) -> dict[str, object]:
    try:
        body = json.loads(line)
    except (ValueError, RecursionError) as wrong:
        raise InvalidRequest("line", f"expected a JSON object; {wrong}") from None
    if not isinstance(body, dict):
        raise InvalidRequest("line", f"expected a JSON object, not {type(body).__name__}")
    return body


def _id(body: dict[str, object]) -> str | int:
    """Take the id out of the body; it comes back with the type it had."""
    found = body.pop("id", None)
    if isinstance(found, bool) or not isinstance(found, str | int):
        raise InvalidRequest("id", "expected a string or an integer")
    return found


def _count_parts(source: Path) -> int | None:
    """How many parts a file has; None for what can be read only once, such as a pipe."""
    if source.exists() and not source.is_file():
        return None
    with _blaming(source), source.open("rb") as file:
        return -(-sum(1 for line in file if line.strip()) // PART)


def _parts(source: Path) -> Iterator[Numbered]:
    """Stretches of the lines that are not blank, numbered from 1."""
    with _blaming(source), source.open("rb") as file:
        lines = ((number, line) for number, line in enumerate(file, start=1) if line.strip())
        while part := list(islice(lines, PART)):
            yield part


@contextmanager
def _blaming(file: Path) -> Iterator[None]:
    """Say which file the system refused."""
    try:
        yield
    except OSError as cause:
        raise FileRefused(str(file), cause.strerror or "cannot be used") from cause


@contextmanager
def _whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that replaces the target when everything went well, and leaves nothing behind otherwise."""
    staged = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with _blaming(target), staged.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        with _blaming(target):
            staged.replace(target)
    finally:
        staged.unlink(missing_ok=True)
