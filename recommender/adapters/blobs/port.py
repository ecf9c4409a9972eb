"""The adapters' own port: whoever stores bytes needs this much, and a disk or an object store can keep it."""

from pathlib import Path
from typing import Protocol


class BlobMissing(LookupError):
    """The store is reachable and has no blob of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no blob {key!r}")
        self.key = key


class BlobStore(Protocol):
    """Named bytes. A blob is there completely or not at all, and is durable once the writing call returns.

    Every method raises ValueError for a key outside the grammar (adapters.blobs.keys) and StorageUnavailable
    if the store cannot be reached, which is never said by an empty answer. No key may lie below another
    ("a" and "a/b"): a disk cannot hold both.
    """

    def read(self, key: str) -> bytes:
        """The blob's bytes. Raises BlobMissing."""
        ...

    def create(self, key: str, data: bytes) -> bool:
        """Store a new blob; False, and nothing is changed, if there is already one.

        Of several writers exactly one wins.
        """
        ...

    def tagged(self, key: str) -> tuple[bytes, str] | None:
        """The blob's bytes and the tag that stands for them, or None if there is no such blob.

        Other bytes have another tag; bytes that come back may bring their tag with them.
        """
        ...

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        """Replace the blob that has `tag` (None: there is none yet), and return the new tag.

        None, and nothing is changed, if somebody else was first. Of several writers with one tag exactly one
        wins.
        """
        ...

    def keys(self, prefix: str) -> list[str]:
        """All keys below the prefix, which is whole segments ("a" is not above "ab/c"), by code points.

        What replaces something is not missed together with it: if a blob was created before another of a
        lesser key was deleted, at least one of the two is listed.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove the blob; an absent one is fine."""
        ...

    def local_file(self, key: str) -> Path:
        """A local file with the blob's bytes, to be mapped and not written. Raises BlobMissing.

        What has been mapped stays as it was, also when the blob is replaced or deleted.
        """
        ...
