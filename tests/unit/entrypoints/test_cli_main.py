from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from worlds import EVENTS, NOW, SHOP_CARD, ago, shop_catalogue, shop_model

from recommender import __version__
from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.domain.events import EventType, InteractionLog
from recommender.domain.ids import guest
from recommender.domain.index import Index
from recommender.domain.metrics import CUTOFFS
from recommender.domain.retrieval import SOURCES
from recommender.entrypoints.cli.figures import METRICS, show_figures
from recommender.entrypoints.cli.main import VERBS, main
from recommender.entrypoints.cli.screen import ShareBar, shown
from recommender.entrypoints.cli.serve import worth_trying
from recommender.settings import PREFIX


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The storage of a shop that has nothing yet."""
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", (tmp_path / "shop").as_uri())
    return tmp_path / "shop"


def ended(*arguments: str) -> object:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return end.value.code


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--help") == 0
    said = capsys.readouterr().out
    names = [verb.__name__.rpartition(".")[2] for verb in VERBS]
    verbs = "sample, ingest, train, evaluate, models, recommend, serve, compact, forget"
    assert names == verbs.split(", ")
    assert all(re.search(rf"^ +{name}\b", said, re.MULTILINE) for name in names)


def test_the_verbs_of_the_readme_are_those_there_are() -> None:
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    table = re.findall(r"^\| `recommender (\w+)", readme, re.MULTILINE)
    assert list(dict.fromkeys(table)) == [verb.__name__.rpartition(".")[2] for verb in VERBS]


@pytest.mark.parametrize("verb", [verb.__name__.rpartition(".")[2] for verb in VERBS])
def test_every_verb_explains_itself(capsys: pytest.CaptureFixture[str], verb: str) -> None:
    assert ended(verb, "--help") == 0
    assert f"usage: recommender {verb}" in capsys.readouterr().out


def test_the_version_is_that_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert ended("--version") == 0
    assert capsys.readouterr().out == f"recommender {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["guess"],
        ["ingest"],
        ["ingest", "--events"],
        ["train", "--target", "profit"],
        ["train", "--seed", "x"],
        ["train", "--seed", "-1"],
        ["sample"],
        ["sample", "--out", "x", "--end", "2015-13-01"],
        ["evaluate", "now"],
        ["evaluate", "--out"],
        ["evaluate", "--quick", "yes"],
        ["models"],
        ["models", "delete"],
        ["models", "promote"],
        ["models", "prune", "--keep", "0"],
        ["serve", "--port", "http"],
        ["serve", "--port", "70000"],
        ["serve", "--workers", "0"],
    ],
)
def test_arguments_that_make_no_sense_end_with_2_and_the_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert ended(*arguments) == 2
    assert "usage: recommender" in capsys.readouterr().err


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The sentence with which a verb is refused, with the exit status 1 and nothing on stdout."""
    assert main(arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert "Traceback" not in said.err
    return said.err.splitlines()[-1].removeprefix("error: ")


def test_settings_that_are_wrong_are_all_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", "ftp://somewhere")
    monkeypatch.setenv(f"{PREFIX}PORT", "none")
    said = refusal(capsys, "train")
    assert f"{PREFIX}STORAGE_URL: " in said
    assert f"{PREFIX}PORT: " in said


def test_help_needs_no_settings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}PORT", "none")
    assert ended("train", "--help") == 0
    assert capsys.readouterr().err == ""


def test_training_on_nothing_is_refused(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    assert refusal(capsys, "train") == "The event store is empty: run `recommender ingest` first."
    assert not (shop / "models").exists()


def test_evaluating_without_a_model_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert refusal(capsys, "evaluate") == "No model is published yet: run `recommender train` first."


@pytest.mark.parametrize("version", ["20150507T120000Z-0123456789ab", "yesterday's", "../../etc/passwd", "."])
def test_evaluating_a_version_that_is_not_there_is_refused(
    capsys: pytest.CaptureFixture[str], version: str
) -> None:
    assert refusal(capsys, "evaluate", "--model", version) == f"There is no model version {version!r}."


def test_a_storage_that_is_a_file_is_refused(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    shop.write_text("not a folder")
    assert str(shop) in refusal(capsys, "train")


def test_a_current_model_that_is_damaged_is_refused(capsys: pytest.CaptureFixture[str], shop: Path) -> None:
    models = BlobModelStore(LocalBlobStore(shop))
    version = models.publish(shop_model(), SHOP_CARD, {}, NOW)
    models.promote(version, None)
    (shop / "models" / version / "manifest.json").write_text("{}")
    assert refusal(capsys, "recommend", "ada").startswith(f"Model version {version} is refused: ")


def test_a_file_to_ingest_that_is_missing_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, shop: Path
) -> None:
    assert refusal(capsys, "ingest", "--events", str(tmp_path / "none.csv")).startswith(
        f"{tmp_path}/none.csv: "
    )
    assert not shop.exists()


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--visitors", "0", "--visitors: expected a whole number from 1 to"),
        ("--items", "3", "--items: expected a whole number from 20 to"),
        ("--days", "0", "--days: expected a whole number from 1 to"),
        ("--seed", "-1", "--seed: expected a whole number from 0 to"),
        ("--properties-per-item", "-1", "--properties-per-item: expected a whole number from 0 to"),
        ("--end", "1970-01-01", "--end: expected a first day of"),
    ],
)
def test_a_sample_that_cannot_be_made_is_refused_by_its_option(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, value: str, said: str
) -> None:
    assert refusal(capsys, "sample", "--out", str(tmp_path / "files"), option, value).startswith(said)
    assert not (tmp_path / "files").exists()


