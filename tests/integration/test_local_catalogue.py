"""The catalogue as Parquet on a real disk."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from fakes.blobs import FakeBlobStore
from fakes.catalogue import FakeCatalogue, batch_of, known_at
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.catalogue import NOW, A, B, CatalogueContract, batches, few_settings

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.parquet import ParquetCatalogue
from recommender.application.ports import Catalogue
from recommender.domain.catalogue import PropertyBatch
from recommender.domain.errors import CorruptData, StorageUnavailable


class TestParquetCatalogue(CatalogueContract):
    @pytest.fixture
    def new_catalogue(self, tmp_path: Path) -> Callable[[], Catalogue]:
        number = count()
        return lambda: ParquetCatalogue(LocalBlobStore(tmp_path / str(next(number))))

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Catalogue:
        (tmp_path / "file").touch()
        return ParquetCatalogue(LocalBlobStore(tmp_path / "file"))

    @few_settings
    @given(given=st.lists(batches, max_size=5))
    def test_it_answers_as_the_fake_does(
        self, given: list[PropertyBatch], new_catalogue: Callable[[], Catalogue]
    ) -> None:
        real, fake = new_catalogue(), FakeCatalogue()
        assert [real.record(batch) for batch in given] == [fake.record(batch) for batch in given]
        for moment in range(NOW - 1, NOW + 4):
            assert known_at(real.history(), moment) == known_at(fake.history(), moment)


def test_a_recorded_batch_is_one_blob(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    catalogue = ParquetCatalogue(blobs)
    for batch in (batch_of(A, B), batch_of(B), batch_of(A, B)):
        catalogue.record(batch)
    assert [key[:28] for key in blobs.keys("catalogue")] == [
        "catalogue/properties/000000-",
        "catalogue/properties/000001-",
    ]


def test_after_an_interruption_the_same_record_completes_the_batch() -> None:
    blobs = FakeBlobStore()
    catalogue = ParquetCatalogue(blobs)
    blobs.room = 0
    with pytest.raises(StorageUnavailable):
        catalogue.record(batch_of(A, B))
    assert known_at(catalogue.history(), NOW) == {}
    blobs.room = 1
    assert catalogue.record(batch_of(A, B)) == 2


def test_a_truncated_batch_is_refused_and_named(tmp_path: Path) -> None:
    blobs = LocalBlobStore(tmp_path)
    catalogue = ParquetCatalogue(blobs)
    catalogue.record(batch_of(A))
    (key,) = blobs.keys("catalogue")
    (tmp_path / key).write_bytes(blobs.read(key)[:50])
    with pytest.raises(CorruptData, match=key):
        catalogue.history()


def test_a_truncated_tree_is_refused_and_named(tmp_path: Path) -> None:
    catalogue = ParquetCatalogue(LocalBlobStore(tmp_path))
    catalogue.plant({"a": None})
    (tmp_path / "catalogue" / "tree.json").write_bytes(b'{"a": ')
    with pytest.raises(CorruptData, match=r"catalogue/tree\.json"):
        catalogue.history()
