"""The fakes of the stores keep the same laws as the stores."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fakes.blobs import FakeBlobStore
from fakes.catalogue import FakeCatalogue
from fakes.events import FakeEventStore
from fakes.forgotten import FakeForgotten
from unit.contracts.blob_store import BlobStoreContract
from unit.contracts.catalogue import CatalogueContract
from unit.contracts.event_store import EventStoreContract
from unit.contracts.forgotten import ForgottenContract

from recommender.adapters.blobs import BlobStore
from recommender.application.ports import Catalogue, EventStore, Forgotten
from recommender.domain.errors import StorageUnavailable


class TestFakeBlobStore(BlobStoreContract):
    @pytest.fixture
    def blobs(self) -> BlobStore:
        return FakeBlobStore()

    @pytest.fixture
    def unreachable(self) -> BlobStore:
        blobs = FakeBlobStore()
        blobs.unreachable = True
        return blobs

    def test_it_can_be_full(self) -> None:
        blobs = FakeBlobStore()
        blobs.room = 1
        blobs.create("a", b"")
        with pytest.raises(StorageUnavailable):
            blobs.create("b", b"")
        assert not blobs.create("a", b"")


class TestFakeEventStore(EventStoreContract):
    @pytest.fixture
    def new_store(self) -> Callable[[Forgotten], EventStore]:
        return FakeEventStore

    @pytest.fixture
    def unreachable(self) -> EventStore:
        store = FakeEventStore()
        store.unreachable = True
        return store


class TestFakeCatalogue(CatalogueContract):
    @pytest.fixture
    def new_catalogue(self) -> Callable[[], Catalogue]:
        return FakeCatalogue

    @pytest.fixture
    def unreachable(self) -> Catalogue:
        catalogue = FakeCatalogue()
        catalogue.unreachable = True
        return catalogue


class TestFakeForgotten(ForgottenContract):
    @pytest.fixture
    def forgotten(self) -> Forgotten:
        return FakeForgotten()

    @pytest.fixture
    def unreachable(self) -> Forgotten:
        forgotten = FakeForgotten()
        forgotten.unreachable = True
        return forgotten
