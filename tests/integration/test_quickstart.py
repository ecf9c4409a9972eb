"""From nothing to answers, by the commands of the README."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from fakes.blobs import FakeBlobStore
from fakes.clock import FixedClock
from fakes.progress import FakeProgress
from fakes.workers import InProcessWorkers
from integration.conftest import VISITORS, TrainedShop, run, wired
from worlds import NOW
from worlds_large import TREE, batch_of, large_log, large_properties

from recommender.adapters.models import BlobModelStore
from recommender.application.evaluate import Evaluate
from recommender.application.fit import PART, Fit
from recommender.application.promotion import Compare
from recommender.application.train import Train
from recommender.domain.events import InteractionLog
from recommender.domain.retrieval import SOURCES
from recommender.entrypoints.cli.main import main
from recommender.settings import PREFIX


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, trained_shop: TrainedShop, tmp_path: Path) -> None:
    """The trained shop; what a verb writes where it is called is not written into the repository."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", trained_shop.storage.as_uri())


@pytest.fixture
def copied_shop(monkeypatch: pytest.MonkeyPatch, trained_shop: TrainedShop, tmp_path: Path) -> Path:
    """A storage like the trained shop's that may be changed."""
    shutil.copytree(trained_shop.storage, tmp_path / "copy")
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", (tmp_path / "copy").as_uri())
    return tmp_path / "copy"


def contents(storage: Path) -> dict[Path, bytes]:
    """Every file and what is in it."""
    return {each: each.read_bytes() for each in storage.rglob("*") if each.is_file()}


def stored(storage: Path, log: InteractionLog) -> None:
    """Put a log and its catalogue into a storage."""
    container = wired(storage)
    container.catalogue().plant(TREE)
    container.catalogue().record(large_properties())
    container.events().append(batch_of(log))


def test_a_sample_says_what_it_wrote(trained_shop: TrainedShop) -> None:
    assert f"{VISITORS:,} visitors" in trained_shop.said["sample"]
    assert {each.name for each in trained_shop.files.iterdir()} >= {
        "events.csv",
        "item_properties.csv",
        "category_tree.csv",
    }


def test_an_import_says_what_became_of_every_row(trained_shop: TrainedShop) -> None:
    rows = len((trained_shop.files / "events.csv").read_text().splitlines()) - 1
    said = trained_shop.said["ingest"]
    assert f"events: {rows:,} rows, {rows:,} new, 0 already there, 0 not used, 0 refused.\n" in said
    assert re.search(r"^\d+ categories in the tree\.$", said, re.MULTILINE)


def test_training_shows_its_figures_and_what_it_published(trained_shop: TrainedShop) -> None:
    said = trained_shop.said["train"]
    version = trained_shop.container().models().current()
    assert "Goal interaction: it was asked for." in said
    assert "ROC-AUC" in said
    assert f"Published version {version}; it is current now.\n" in said


def test_the_sample_can_be_learnt_from(trained_shop: TrainedShop) -> None:
    models = trained_shop.container().models()
    card = models.card(models.versions()[-1])
    for method in ("boosted", "logistic"):
        assert card.scores[method]["ROC-AUC"] > card.scores["popularity"]["ROC-AUC"] + 0.05
        assert card.lists[method]["HR@20"] > card.lists["popular"]["HR@20"]


def test_a_second_import_changes_nothing(trained_shop: TrainedShop, copied_shop: Path) -> None:
    before = contents(copied_shop)
    said = run("ingest", *trained_shop.import_files)
    assert len(re.findall(r"rows, 0 new, ", said)) == 2
    assert contents(copied_shop) == before


@pytest.mark.usefixtures("copied_shop")
def test_the_figures_come_out_again_whatever_has_happened_since(
    trained_shop: TrainedShop, tmp_path: Path
) -> None:
    end = wired(trained_shop.storage).events().read().end
    later = tmp_path / "later.csv"
    rows = [f"{end + each},{each % 50},view,{each % 70}," for each in range(300)]
    later.write_text("\n".join(["timestamp,visitorid,event,itemid,transactionid", *rows, ""]))
    assert "300 new" in run("ingest", "--events", str(later))
    version = trained_shop.container().models().current()
    assert f"The same figures as on the card of {version}.\n" in run("evaluate", "--quick")


def test_a_log_that_has_changed_is_noticed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", tmp_path.as_uri())
    log = large_log(visits=180)
    stored(tmp_path, log)
    run("train")
    wired(tmp_path).events().append(batch_of(log.taking(slice(9, 10)), "late"))
    capsys.readouterr()
    assert main(["evaluate"]) == 1
    version = wired(tmp_path).models().current()
    assert (tmp_path / "evaluation" / "report.html").is_file()
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: The log has changed since {version} was trained; these are figures of another log."
    )


def test_figures_that_do_not_come_out_again_are_noticed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another catalogue of the same past, for example."""
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", tmp_path.as_uri())
    stored(tmp_path, large_log(visits=180))
    run("train")
    wired(tmp_path).catalogue().plant(
        {f"category-{number}": "goods" for number in range(6)} | {"goods": None}
    )
    capsys.readouterr()
    assert main(["evaluate", "--quick"]) == 1
    assert "These are not the figures on the card of" in capsys.readouterr().err.splitlines()[-1]


def test_the_number_of_processes_changes_not_one_bit_of_a_model(trained_shop: TrainedShop) -> None:
    """The shop was trained on all cores; once more in this process, elsewhere, at another time."""
    container = trained_shop.container()
    fit, trainers = Fit(InProcessWorkers(), FakeProgress(), SOURCES), container.trainers()
    models, evaluate = BlobModelStore(FakeBlobStore()), Evaluate(fit, trainers)
    events, catalogue = container.events(), container.catalogue()
    compare = Compare(models, fit)
    train = Train(events, catalogue, models, fit, evaluate, trainers, compare, FixedClock(NOW))
    alone = train("interaction", 7)
    together = container.models().versions()[-1]
    assert alone.card.judged["cases"] > PART, "one part would be done in one process"
    assert alone.version.partition("-")[2] == together.partition("-")[2]


def test_refused_rows_are_named_counted_and_kept(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", (tmp_path / "shop").as_uri())
    events = tmp_path / "events.csv"
    events.write_text(
        "timestamp,visitorid,event,itemid,transactionid\n1430000000000,1,view,2,\n1430000000,1,view,2,\n"
    )
    assert main(["ingest", "--events", str(events)]) == 0
    said = capsys.readouterr()
    assert "events: 2 rows, 1 new, 0 already there, 0 not used, 1 refused." in said.out
    assert "events.csv, line 3: " in said.err
    assert "1 rows refused: " in said.err
    assert "kept below rejects/" in said.err
    assert len(list((tmp_path / "shop/rejects").iterdir())) == 1


def test_a_shopper_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "1"]) == 0
    table = capsys.readouterr().out
    assert main(["recommend", "1", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer) == 5
    assert all(each["item_id"] in table and each["reason"] in table for each in answer)


def test_a_file_of_requests_is_answered_on_all_cores(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    source.write_text("".join(json.dumps({"id": each, "user_id": each}) + "\n" for each in range(1_200)))
    assert main(["recommend", "--input", str(source), "--output", str(target)]) == 0
    assert "1,200 answers in" in capsys.readouterr().out
    answers = [json.loads(each) for each in target.read_text().splitlines()]
    assert [each["id"] for each in answers] == list(range(1_200))
    assert all(len(each["recommendations"]) == 5 for each in answers)
