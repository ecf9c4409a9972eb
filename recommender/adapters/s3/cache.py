"""Local copies of objects, shared by all processes that use one folder."""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from recommender.domain.errors import StorageUnavailable

KEPT = 24 * 3600.0
"""Seconds after which a copy that nobody asked for goes; a map outlives its file."""

SWEEP = 3600.0
"""Seconds between two searches for such copies."""

_OWN = re.compile(r"[0-9a-f]{64}(\.lock|\.[0-9a-f]{32}\.staged)?")


class FileCache:
    """Files that are complete or not there. The folder is made by the first copy, for its owner alone.

    A lock lets one process fetch while the others wait, so that all map the same file; nothing breaks
    without it, because a copy is staged, put on the disk, and moved to its name as a whole.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._next_sweep = 0.0

    def file(self, name: str, size: int, fetch: Callable[[BinaryIO], object]) -> Path:
        """The copy of what the name stands for; `fetch` writes it where none of this size is there.

        Raises StorageUnavailable for a folder that cannot be written.
        """
        path = self._folder / sha256(name.encode()).hexdigest()
        try:
            self._sweep()
            if not _is_there(path, size):
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                with _alone(path.with_suffix(".lock")):
                    if not _is_there(path, size):
                        _store(path, fetch)
        except OSError as error:
            raise StorageUnavailable(str(self._folder), error.strerror) from error
        return path

    def _sweep(self) -> None:
        """Remove what nobody asked for; others may do so at the same time. Foreign files stay."""
        now = time.monotonic()
        if now < self._next_sweep or not self._folder.is_dir():
            return
        self._next_sweep = now + SWEEP
        oldest = time.time() - KEPT
        with os.scandir(self._folder) as entries:
            for entry in entries:
                with suppress(FileNotFoundError):
                    if _OWN.fullmatch(entry.name) and entry.stat().st_mtime < oldest:
                        Path(entry).unlink()


def _is_there(path: Path, size: int) -> bool:
    """Whether there is a copy of this size; then it was asked for now."""
    try:
        os.utime(path)
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _store(path: Path, fetch: Callable[[BinaryIO], object]) -> None:
    staged = path.with_suffix(f".{uuid4().hex}.staged")
    try:
        with staged.open("xb") as file:
            fetch(file)
            file.flush()
            os.fsync(file.fileno())
        staged.replace(path)
    finally:
        staged.unlink(missing_ok=True)


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    with lock.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
        lock.unlink(missing_ok=True)
