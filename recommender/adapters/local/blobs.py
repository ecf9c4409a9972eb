"""Blobs as files below one folder."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from uuid import uuid4

from recommender.adapters.blobs import BlobMissing, is_key, valid_key, valid_prefix
from recommender.domain.errors import StorageUnavailable


class LocalBlobStore:
    """BlobStore on a disk with hard links and flock; processes and threads may share the folder.

    `root` and the folders below it are made by the first write. What a killed process leaves behind is a
    file `.<random>.staged`, which is never read or listed and may be deleted at any time.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str) -> bytes:
        """The file's bytes."""
        with self._reading(key) as path:
            return path.read_bytes()

    def create(self, key: str, data: bytes) -> bool:
        """Write beside the file and link: a link is never made over a file that is there."""
        with self._writing(key) as path, _staged(path, data) as staged:
            created = _link(staged, path)
            _sync(path.parent)  # also for the loser: the winner's link may not be on the disk yet
            return created

    def tagged(self, key: str) -> tuple[bytes, str] | None:
        """The bytes, and their hash as tag."""
        try:
            data = self.read(key)
        except BlobMissing:
            return None
        return data, _tag(data)

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        """Compare and replace while nobody else does."""
        if tag is None:
            return _tag(data) if self.create(key, data) else None
        with self._writing(key) as path, self._locked(fcntl.LOCK_EX):
            current = self.tagged(key)
            if current is None or current[1] != tag:
                return None
            with _staged(path, data) as staged:
                staged.replace(path)
            _sync(path.parent)
            return _tag(data)

    def keys(self, prefix: str) -> list[str]:
        """The files below a folder whose names are keys: hidden and foreign files are none."""
        folder = self._root / valid_prefix(prefix)
        walk: list[tuple[str, list[str], list[str]]] = []
        # A disk may leave out both what is deleted and what is created during a walk: so nothing is deleted.
        with self._reaching(), suppress(FileNotFoundError), self._locked(fcntl.LOCK_SH):
            walk = list(os.walk(folder, onerror=_unless_absent))
        files = (Path(at, name).relative_to(self._root) for at, _, names in walk for name in names)
        return sorted(key for file in files if is_key(key := file.as_posix()))

    def delete(self, key: str) -> None:
        """Remove the file, but not during a listing or a swap."""
        path = self._root / valid_key(key)
        with self._reaching(), suppress(FileNotFoundError), self._locked(fcntl.LOCK_EX):
            path.unlink()
            _sync(path.parent)

    def local_file(self, key: str) -> Path:
        """The file itself: blobs are replaced as a whole, so that mapped bytes never change."""
        with self._reading(key) as path, path.open("rb"):
            return path

    @contextmanager
    def _reading(self, key: str) -> Iterator[Path]:
        path = self._root / valid_key(key)
        with self._reaching():
            try:
                yield path
            except (FileNotFoundError, IsADirectoryError) as absence:
                raise BlobMissing(key) from absence

    @contextmanager
    def _writing(self, key: str) -> Iterator[Path]:
        path = self._root / valid_key(key)
        with self._reaching():
            _make_folder(path.parent)
            yield path

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageUnavailable(str(self._root), error.strerror) from error

    @contextmanager
    def _locked(self, how: int) -> Iterator[None]:
        # The root itself is the lock, so that who may only read can list. flock and not lockf: it also keeps
        # out other threads. Closing gives the lock back.
        root = os.open(self._root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(root, how)
            yield
        finally:
            os.close(root)


def _tag(data: bytes) -> str:
    return sha256(data).hexdigest()


@contextmanager
def _staged(path: Path, data: bytes) -> Iterator[Path]:
    """A file with the data, on the disk, beside `path`; gone afterwards unless it was moved."""
    staged = path.with_name(f".{uuid4().hex}.staged")
    try:
        with staged.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        yield staged
    finally:
        staged.unlink(missing_ok=True)


def _link(staged: Path, path: Path) -> bool:
    try:
        path.hardlink_to(staged)
    except FileExistsError:
        if path.is_dir():
            raise
        return False
    return True


def _make_folder(folder: Path) -> None:
    """Make the folder and those above it so that they survive a loss of power."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def _sync(folder: Path) -> None:
    """Put the folder's entries on the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unless_absent(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
