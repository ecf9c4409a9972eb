"""Writes under a condition, of which S3 lets one succeed. What S3 and botocore raise passes through.

The answer to a write that succeeded can be lost; whoever repeats it (botocore, or a proxy on the way) is then
told that the condition no longer holds, as if somebody else had been first. So each write carries a random
name in its metadata, and after a refusal the object is asked whose it is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Literal, NotRequired, TypedDict
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from recommender.adapters.s3.errors import ABSENT, CHANGED, code_of
from recommender.adapters.s3.patience import Patience
from recommender.adapters.s3.reading import WRITER, Address, Version, facts

if TYPE_CHECKING:
    from types_boto3_s3 import S3Client
    from types_boto3_s3.type_defs import CompletedPartTypeDef

Encryption = Literal["", "AES256", "aws:kms"]
"""What to ask S3 to encrypt with; "" leaves it to the bucket."""

PART = 16 << 20
"""Bytes. What is larger is sent in parts of this size, so that a broken connection costs one part."""

_COLLISIONS = ("ConditionalRequestConflict", "OperationAborted", "409")
_REFUSALS = (*CHANGED, ABSENT)
_GONE = "NoSuchUpload"


class Marks(TypedDict):
    """What is stored beside the bytes."""

    Metadata: dict[str, str]
    ServerSideEncryption: NotRequired[Literal["AES256", "aws:kms"]]


def create(
    client: S3Client, at: Address, data: bytes, sse: Encryption, *, in_parts: bool = False
) -> str | None:
    """Store a new object and return its tag; None if there is one. in_parts: if it is large."""

    def send(marks: Marks) -> str:
        if in_parts and len(data) > PART:
            return _upload(client, at, data, marks)
        return client.put_object(**at, **marks, Body=data, IfNoneMatch="*")["ETag"]

    return _written(client, at, sse, send)


def replace(client: S3Client, at: Version, data: bytes, sse: Encryption) -> str | None:
    """Replace the object if it is in the state asked for, and return the new tag; None if there is none.

    In one piece whatever its size: not every server heeds If-Match when parts are put together.
    """
    return _written(client, at, sse, lambda marks: client.put_object(**at, **marks, Body=data)["ETag"])


def heeds_conditions(client: S3Client, at: Address, sse: Encryption) -> bool:
    """Whether the server refuses writes whose condition does not hold, tried on an object of its own."""
    is_there = create(client, at, b"", sse) is None or create(client, at, b"", sse) is None
    return is_there and replace(client, {**at, "IfMatch": '"of no object"'}, b"", sse) is None


def _written(
    client: S3Client, at: Address | Version, sse: Encryption, send: Callable[[Marks], str]
) -> str | None:
    """The tag, if what was sent is what is stored now; None if another was first."""
    writer, patience = uuid4().hex, Patience()
    while True:
        try:
            return send(_marks(writer, sse))
        except ClientError as refusal:
            code = code_of(refusal)
            if code in (*_REFUSALS, _GONE):
                tag = _own(client, at, writer)
                if tag is None and code == _GONE:
                    raise
                return tag
            if code not in _COLLISIONS or not patience.is_left():
                raise


def _marks(writer: str, sse: Encryption) -> Marks:
    marks: Marks = {"Metadata": {WRITER: writer}}
    if sse:
        marks["ServerSideEncryption"] = sse
    return marks


def _own(client: S3Client, at: Address | Version, writer: str) -> str | None:
    """The tag of the stored object if it is this writer's; raises what is raised for a missing bucket."""
    try:
        found = facts(client, {"Bucket": at["Bucket"], "Key": at["Key"]})
    except ClientError as answer:
        if code_of(answer) != ABSENT:
            raise
        return None
    return found.tag if found.writer == writer else None


def _upload(client: S3Client, at: Address, data: bytes, marks: Marks) -> str:
    """Send parts and let S3 put them together if there is no object yet; on failure nothing remains."""
    upload = client.create_multipart_upload(**at, **marks, ChecksumAlgorithm="CRC32")["UploadId"]
    try:
        starts = range(0, len(data), PART)
        parts = [_part(client, at, upload, number, data) for number in range(1, len(starts) + 1)]
        return client.complete_multipart_upload(
            **at, UploadId=upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*"
        )["ETag"]
    except BaseException:
        with suppress(ClientError, BotoCoreError):
            client.abort_multipart_upload(**at, UploadId=upload)
        raise


def _part(client: S3Client, at: Address, upload: str, number: int, data: bytes) -> CompletedPartTypeDef:
    """Send the part of this number, counted from one."""
    piece = data[(number - 1) * PART : number * PART]
    sent = client.upload_part(**at, UploadId=upload, PartNumber=number, Body=piece, ChecksumAlgorithm="CRC32")
    return {"PartNumber": number, "ETag": sent["ETag"], "ChecksumCRC32": sent["ChecksumCRC32"]}
