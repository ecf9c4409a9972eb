"""The list of forgotten visitors as a blob."""

from __future__ import annotations

import pytest
from fakes.blobs import FakeBlobStore
from unit.contracts.forgotten import NOW, ForgottenContract

from recommender.adapters.forgotten import BlobForgotten
from recommender.application.ports import Forgotten
from recommender.domain.errors import CorruptData

KEY = "forgotten.json"


class TestBlobForgotten(ForgottenContract):
    @pytest.fixture
    def forgotten(self) -> Forgotten:
        return BlobForgotten(FakeBlobStore())

    @pytest.fixture
    def unreachable(self) -> Forgotten:
        blobs = FakeBlobStore()
        blobs.unreachable = True
        return BlobForgotten(blobs)


def test_the_list_is_one_blob_of_ids_and_moments() -> None:
    blobs = FakeBlobStore()
    BlobForgotten(blobs).add({"bob", "ada"}, 7)
    assert blobs.keys("") == [KEY]
    assert blobs.read(KEY) == b'{"ada": 7, "bob": 7}'


def test_adding_what_is_there_writes_nothing() -> None:
    blobs = FakeBlobStore()
    BlobForgotten(blobs).add(set(), NOW)
    assert blobs.keys("") == []


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"ada": "7"}',
        b'{"ada": 7.0}',
        b'{"ada": true}',
        b'{"ada": null}',
        b'{"ada": -1}',
        b'{"ada": 9223372036854775808}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_list_is_refused_and_stays_as_it_is(damaged: bytes) -> None:
    blobs = FakeBlobStore()
    blobs.create(KEY, damaged)
    with pytest.raises(CorruptData, match=KEY):
        BlobForgotten(blobs).all()
    with pytest.raises(CorruptData, match=KEY):
        BlobForgotten(blobs).add({"bob"}, NOW)
    assert blobs.read(KEY) == damaged
