"""Blobs on servers that speak S3."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest
from fakes.s3 import new_bucket, unreachable_store, use_s3
from unit.contracts.blob_store import BlobStoreContract, at_once

from recommender.adapters.blobs import BlobStore
from recommender.adapters.s3 import S3BlobStore
from recommender.adapters.s3.writing import PART

pytestmark = pytest.mark.enable_socket


class S3Contract(BlobStoreContract):
    @pytest.fixture
    def unreachable(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobStore:
        return unreachable_store(monkeypatch, tmp_path)


class TestOnMoto(S3Contract):
    @pytest.fixture
    def blobs(self, moto_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobStore:
        use_s3(monkeypatch, moto_url)
        return S3BlobStore(new_bucket(moto_url), "", tmp_path / "cache")


class TestOnMotoBelowAPrefix(S3Contract):
    @pytest.fixture
    def blobs(self, moto_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobStore:
        use_s3(monkeypatch, moto_url)
        return S3BlobStore(new_bucket(moto_url), "a/shop", tmp_path / "cache")


class TestOnSeaweed(S3Contract):
    @pytest.fixture
    def blobs(self, weed_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobStore:
        use_s3(monkeypatch, weed_url)
        return S3BlobStore("first", f"shop-{uuid4().hex}", tmp_path / "cache")

    def test_a_large_blob_is_created_once(self, blobs: BlobStore) -> None:
        data = b"0123456789abcdef" * (PART // 16) + b"the last part"
        assert at_once(lambda _: blobs.create("large", data)).count(True) == 1
        assert blobs.read("large") == data
        assert blobs.local_file("large").read_bytes() == data
