"""Objects and what is known of them. What S3 and botocore raise passes through."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, TypedDict, TypeVar

from botocore.exceptions import (
    ClientError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
)
from botocore.response import StreamingBody

from recommender.adapters.s3.errors import code_of
from recommender.adapters.s3.patience import Patience

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import GetObjectOutputTypeDef, HeadObjectOutputTypeDef

Received = TypeVar("Received")

PIECE = 1 << 20
"""Bytes of a large object that are in memory at once."""

WRITER = "writer"
"""The metadata that names the call that wrote an object."""

_BROKEN = (HTTPClientError, IncompleteReadError, FlexibleChecksumError)


class Address(TypedDict):
    """Where an object is."""

    Bucket: str
    Key: str


class Version(Address):
    """One state of an object: that with the tag IfMatch."""

    IfMatch: str


@dataclass(frozen=True)
class Facts:
    """What S3 says of an object. tag: its ETag. size: in bytes. writer: "" if other means stored it."""

    tag: str
    size: int
    writer: str


def facts(client: S3Client, at: Address) -> Facts:
    """What is known of an object; raises NoSuchKey or NoSuchBucket.

    The 404 of HEAD does not say which of them is missing, so then GET is asked.
    """
    try:
        return _facts(client.head_object(**at))
    except ClientError as answer:
        if code_of(answer) != "404":
            raise
    found = client.get_object(**at)
    found["Body"].close()
    return _facts(found)


def fetch(
    client: S3Client, at: Address | Version, receive: Callable[[StreamingBody], Received]
) -> tuple[Received, str]:
    """What `receive` makes of the object's bytes, and its tag.

    botocore compares length and checksum as the last byte is read. A body that breaks off, stalls or is
    altered on its way is asked for again from its beginning.
    """
    patience = Patience()
    while True:
        answer = client.get_object(**at)
        with closing(answer["Body"]) as body:
            try:
                return receive(body), answer["ETag"]
            except _BROKEN:
                if not patience.is_left():
                    raise


def into(file: BinaryIO) -> Callable[[StreamingBody], None]:
    """Receive a body in an empty file, a piece at a time."""

    def receive(body: StreamingBody) -> None:
        file.seek(0)
        file.truncate()
        while piece := body.read(PIECE):
            file.write(piece)

    return receive


def _facts(answer: HeadObjectOutputTypeDef | GetObjectOutputTypeDef) -> Facts:
    return Facts(answer["ETag"], answer["ContentLength"], answer["Metadata"].get(WRITER, ""))
