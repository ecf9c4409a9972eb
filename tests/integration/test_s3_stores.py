"""Events, catalogue and models in a bucket, and live events: what is written above the blobs holds there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest
from fakes.clock import FixedClock
from fakes.events import MIDNIGHT
from fakes.forgotten import FakeForgotten
from fakes.s3 import unreachable_store, use_s3
from unit.contracts.catalogue import CatalogueContract
from unit.contracts.event_store import EventStoreContract
from unit.contracts.forgotten import ForgottenContract
from unit.contracts.journal import JournalContract
from unit.contracts.model_store import MODEL, ModelStoreContract, answers, publish

from recommender.adapters.forgotten import BlobForgotten
from recommender.adapters.journal import BlobJournal
from recommender.adapters.models import BlobModelStore
from recommender.adapters.parquet import ParquetCatalogue, ParquetEventStore
from recommender.adapters.s3 import S3BlobStore, connect
from recommender.application.ports import Catalogue, EventStore, Forgotten, Journal
from recommender.domain.events import DAY

pytestmark = pytest.mark.enable_socket


@pytest.fixture
def new_blobs(
    moto_url: str, bucket: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Callable[[], S3BlobStore]:
    """Empty stores, as many as are asked for."""
    use_s3(monkeypatch, moto_url)
    client = connect()
    return lambda: S3BlobStore(bucket, uuid4().hex, tmp_path / "cache", connect=lambda: client)


class TestEventsInS3(EventStoreContract):
    @pytest.fixture
    def new_store(self, new_blobs: Callable[[], S3BlobStore]) -> Callable[[Forgotten], EventStore]:
        return lambda forgotten: ParquetEventStore(new_blobs(), forgotten)

    @pytest.fixture
    def unreachable(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> EventStore:
        return ParquetEventStore(unreachable_store(monkeypatch, tmp_path), FakeForgotten())


class TestJournalInS3(JournalContract):
    @pytest.fixture
    def blobs(self, new_blobs: Callable[[], S3BlobStore]) -> S3BlobStore:
        return new_blobs()

    @pytest.fixture
    def log(self, blobs: S3BlobStore) -> EventStore:
        return ParquetEventStore(blobs, FakeForgotten())

    @pytest.fixture
    def journal(self, blobs: S3BlobStore) -> Journal:
        return BlobJournal(blobs, FixedClock(MIDNIGHT + DAY), "0123abcd", most_parts=2)

    @pytest.fixture
    def unreachable(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Journal:
        return BlobJournal(unreachable_store(monkeypatch, tmp_path), FixedClock(MIDNIGHT), "0123abcd")


class TestForgottenInS3(ForgottenContract):
    @pytest.fixture
    def forgotten(self, new_blobs: Callable[[], S3BlobStore]) -> Forgotten:
        return BlobForgotten(new_blobs())

    @pytest.fixture
    def unreachable(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Forgotten:
        return BlobForgotten(unreachable_store(monkeypatch, tmp_path))


class TestCatalogueInS3(CatalogueContract):
    @pytest.fixture
    def new_catalogue(self, new_blobs: Callable[[], S3BlobStore]) -> Callable[[], Catalogue]:
        return lambda: ParquetCatalogue(new_blobs())

    @pytest.fixture
    def unreachable(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Catalogue:
        return ParquetCatalogue(unreachable_store(monkeypatch, tmp_path))


class TestModelsInS3(ModelStoreContract):
    @pytest.fixture
    def store(self, new_blobs: Callable[[], S3BlobStore]) -> BlobModelStore:
        return BlobModelStore(new_blobs())

    def test_arrays_are_mapped_from_the_copies(self, store: BlobModelStore) -> None:
        index = store.load(publish(store)).index
        assert isinstance(index.statistics.table.base, np.memmap)

    def test_a_loaded_model_answers_after_its_copies_are_gone(
        self, store: BlobModelStore, tmp_path: Path
    ) -> None:
        loaded = store.load(publish(store))
        for copy in (tmp_path / "cache").iterdir():
            copy.unlink()
        assert answers(loaded) == answers(MODEL)
