"""The list of forgotten visitors on a real disk."""

from __future__ import annotations

from pathlib import Path

import pytest
from unit.contracts.forgotten import ForgottenContract

from recommender.adapters.forgotten import BlobForgotten
from recommender.adapters.local import LocalBlobStore
from recommender.application.ports import Forgotten


class TestLocalForgotten(ForgottenContract):
    @pytest.fixture
    def forgotten(self, tmp_path: Path) -> Forgotten:
        return BlobForgotten(LocalBlobStore(tmp_path / "shop"))

    @pytest.fixture
    def unreachable(self, tmp_path: Path) -> Forgotten:
        (tmp_path / "file").touch()
        return BlobForgotten(LocalBlobStore(tmp_path / "file"))
