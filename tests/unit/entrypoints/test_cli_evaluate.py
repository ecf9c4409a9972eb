from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from fakes.catalogue import FakeCatalogue
from fakes.events import FakeEventStore
from fakes.models import FakeModelStore
from fakes.progress import FakeProgress
from fakes.trainer import FakeTrainer
from fakes.workers import InProcessWorkers
from worlds_large import TREE, batch_of, large_log, large_properties

from recommender.application.methods import Trainers
from recommender.application.report import EvaluationReport
from recommender.container import Container
from recommender.domain.errors import NoModelPublished, StorageUnavailable
from recommender.entrypoints.cli.main import parser
from recommender.settings import Settings

LOG = large_log(visits=180)


class FakeReports:
    """Keeps the reports; `full`: nothing can be kept."""

    def __init__(self, *, full: bool = False) -> None:
        self.kept: dict[Path, EvaluationReport] = {}
        self._full = full

    def ready(self, folder: Path) -> None:
        if self._full:
            raise StorageUnavailable(str(folder), "No space left on device")

    def write(self, report: EvaluationReport, folder: Path) -> Path:
        self.ready(folder)
        self.kept[folder] = report
        return folder / "page"


@pytest.fixture
def reports() -> FakeReports:
    return FakeReports()


@pytest.fixture
def container(tmp_path: Path, reports: FakeReports) -> Iterator[Container]:
    """Everything in memory, with a log and no model."""
    events, catalogue = FakeEventStore(), FakeCatalogue()
    events.append(batch_of(LOG))
    catalogue.plant(TREE)
    catalogue.record(large_properties())
    one = Container(settings=Settings(storage_url=tmp_path.as_uri()), progress=FakeProgress())
    instead: dict[providers.Provider[Any], object] = {
        one.events: events,
        one.catalogue: catalogue,
        one.models: FakeModelStore(),
        one.trainers: Trainers(FakeTrainer(), FakeTrainer()),
        one.workers: InProcessWorkers(),
        one.reports: reports,
    }
    with ExitStack() as overrides:
        for provider, fake in instead.items():
            overrides.enter_context(provider.override(providers.Object(fake)))
        yield one


def evaluated(container: Container, *arguments: str) -> int:
    asked = parser().parse_args(["evaluate", *arguments])
    return int(asked.run(asked, container))


def trained(container: Container) -> str:
    return container.train()("interaction", 1).version


def test_the_current_version_is_reported_thoroughly_into_the_folder_evaluation(
    container: Container, reports: FakeReports, capsys: pytest.CaptureFixture[str]
) -> None:
    version = trained(container)
    assert evaluated(container) == 0
    [(folder, report)] = reports.kept.items()
    assert (folder, report.version) == (Path("evaluation"), version)
    assert any(each.name.startswith("without ") for each in report.reproduced.judged.methods)
    assert report.reproduced.judged.unfiltered
    said = capsys.readouterr().out
    assert "The report with plots and intervals is evaluation/page.\n" in said
    assert f"The same figures as on the card of {version}.\n" in said


def test_quick_is_a_report_without_ablations_and_unfiltered_figures(
    container: Container, reports: FakeReports, tmp_path: Path
) -> None:
    version = trained(container)
    assert evaluated(container, "--quick", "--model", version, "--out", str(tmp_path / "of it")) == 0
    report = reports.kept[tmp_path / "of it"]
    assert not any(each.name.startswith("without ") for each in report.reproduced.judged.methods)
    assert report.reproduced.judged.unfiltered == {}


def test_figures_that_are_not_those_of_the_card_are_reported_and_end_with_1(
    container: Container, reports: FakeReports, capsys: pytest.CaptureFixture[str]
) -> None:
    version = trained(container)
    container.events().append(batch_of(LOG.taking(slice(5, 6)), "late"))
    assert evaluated(container, "--quick") == 1
    assert len(reports.kept) == 1
    assert f"The log has changed since {version} was trained" in capsys.readouterr().err


def test_without_a_model_nothing_is_reported(container: Container, reports: FakeReports) -> None:
    with pytest.raises(NoModelPublished):
        evaluated(container)
    assert reports.kept == {}


def test_a_folder_that_cannot_be_written_is_said_before_the_work(
    container: Container, capsys: pytest.CaptureFixture[str]
) -> None:
    trained(container)
    with (
        container.reports.override(providers.Object(FakeReports(full=True))),
        pytest.raises(StorageUnavailable, match="evaluation"),
    ):
        evaluated(container, "--quick")
    assert capsys.readouterr().out == ""