def test_a_sample_that_cannot_be_written_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "files").write_text("in the way")
    few = ["--visitors", "20", "--items", "20", "--days", "1"]
    assert str(tmp_path / "files") in refusal(capsys, "sample", "--out", str(tmp_path / "files"), *few)


CARD = replace(
    SHOP_CARD,
    judged={
        "cases": 1300,
        "cases with an answer": 513,
        "cases with a new answer": 348,
        "rows": 162_862,
        "positive rows": 471,
        "base rate": 0.00289,
    },
    lists={
        "logistic": {f"{metric}@{n}": n / 100 + 0.111 for metric in METRICS for n in CUTOFFS}
        | {"coverage@20": 0.6789, "new MRR@10": 0.1357},
        "popular_in_category ranked": {"HR@20": 0.2468},
    },
    scores={
        "logistic": {"ROC-AUC": 0.8625, "average precision": 0.0448, "mean score": 0.0031},
        "time alone": {"ROC-AUC": 0.5012, "average precision": 0.0031, "mean score": 0.0028},
        "popularity": {"ROC-AUC": 0.6754, "average precision": 0.0071},
    },
    others={
        "interaction": {
            "HR@20": 0.7654,
            "MRR@20": 0.4321,
            "new HR@20": 0.5432,
            "new MRR@20": 0.1999,
            "ROC-AUC": 0.9191,
            "average precision": 0.0567,
            "base rate": 0.01234,
            "mean score": 0.01357,
        },
        "cart": {},
    },
)


def test_every_figure_can_be_read_on_a_screen_of_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    show_figures(CARD)
    said = capsys.readouterr().out
    assert "…" not in said
    for figure in ("67.9", "13.6", "24.7", "0.8625", "0.0448", "0.310%", "0.6754", "0.0071", "0.289%"):
        assert figure in said
    assert re.search(r"^ *logistic" + r" +16\.1 21\.1 31\.1" * len(METRICS), said, re.MULTILINE)
    of_other_goal = "76.5 43.2 54.3 20.0 0.9191 0.0567 1.234 1.357".replace(" ", " +")
    assert re.search(rf"^ *interaction +{of_other_goal} *$", said, re.MULTILINE)
    assert max(map(len, said.splitlines()[1:])) <= 80


def test_time_alone_has_scores_and_a_goal_with_too_little_to_judge_has_no_figures(
    capsys: pytest.CaptureFixture[str],
) -> None:
    show_figures(CARD)
    said = capsys.readouterr().out
    assert re.findall(r"^ *time alone.*", said, re.MULTILINE) == [
        line for line in said.splitlines() if "0.5012" in line
    ]
    assert re.search(r"^ *cart( +-){4} *$", said, re.MULTILINE)


def test_without_other_goals_nothing_is_said_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    show_figures(replace(CARD, others={}))
    assert "other goals" not in capsys.readouterr().out


def test_what_was_judged_is_said_in_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    show_figures(CARD)
    said = capsys.readouterr().out
    assert "Goal purchase: it was asked for." in said
    assert "until 2015-05-07 11:55: 1,300 cases, 513 with an answer, 348" in said


def test_progress_is_shown_beside_the_results_and_passes_the_work_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert list(shown(iter("abc"), "spelling", 3)) == ["a", "b", "c"]
    with ShareBar() as bar:
        bar("reading", 0.0)
        bar("reading", 1.0)
    said = capsys.readouterr()
    assert said.out == ""
    assert "spelling" in said.err
    assert "reading" in said.err


def index_of(*events: tuple[int, str, EventType, str]) -> Index:
    return Index.fit(InteractionLog.of(*events), shop_catalogue(), SOURCES)


def test_worth_trying_is_who_bought_most_and_then_looked_most() -> None:
    assert worth_trying(index_of(*EVENTS)) == "dan"


def test_worth_trying_is_nobody_with_more_events_than_a_person_has() -> None:
    bot = ((ago(days=1, minutes=minute), "bot", EventType.TRANSACTION, "rake") for minute in range(101))
    assert worth_trying(index_of(*EVENTS, *bot)) == "dan"


def test_worth_trying_is_no_guest() -> None:
    purchases = (
        (ago(days=1, minutes=minute), guest("s"), EventType.TRANSACTION, "rake") for minute in range(50)
    )
    assert worth_trying(index_of(*EVENTS, *purchases)) == "dan"
    assert worth_trying(index_of((ago(days=1), guest("s"), EventType.VIEW, "rake"))) is None
