"""What botocore raises, said once in the words of this project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    PartialCredentialsError,
)
from botocore.parsers import ResponseParserError

from recommender.adapters.blobs import BlobMissing
from recommender.domain.errors import StorageUnavailable

ABSENT = "NoSuchKey"
"""The code for an absent object. HEAD has none but the status 404, which a missing bucket gives, too."""

CHANGED = ("PreconditionFailed", "412")
"""The codes for a condition that does not hold; the second if the answer's body did not come through."""

_NO_CREDENTIALS = (NoCredentialsError, PartialCredentialsError, CredentialRetrievalError)
_BAD_CREDENTIALS = ("InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken", "InvalidToken")


@contextmanager
def reaching(where: str) -> Iterator[None]:
    """Say of what is not handled inside that the storage cannot be used, and why.

    where: the storage as its users know it.
    """
    try:
        yield
    except ClientError as answer:
        raise StorageUnavailable(where, _refusal(answer)) from answer
    except _NO_CREDENTIALS as lack:
        raise StorageUnavailable(where, f"there are no AWS credentials to use: {lack}") from lack
    except (BotoCoreError, ResponseParserError) as outage:
        raise StorageUnavailable(where, f"it cannot be reached, or breaks off: {outage}") from outage


@contextmanager
def absence_is_missing(key: str) -> Iterator[None]:
    """Say of an absent object that the blob is missing."""
    try:
        yield
    except ClientError as answer:
        if code_of(answer) != ABSENT:
            raise
        raise BlobMissing(key) from answer


def code_of(answer: ClientError) -> str:
    """S3's word for what went wrong; for an answer without a body, its status."""
    return answer.response["Error"].get("Code", "")


def _refusal(answer: ClientError) -> str:
    """A sentence that tells a missing bucket, a lack of permission and an outage apart."""
    code, status = code_of(answer), answer.response["ResponseMetadata"]["HTTPStatusCode"]
    match code, status:
        case "NoSuchBucket", _:
            why = "there is no such bucket"
        case code, _ if code in _BAD_CREDENTIALS:
            why = "the AWS credentials are not accepted"
        case _, 403:
            why = "no permission; without s3:ListBucket an absent object gives this answer, too"
        case _, 501:
            why = "the server lacks something that is needed, such as conditional writes"
        case _, 429 | 500 | 502 | 503 | 504:
            why = "an outage, or too many requests, also when it is asked again"
        case _, status if 300 <= status < 400:  # noqa: PLR2004 - the redirections of HTTP
            why = "the bucket is in another region or at another endpoint"
        case _:
            why = answer.response["Error"].get("Message", "")
    return f"{why} ({answer.operation_name} is answered {status} {code})"
