"""What every test folder shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.register_assert_rewrite("fakes", "unit.contracts", "worlds")

REAL_DATA = Path(os.environ.get("RECOMMENDER_REALDATA", Path(__file__).parents[2] / "shared/data"))


@pytest.fixture(scope="session")
def realdata() -> Path:
    """RetailRocket's data, which the repository may not contain: set RECOMMENDER_REALDATA to its folder."""
    folder = REAL_DATA / "retailrocket"
    if not folder.is_dir():
        pytest.skip(f"RetailRocket's data is not at {folder}")
    return folder
