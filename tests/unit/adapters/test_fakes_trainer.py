"""The fake trainer keeps the same laws as the trainers."""

from __future__ import annotations

import pytest
from fakes.trainer import FakeTrainer
from unit.contracts.trainer import TrainerContract

from recommender.application.ports import Trainer


class TestFakeTrainer(TrainerContract):
    @pytest.fixture
    def trainer(self) -> Trainer:
        return FakeTrainer()
