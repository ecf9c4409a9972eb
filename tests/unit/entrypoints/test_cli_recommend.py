from __future__ import annotations

import json
import os
from array import array
from collections.abc import Iterator
from fcntl import ioctl
from io import FileIO
from pathlib import Path
from signal import SIGINT, default_int_handler, pthread_kill, signal
from termios import FIONREAD
from threading import Event, Thread, main_thread
from time import sleep

import pytest
from worlds import NOW, SHOP_CARD, ago, shop_model

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.application.recommend import Recommend, Request
from recommender.entrypoints.cli.main import main
from recommender.entrypoints.wire import recommended
from recommender.settings import PREFIX

MODEL = shop_model()
END = MODEL.index.end


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The storage of a shop with a model."""
    folder = tmp_path_factory.mktemp("shop")
    models = BlobModelStore(LocalBlobStore(folder))
    models.promote(models.publish(MODEL, SHOP_CARD, {}, NOW), None)
    return folder


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch, shop: Path) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", shop.as_uri())


def wanted(request: Request) -> list[dict[str, object]]:
    return recommended(Recommend(MODEL)(request, END))


def unwrapped(shown: str) -> str:
    """What a narrow screen shows in several lines, in one."""
    return " ".join(shown.split())


def usage_error(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["recommend", *arguments])
    assert ended.value.code == 2
    said = capsys.readouterr()
    assert said.out == ""
    return said.err


def test_json_holds_what_the_use_case_answers(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "ada", "--json"]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == wanted(Request(user_id="ada"))
    assert said.err == ""


def test_the_table_says_why_if_that_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "ada", "--explain"]) == 0
    assert "You looked at it twice" in unwrapped(capsys.readouterr().out)
    assert main(["recommend", "ada"]) == 0
    assert "why" not in capsys.readouterr().out


def test_every_option_reaches_the_use_case(capsys: pytest.CaptureFixture[str]) -> None:
    asked = [
        "cleo",
        "-n",
        "2",
        "--at",
        str(ago(days=20)),
        "--category",
        "electronics",
        "--max-per-category",
        "1",
        "--goal",
        "interaction",
        "--explain",
    ]
    assert main(["recommend", *asked, "--json"]) == 0
    request = Request(
        user_id="cleo",
        n=2,
        at=ago(days=20),
        category="electronics",
        max_per_category=1,
        goal="interaction",
        explain=True,
    )
    assert json.loads(capsys.readouterr().out) == wanted(request)


def test_the_moment_may_be_given_as_people_write_it(capsys: pytest.CaptureFixture[str]) -> None:
    main(["recommend", "bob", "-n", "100", "--at", "2015-05-07T14:00:00+02:00", "--json"])
    assert json.loads(capsys.readouterr().out) == wanted(Request(user_id="bob", n=100, at=NOW))


def test_without_a_moment_it_is_the_end_of_the_model_s_window(capsys: pytest.CaptureFixture[str]) -> None:
    main(["recommend", "bob", "-n", "100", "--json"])
    assert json.loads(capsys.readouterr().out) == wanted(Request(user_id="bob", n=100, at=END))


def test_a_table_shows_items_probabilities_and_reasons(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "ada", "-n", "3"]) == 0
    shown = capsys.readouterr().out
    assert "For ada" in shown
    for each in Recommend(MODEL)(Request(user_id="ada", n=3), END).recommendations:
        row = next(row for row in shown.splitlines() if each.item_id in row)
        assert f"{each.score:.4f}" in row
        assert each.reason in row


def test_an_unknown_shopper_is_answered_and_the_table_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recommend", "nobody"]) == 0
    assert "unknown: what everybody likes" in unwrapped(capsys.readouterr().out)


@pytest.mark.parametrize("user_id", ["[/]", "[red]", "[link=x]", ":smile:", "\\[b]"])
def test_an_id_is_shown_as_it_is(capsys: pytest.CaptureFixture[str], user_id: str) -> None:
    """Ids are opaque, and not the markup of a screen."""
    assert main(["recommend", user_id]) == 0
    assert f"For {user_id} " in unwrapped(capsys.readouterr().out)


@pytest.mark.parametrize("user_id", ["", "x" * 65, "a\nb", os.fsdecode(b"\xff")])
def test_what_cannot_be_an_id_is_refused_as_over_http(
    capsys: pytest.CaptureFixture[str], user_id: str
) -> None:
    assert "an id has" in usage_error(capsys, user_id)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["-n", "0"], "n: expected greater than or equal to 1"),
        (["-n", "101"], "n: expected less than or equal to 100"),
        (["-n", "many"], "argument -n: invalid int value: 'many'"),
        (["--max-per-category", "0"], "max_per_category: expected greater than or equal to 1"),
        (["--max-per-category", "-1"], "max_per_category: expected greater than or equal to 1"),
        (["--max-per-category", "101"], "max_per_category: expected less than or equal to 100"),
        (["--max-per-category", "x"], "argument --max-per-category: invalid int value: 'x'"),
        (["--max-per-category", "1.5"], "argument --max-per-category: invalid int value: '1.5'"),
        (["--at", "yesterday"], "at: expected integer milliseconds since 1970, or RFC 3339"),
        (["--at", "1431000000"], "seconds?"),
        (["--category", ""], "category: expected an id"),
        (["--no-such-option"], "unrecognized arguments"),
    ],
)
def test_options_that_make_no_sense_are_a_mistake_of_usage(
    capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert said in usage_error(capsys, "ada", *options)


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--input", "requests.jsonl"],
        ["--output", "answers.jsonl"],
        ["ada", "--input", "requests.jsonl"],
        ["ada", "--input", "requests.jsonl", "--output", "answers.jsonl"],
    ],
)
def test_neither_or_both_of_a_shopper_and_a_file_is_a_mistake_of_usage(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    assert "give either a USER_ID, or --input and --output" in usage_error(capsys, *arguments)


@pytest.mark.parametrize(
    "options",
    [["-n", "3"], ["--at", str(NOW)], ["--json"], ["--goal", "interaction"], ["--max-per-category", "2"]],
)
def test_an_option_that_a_file_of_requests_would_not_heed_is_a_mistake_of_usage(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str]
) -> None:
    source = tmp_path / "requests.jsonl"
    source.write_text('{"id": 1}\n')
    usage_error(capsys, "--input", str(source), "--output", str(tmp_path / "answers.jsonl"), *options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--category", "toys"], "error: category: the catalogue has no category 'toys'\n"),
        (["--goal", "profit"], "error: goal: this model knows purchase, interaction; not 'profit'\n"),
    ],
)
def test_what_the_model_does_not_know_is_refused_with_a_sentence(
    capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["recommend", "ada", *options]) == 1
    assert capsys.readouterr() == ("", said)


def test_without_a_model_a_sentence_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", tmp_path.as_uri())
    assert main(["recommend", "ada"]) == 1
    assert capsys.readouterr().err == "error: No model is published yet: run `recommender train` first.\n"


def test_a_file_of_requests_is_answered(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    source.write_text('{"id": 1, "user_id": "ada"}\n{"id": "2"}\n')
    assert main(["recommend", "--input", str(source), "--output", str(target)]) == 0
    assert capsys.readouterr().out == f"2 answers in {target}, 0 of them errors.\n"
    assert [json.loads(each) for each in target.read_text().splitlines()] == [
        {"id": 1, "recommendations": wanted(Request(user_id="ada"))},
        {"id": "2", "recommendations": wanted(Request())},
    ]


def test_lines_that_were_refused_make_the_exit_status_3(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    source.write_text('{"id": 1}\n{"id": 2, "n": 0}\n')
    assert main(["recommend", "--input", str(source), "--output", str(target)]) == 3
    assert capsys.readouterr().out == f"2 answers in {target}, 1 of them errors.\n"
    assert len(target.read_text().splitlines()) == 2


def test_a_missing_file_of_requests_is_refused_with_a_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    assert main(["recommend", "--input", str(source), "--output", str(target)]) == 1
    assert capsys.readouterr().err == f"error: {source}: No such file or directory\n"
    assert not target.exists()


def _unread(pipe: FileIO) -> int:
    """Bytes that nobody has taken out of a pipe yet."""
    waiting = array("i", [0])
    ioctl(pipe, FIONREAD, waiting)
    return waiting[0]


@pytest.fixture
def _interruptible() -> Iterator[None]:
    """As in a terminal; who starts the tests in the background has them ignore Ctrl-C."""
    before = signal(SIGINT, default_int_handler)
    yield
    signal(SIGINT, before)


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupted_run_ends_with_a_sentence_and_130(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """The requests come from a pipe at whose other end somebody presses Ctrl-C instead of writing on."""
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    os.mkfifo(source)
    ended = Event()

    def press() -> None:
        with source.open("wb", buffering=0) as pipe:
            pipe.write(b"\n")
            while _unread(pipe):
                sleep(0.001)
            pthread_kill(main_thread().ident or 0, SIGINT)  # in the middle of its reading
            ended.wait(60)  # the pipe stays open: the run does not end by itself

    keyboard = Thread(target=press)
    keyboard.start()
    status = main(["recommend", "--input", str(source), "--output", str(target)])
    ended.set()
    keyboard.join()
    assert status == 130
    assert capsys.readouterr().err.splitlines()[-1].startswith("error: Interrupted")
    assert not target.exists()
