"""On RetailRocket's data: everything is read, once, and what is learnt beats what is popular."""

from __future__ import annotations

from pathlib import Path

import pytest
from integration.conftest import wired

from recommender.application.ingest import IngestSummary
from recommender.domain.evaluation import Evaluation
from recommender.domain.targets import INTERACTION, PURCHASE, Target

pytestmark = pytest.mark.realdata

SESSION_VIEWS = 685_984


def ingested(storage: Path, folder: Path) -> IngestSummary:
    return wired(storage).ingest()(
        [folder / "events.csv.gz"],
        [folder / "item_properties.csv.gz"],
        folder / "category_tree.csv",
        lambda _file, _share: None,
    )


def evaluated(storage: Path, target: Target) -> Evaluation:
    container = wired(storage)
    log, catalogue = container.events().read(), container.catalogue().history()
    return container.evaluate()(log, catalogue, target, 7)[0]


@pytest.fixture(scope="module")
def sessions(realdata: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A storage with the sessions."""
    storage = tmp_path_factory.mktemp("sessions")
    summary = ingested(storage, realdata / "sessions")
    assert (summary.events.rows, summary.events.new) == (SESSION_VIEWS, SESSION_VIEWS)
    assert summary.events.rejected == summary.properties.rejected == 0
    return storage


def test_importing_again_changes_nothing(realdata: Path, sessions: Path) -> None:
    again = ingested(sessions, realdata / "sessions")
    assert (again.events.new, again.events.known) == (0, SESSION_VIEWS)
    assert again.properties.new == 0
    assert len(wired(sessions).events().read()) == SESSION_VIEWS


def test_next_items_are_found(sessions: Path) -> None:
    lists = evaluated(sessions, INTERACTION).lists
    assert lists["popular_in_category"]["HR@20"] >= 0.20
    assert lists["popular_in_category ranked"]["MRR@20"] > lists["popular_in_category"]["MRR@20"]


def test_purchases_are_found(realdata: Path, tmp_path: Path) -> None:
    ingested(tmp_path, realdata / "buyers")
    found = evaluated(tmp_path, PURCHASE)
    assert found.scores["logistic"]["ROC-AUC"] > found.scores["popularity"]["ROC-AUC"]
    assert found.scores["logistic"]["average precision"] > found.judged["base rate"]


def test_the_whole_catalogue_can_be_read(realdata: Path, tmp_path: Path) -> None:
    container = wired(tmp_path)
    container.ingest()(
        [],
        [realdata / "catalogue/item_properties.csv.gz"],
        realdata / "catalogue/category_tree.csv",
        lambda _file, _share: None,
    )
    history = container.catalogue().history()
    assert len(history.items) == 417_053
    assert len(history.tree) >= 1_669
