"""Blobs as objects of a bucket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache as once
from pathlib import Path
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from recommender.adapters.blobs import BlobMissing, is_key, valid_key, valid_prefix
from recommender.adapters.s3.cache import FileCache
from recommender.adapters.s3.client import connect, is_aws
from recommender.adapters.s3.errors import CHANGED, absence_is_missing, code_of, reaching
from recommender.adapters.s3.patience import Patience
from recommender.adapters.s3.reading import Address, Version, facts, fetch, into
from recommender.adapters.s3.writing import Encryption, create, heeds_conditions, replace
from recommender.domain.errors import StorageUnavailable

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client


class S3BlobStore:
    """BlobStore in a bucket of S3, or of a server that keeps to S3's conditional writes.

    prefix: a key below which all objects lie, or "". A tag is an ETag: it names bytes, but is not always
    their hash. cache: the folder of local_file's copies, which processes may share; a copy for which nobody
    asked in a day is removed. sse: what to ask S3 to encrypt with. connect: makes the client, when it is
    first needed. in_parts: whether large blobs may be put together from parts; not every server then lets
    one of several win. A server that is not AWS must show before the first write that it keeps to conditions.
    """

    def __init__(
        self,
        bucket: str,
        prefix: str,
        cache: Path,
        sse: Encryption = "",
        connect: Callable[[], S3Client] = connect,
        in_parts: Callable[[S3Client], bool] = is_aws,
    ) -> None:
        self._bucket = bucket
        self._root = f"{valid_key(prefix)}/" if prefix else ""
        self._where = f"s3://{bucket}/{prefix}"
        self._cache = FileCache(cache)
        self._sse: Encryption = sse
        self._client = once(connect)
        self._in_parts = in_parts
        self._heeds_conditions = False

    def read(self, key: str) -> bytes:
        """The object's bytes, checked for length and, where S3 knows one, checksum."""
        return self._read(key)[0]

    def create(self, key: str, data: bytes) -> bool:
        """Write with If-None-Match; in parts if it is large, and the server can be trusted with them."""
        return self.swap(key, data, None) is not None

    def tagged(self, key: str) -> tuple[bytes, str] | None:
        """The bytes, and their ETag as tag."""
        try:
            return self._read(key)
        except BlobMissing:
            return None

    def swap(self, key: str, data: bytes, tag: str | None) -> str | None:
        """Write with If-None-Match, or with If-Match."""
        at = self._at(key)
        with self._reaching() as client:
            self._check_server(client)
            if tag is None:
                return create(client, at, data, self._sse, in_parts=self._in_parts(client))
            return replace(client, {**at, "IfMatch": tag}, data, self._sse)

    def keys(self, prefix: str) -> list[str]:
        """The objects below the prefix whose names are keys, page by page."""
        below = f"{self._root}{prefix}/" if valid_prefix(prefix) else self._root
        with self._reaching() as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=below)
            names = [each["Key"] for page in pages for each in page.get("Contents", ())]
        return sorted(key for name in names if is_key(key := name.removeprefix(self._root)))

    def delete(self, key: str) -> None:
        """Remove the object; in a bucket with versions, hide it."""
        at = self._at(key)
        with self._reaching() as client:
            client.delete_object(**at)

    def local_file(self, key: str) -> Path:
        """A copy of the object as it is now, fetched unless some process has fetched it."""
        at, patience = self._at(key), Patience()
        with self._reaching() as client, absence_is_missing(key):
            while True:
                try:
                    return self._copy(client, at)
                except ClientError as answer:  # it was replaced in between
                    if code_of(answer) not in CHANGED or not patience.is_left():
                        raise

    def _read(self, key: str) -> tuple[bytes, str]:
        at = self._at(key)
        with self._reaching() as client, absence_is_missing(key):
            return fetch(client, at, lambda body: body.read())

    def _copy(self, client: S3Client, at: Address) -> Path:
        found = facts(client, at)
        same: Version = {**at, "IfMatch": found.tag}
        name = f"{at['Bucket']}/{at['Key']} {found.tag}"
        return self._cache.file(name, found.size, lambda file: fetch(client, same, into(file)))

    def _check_server(self, client: S3Client) -> None:
        """Before the first write: refuse a server that would overwrite what others have stored."""
        if self._heeds_conditions or is_aws(client):
            return
        probe: Address = {"Bucket": self._bucket, "Key": f"{self._root}.conditions"}
        if not heeds_conditions(client, probe, self._sse):
            raise StorageUnavailable(self._where, "the server ignores If-None-Match or If-Match")
        self._heeds_conditions = True

    def _at(self, key: str) -> Address:
        return {"Bucket": self._bucket, "Key": self._root + valid_key(key)}

    @contextmanager
    def _reaching(self) -> Iterator[S3Client]:
        with reaching(self._where):
            yield self._client()
