"""Blobs in memory."""

from __future__ import annotations

import math
from hashlib import sha256
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from threading import Lock
from weakref import finalize

from recommender.adapters.blobs import BlobMissing, valid_key, valid_prefix
from recommender.domain.errors import StorageUnavailable


class FakeBlobStore:
    """BlobStore as a dict.

    unreachable: set it, and every method raises StorageUnavailable.
    room: so many blobs can still be created; then creating raises StorageUnavailable, as a full disk does.
    opened: the keys that were read, in their order.
    """

    def __init__(self) -> None:
        self.unreachable = False
        self.room = math.inf
        self.opened: list[str] = []
        self._blobs: dict[str, bytes] = {}
        self._alone = Lock()

    def read(self, key: str) -> bytes:
        valid_key(key)
        self._reach()
        self.opened.append(key)
        data = self._blobs.get(key)
        if data is None:
            raise BlobMissing(key)
        return data

    def create(self, key: str, data: bytes) -> bool:
        valid_key(key)
        self._reach()
        with self._alone:
            if key in self._blobs:
                return False
            if not self.room:
                raise StorageUnavailable("a full memory")
            self.room -= 1
            self._blobs[key] = data
            return True

    def tagged(self, key: str) -> tuple[bytes, str] | None:
        valid_key(key)
        self._reach()
        data = self._blobs.get(key)
        return None if data is None else (data, _tag(data))

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        valid_key(key)
        self._reach()
        with self._alone:
            current = self.tagged(key)
            if (None if current is None else current[1]) != tag:
                return None
            self._blobs[key] = data
            return _tag(data)

    def keys(self, prefix: str) -> list[str]:
        valid_prefix(prefix)
        self._reach()
        with self._alone:
            return sorted(key for key in self._blobs if not prefix or key.startswith(f"{prefix}/"))

    def delete(self, key: str) -> None:
        valid_key(key)
        self._reach()
        with self._alone:
            self._blobs.pop(key, None)

    def local_file(self, key: str) -> Path:
        data = self.read(key)
        folder = Path(mkdtemp())
        finalize(self, rmtree, folder)
        (folder / "blob").write_bytes(data)
        return folder / "blob"

    def _reach(self) -> None:
        if self.unreachable:
            raise StorageUnavailable("an unreachable memory")


def _tag(data: bytes) -> str:
    return sha256(data).hexdigest()
