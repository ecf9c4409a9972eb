"""What every test folder shares."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# Few examples a run, so that the unit tests take seconds; they differ from run to run.
settings.register_profile("quick", max_examples=25, deadline=None)
settings.register_profile("thorough", max_examples=500, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))

pytest.register_assert_rewrite("fakes", "unit.contracts", "worlds")

REAL_DATA = Path(os.environ.get("RECOMMENDER_REALDATA", Path(__file__).parents[2] / "shared/data"))


@pytest.fixture(scope="session")
def realdata() -> Path:
    """RetailRocket's data, which the repository may not contain: set RECOMMENDER_REALDATA to its folder."""
    folder = REAL_DATA / "retailrocket"
    if not folder.is_dir():
        pytest.skip(f"RetailRocket's data is not at {folder}")
    return folder
