"""On RetailRocket's data: everything is read, once, and what is learnt beats what is popular.

All figures of what is served to the sessions take minutes: `make evaluate` computes them.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np
import pytest
from integration.conftest import wired

from recommender.application.fit import parted
from recommender.application.ingest import IngestSummary
from recommender.application.methods import CATEGORY
from recommender.domain.evaluation import POPULARITY, Evaluation, Method, Tally, judge
from recommender.domain.replay import Replay
from recommender.domain.splitting import newest_stretch
from recommender.domain.targets import INTERACTION, PURCHASE

pytestmark = pytest.mark.realdata

SESSION_VIEWS = 685_984


def ingested(storage: Path, folder: Path) -> IngestSummary:
    return wired(storage).ingest()(
        [folder / "events.csv.gz"],
        [folder / "item_properties.csv.gz"],
        folder / "category_tree.csv",
        lambda _file, _share: None,
    )


def sources_alone(storage: Path) -> Evaluation:
    """How good each source is on every case of the newest week, by itself: no ranker has to be fitted."""
    container = wired(storage)
    log, catalogue = container.events().read(), container.catalogue().history()
    stretch = newest_stretch(log.start, log.end, [INTERACTION])
    index = container.fit().index(log.until(stretch.start), catalogue)
    replay = Replay.of(index, log, stretch.stop, INTERACTION)
    methods = [Method.alone(index, number) for number in range(len(index.sources))]
    tally, parts = Tally(), parted(np.arange(len(replay)))
    for each in container.workers().map(partial(judge, index, methods, replay), parts):
        tally.merge(each)
    return Evaluation.of(index, tally)


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
    found = sources_alone(sessions)
    assert found.judged["cases with an answer"] >= 23_000
    assert found.lists["popular_in_category"]["HR@20"] >= 0.20
    assert found.lists["own_items"]["HR@20"] >= 0.35
    assert found.lists["co_visitation"]["new HR@20"] >= 0.36
    assert found.lists["session_neighbours"]["HR@20"] >= 0.565
    assert found.lists["session_neighbours"]["MRR@20"] >= 0.30


def test_purchases_are_found(realdata: Path, tmp_path: Path) -> None:
    ingested(tmp_path, realdata / "buyers")
    container = wired(tmp_path)
    log, catalogue = container.events().read(), container.catalogue().history()
    found = container.evaluate()(log, catalogue, (PURCHASE,), 7).evaluation
    for method in ("boosted", "logistic"):
        assert found.scores[method]["ROC-AUC"] > found.scores[CATEGORY]["ROC-AUC"]
        assert found.scores[method]["ROC-AUC"] > found.scores[POPULARITY]["ROC-AUC"]
        assert found.scores[method]["average precision"] > 5 * found.judged["base rate"]


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
