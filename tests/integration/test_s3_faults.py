"""Blobs on a server that cannot be relied on: right after another try, or an outage; nothing else."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
from fakes.s3 import new_bucket, use_s3
from fakes.s3_faults import (
    Exchange,
    Fault,
    FaultyProxy,
    alters,
    answers,
    cuts,
    forgets,
    is_slow,
    loses_the_answer,
    resets,
)
from types_boto3_s3 import S3Client
from unit.contracts.blob_store import EVERY_METHOD

from recommender.adapters.blobs import BlobMissing
from recommender.adapters.s3 import S3BlobStore, connect
from recommender.adapters.s3.writing import PART
from recommender.domain.errors import StorageUnavailable

pytestmark = pytest.mark.enable_socket

READ_SECONDS = 0.5
DATA = bytes(range(256)) * 4_000
LARGE = b"0123456789abcdef" * (PART // 16) + b"the last part"

FAULTS: dict[str, Fault] = {
    "an inner error": answers(500, "InternalError"),
    "away for a moment": answers(503, "ServiceUnavailable"),
    "a reset connection": resets,
    "a lost answer": loses_the_answer,
    "a slow answer": is_slow(2 * READ_SECONDS),
    "a cut answer": cuts,
}


@dataclass(frozen=True)
class Unreliable:
    """blobs: a store through the proxy, with "old" in it, which has the tag `tag`. direct: past the proxy."""

    proxy: FaultyProxy
    blobs: S3BlobStore
    direct: S3BlobStore
    tag: str


@pytest.fixture(scope="module")
def client(moto_url: str) -> Iterator[S3Client]:
    with pytest.MonkeyPatch.context() as patch:
        use_s3(patch, moto_url)
        with closing(connect()) as client:
            yield client


@pytest.fixture
def s3(
    client: S3Client, bucket: str, proxy: FaultyProxy, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Unreliable:
    prefix = uuid4().hex
    direct = S3BlobStore(bucket, prefix, tmp_path / "direct", connect=lambda: client)
    tag = direct.swap("old", DATA, None)
    assert tag is not None
    use_s3(monkeypatch, proxy.url)
    blobs = S3BlobStore(
        bucket,
        prefix,
        tmp_path / "cache",
        connect=lambda: connect(4, read_seconds=READ_SECONDS),
        in_parts=lambda _: True,  # as on S3: this server does one request at a time
    )
    return Unreliable(proxy, blobs, direct, tag)


RIGHT: dict[str, Callable[[Unreliable], bool]] = {
    "read": lambda s3: s3.blobs.read("old") == DATA,
    "tagged": lambda s3: s3.blobs.tagged("old") == (DATA, s3.tag),
    "create": lambda s3: s3.blobs.create("new", b"1") and s3.direct.read("new") == b"1",
    "create again": lambda s3: not s3.blobs.create("old", b"1") and s3.direct.read("old") == DATA,
    "swap new": lambda s3: s3.blobs.swap("new", b"1", None) == s3.direct.tagged("new")[1],  # type: ignore[index]
    "swap": lambda s3: s3.blobs.swap("old", b"1", s3.tag) == s3.direct.tagged("old")[1],  # type: ignore[index]
    "swap too late": lambda s3: s3.blobs.swap("old", b"1", '"0"') is None and s3.direct.read("old") == DATA,
    "keys": lambda s3: s3.blobs.keys("") == ["old"],
    "delete": lambda s3: EVERY_METHOD["delete"](s3.blobs, "old") is None and s3.direct.keys("") == [],
    "local_file": lambda s3: s3.blobs.local_file("old").read_bytes() == DATA,
}
each_call = pytest.mark.parametrize("is_right", RIGHT.values(), ids=RIGHT)


@each_call
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_fails_once_is_as_if_nothing_had_happened(
    s3: Unreliable, fault: Fault, is_right: Callable[[Unreliable], bool]
) -> None:
    s3.proxy.goes_wrong(fault)
    assert is_right(s3)
    assert len(s3.proxy.asked) > 1


@pytest.mark.parametrize("call", ["read", "create"])
def test_who_is_told_to_slow_down_does_so(s3: Unreliable, call: str) -> None:
    s3.proxy.goes_wrong(answers(503, "SlowDown"))
    assert RIGHT[call](s3)


@pytest.mark.parametrize("call", ["read", "tagged", "local_file"])
def test_altered_bytes_are_not_believed(s3: Unreliable, call: str) -> None:
    s3.proxy.goes_wrong(alters)
    assert RIGHT[call](s3)


@pytest.mark.parametrize("call", ["read", "tagged", "local_file"])
@pytest.mark.parametrize("fault", [cuts, alters])
def test_bytes_that_never_come_whole_are_an_outage(s3: Unreliable, fault: Fault, call: str) -> None:
    s3.proxy.goes_wrong(fault, always=True)
    with pytest.raises(StorageUnavailable, match="cannot be reached, or breaks off"):
        EVERY_METHOD[call](s3.blobs, "old")


@pytest.mark.parametrize("method", EVERY_METHOD.values(), ids=EVERY_METHOD)
@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (answers(500, "InternalError"), "an outage, or too many requests"),
        (resets, "cannot be reached, or breaks off"),
        (answers(403, "AccessDenied"), "no permission"),
        (answers(501, "NotImplemented"), "lacks something that is needed, such as conditional writes"),
        (answers(400, "Odd"), "is answered 400"),
    ],
    ids=["an outage", "no connection", "no permission", "not able to", "odd"],
)
def test_what_always_fails_is_an_outage_that_says_why(
    s3: Unreliable, method: Callable[[S3BlobStore, str], object], fault: Fault, why: str
) -> None:
    s3.proxy.goes_wrong(fault, always=True)
    with pytest.raises(StorageUnavailable, match=why) as outage:
        method(s3.blobs, "absent")
    assert outage.value.__cause__ is not None


def test_large_blobs_go_in_parts_and_come_back_whole(s3: Unreliable) -> None:
    s3.proxy.goes_wrong(resets, only="nothing")
    assert s3.blobs.create("large", LARGE)
    assert not s3.blobs.create("large", LARGE)
    assert len([each for each in s3.proxy.asked if "partNumber=" in each]) == 4
    assert s3.blobs.read("large") == LARGE
    assert s3.blobs.local_file("large").read_bytes() == LARGE


@pytest.mark.parametrize("fault", [resets, loses_the_answer, cuts])
def test_of_a_large_blob_everything_may_fail_once(s3: Unreliable, fault: Fault) -> None:
    s3.proxy.goes_wrong(fault)
    assert s3.blobs.create("large", LARGE)
    assert s3.blobs.local_file("large").read_bytes() == LARGE


def test_of_a_large_blob_that_cannot_be_stored_nothing_remains(s3: Unreliable, moto_url: str) -> None:
    bucket = new_bucket(moto_url)
    blobs = S3BlobStore(bucket, "", Path("unused"), in_parts=lambda _: True)
    s3.proxy.goes_wrong(answers(500, "InternalError"), always=True, only="partNumber=2")
    with pytest.raises(StorageUnavailable):
        blobs.create("large", LARGE)
    assert blobs.keys("") == []
    assert "Uploads" not in connect().list_multipart_uploads(Bucket=bucket)


def test_a_large_blob_is_created_again_after_a_collision(s3: Unreliable) -> None:
    s3.proxy.goes_wrong(answers(409, "ConditionalRequestConflict"), only="POST")
    assert s3.blobs.create("large", LARGE)
    assert s3.direct.read("large") == LARGE


@pytest.mark.parametrize("call", ["create", "create again", "swap new", "swap", "swap too late"])
def test_after_a_collision_it_is_tried_again(s3: Unreliable, call: str) -> None:
    s3.proxy.goes_wrong(answers(409, "ConditionalRequestConflict"), only="PUT")
    assert RIGHT[call](s3)


def test_collisions_without_end_are_an_outage(s3: Unreliable) -> None:
    s3.proxy.goes_wrong(answers(409, "ConditionalRequestConflict"), always=True, only="PUT")
    with pytest.raises(StorageUnavailable, match="ConditionalRequestConflict"):
        s3.blobs.create("new", b"1")


@pytest.mark.parametrize("header", ["If-None-Match", "If-Match"])
@pytest.mark.parametrize("call", ["create", "swap new", "swap"])
def test_to_a_server_that_knows_no_conditions_nothing_is_written(
    s3: Unreliable, header: str, call: str
) -> None:
    s3.proxy.goes_wrong(forgets(header), always=True)
    with pytest.raises(StorageUnavailable, match="ignores If-None-Match or If-Match"):
        RIGHT[call](s3)
    assert s3.direct.keys("") == ["old"]
    assert s3.direct.read("old") == DATA


def test_who_stores_the_same_bytes_later_is_not_the_one_who_stored_them(s3: Unreliable) -> None:
    s3.proxy.goes_wrong(loses_the_answer)
    assert not s3.blobs.create("old", DATA)
    assert s3.blobs.swap("old", DATA, None) is None


def test_whose_write_was_overwritten_before_its_answer_came_was_not_the_last(s3: Unreliable) -> None:
    def loses_the_answer_to_a_rival(exchange: Exchange) -> None:
        loses_the_answer(exchange)
        current = s3.direct.tagged("old")
        assert current is not None
        s3.direct.swap("old", b"the rival's", current[1])

    s3.proxy.goes_wrong(loses_the_answer_to_a_rival, only="PUT")
    assert s3.blobs.swap("old", b"ours", s3.tag) is None
    assert s3.direct.read("old") == b"the rival's"


def test_a_blob_that_is_replaced_while_it_is_fetched_is_fetched_as_it_is_now(s3: Unreliable) -> None:
    def answers_after_a_swap(exchange: Exchange) -> None:
        s3.direct.swap("old", b"new", s3.tag)
        loses_the_answer(exchange)

    s3.proxy.goes_wrong(answers_after_a_swap, only="GET")
    assert s3.blobs.local_file("old").read_bytes() == b"new"


def test_what_is_no_answer_of_s3_is_an_outage(s3: Unreliable) -> None:
    def is_a_web_page(exchange: Exchange) -> None:
        answers(200, "<br>")(exchange)

    s3.proxy.goes_wrong(is_a_web_page, always=True)
    with pytest.raises(StorageUnavailable):
        s3.blobs.keys("")


@pytest.mark.parametrize("method", EVERY_METHOD.values(), ids=EVERY_METHOD)
def test_a_missing_bucket_is_not_a_missing_blob(
    moto_url: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    method: Callable[[S3BlobStore, str], object],
) -> None:
    use_s3(monkeypatch, moto_url)
    with pytest.raises(StorageUnavailable, match="there is no such bucket"):
        method(S3BlobStore("no-such-bucket", "shop", tmp_path), "a")


def test_absence_is_not_an_outage(s3: Unreliable) -> None:
    s3.proxy.goes_wrong(answers(500, "InternalError"))
    with pytest.raises(BlobMissing):
        s3.blobs.read("absent")
    with pytest.raises(BlobMissing):
        s3.blobs.local_file("absent")
    assert s3.blobs.tagged("absent") is None


def test_without_credentials_it_is_said_that_there_are_none(
    moto_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use_s3(monkeypatch, moto_url)
    for name in [name for name in os.environ if name.startswith("AWS_") and "KEY" in name]:
        monkeypatch.delenv(name)
    with pytest.raises(StorageUnavailable, match=r"s3://bucket/shop .*: there are no AWS credentials to use"):
        S3BlobStore("bucket", "shop", tmp_path).keys("")


def test_credentials_that_are_not_accepted_are_told_from_a_lack_of_permission(s3: Unreliable) -> None:
    s3.proxy.goes_wrong(answers(403, "InvalidAccessKeyId"), always=True)
    with pytest.raises(StorageUnavailable, match="credentials are not accepted"):
        s3.blobs.read("old")
