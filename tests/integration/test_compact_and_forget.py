"""recommender compact and recommender forget, on local files."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.events import MIDNIGHT, batch_of, users, views
from integration.conftest import run, wired
from worlds import NOW, SHOP_CARD, shop_model

from recommender.application.ports import Reject
from recommender.domain.events import DAY, EventType
from recommender.domain.live import LiveEvent
from recommender.entrypoints.cli.main import main
from recommender.settings import PREFIX


@pytest.fixture
def storage(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The storage of a shop with two batches a day for two days, and no model."""
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", (tmp_path / "shop").as_uri())
    for event in views(*[MIDNIGHT + day * DAY for day in (0, 0, 1, 1)]):
        wired(tmp_path / "shop").events().append(batch_of(event))
    return tmp_path / "shop"


def promote(storage: Path, end: int) -> None:
    """Make a version current that was trained on what came before `end`."""
    models = wired(storage).models()
    models.promote(models.publish(shop_model(), replace(SHOP_CARD, end=end), {}, NOW), models.current())


def test_compact_says_which_days_were_merged(storage: Path) -> None:
    promote(storage, MIDNIGHT + DAY)
    said = run("compact")
    assert "Days that end by 2015-05-04 00:00 UTC, the end of the current model's log, were merged." in said
    assert re.search(r"1 days rewritten: 2 batches became 1, 0\.0 MB became 0\.0\.$", said, re.MULTILINE)
    assert "forgotten" not in said
    assert "There was nothing to rewrite." in run("compact")
    assert users(wired(storage).events()) == ["a", "b", "c", "d"]


def test_compact_without_a_model_says_why_it_merged_nothing(storage: Path) -> None:
    said = run("compact")
    assert said == (
        "No model is current, so that no day is known to be complete: none was merged. "
        "There was nothing to rewrite.\n"
    )
    assert len(list(storage.rglob("*.parquet"))) == 4


def test_compact_on_nothing_does_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", (tmp_path / "shop").as_uri())
    assert "There was nothing to rewrite." in run("compact")
    assert not (tmp_path / "shop").exists()


def test_versions_that_may_hold_a_forgotten_visitor_go_but_for_the_current_one(storage: Path) -> None:
    models = wired(storage).models()
    promote(storage, MIDNIGHT + DAY)
    old = models.current()
    models.publish(shop_model(), replace(SHOP_CARD, end=MIDNIGHT), {}, NOW + DAY)
    run("forget", "b")
    assert "1 model versions" in run("compact")
    assert models.versions() == [old]
    current = models.publish(shop_model(), SHOP_CARD, {}, wired(storage).clock().now() + DAY)
    models.promote(current, old)
    assert "1 model versions" in run("compact")
    assert models.versions() == [current]


def test_what_forget_marks_is_removed_by_compact(storage: Path) -> None:
    wired(storage).rejects().keep([Reject("events.csv", 2, "why", "14,b,look,i")])
    said = run("forget", "b", "nobody")
    assert "Ids marked as forgotten, whether or not they occur: 2. " in said
    assert users(wired(storage).events()) == ["a", "c", "d"]
    assert "Removed of forgotten visitors: 1 events, 1 refused rows.\n" in run("compact")
    assert "Removed" not in run("compact")
    assert users(wired(storage).events()) == ["a", "c", "d"]
    assert list((storage / "rejects").iterdir()) == []


def test_what_a_guest_did_can_be_forgotten(storage: Path) -> None:
    guests = [LiveEvent(each, MIDNIGHT, EventType.VIEW, "i", None, each) for each in ("s-81", "s-82", "b")]
    wired(storage).journal().write(guests)
    assert run("forget", "--session", "s-81", "s-82", "--session", "b").startswith(
        "Ids marked as forgotten, whether or not they occur: 3. "
    )
    assert users(wired(storage).events()) == ["a", "b", "c", "d"]
    assert "Removed of forgotten visitors: 3 events" in run("compact")
    assert "s-81" not in "".join(each.read_text("latin-1") for each in (storage / "events").rglob("*.*"))


def test_forget_says_the_same_of_everybody(storage: Path) -> None:
    known, unknown = run("forget", "a"), run("forget", "never seen")
    assert known == unknown
    assert set(json.loads((storage / "forgotten.json").read_bytes())) == {"a", "never seen"}


def test_forget_takes_ids_from_a_file(storage: Path, tmp_path: Path) -> None:
    (tmp_path / "ids").write_bytes(b"\xef\xbb\xbfb\n\nd\xc3\xa9\r\n x \n")
    assert run("forget", "a", "--file", str(tmp_path / "ids")).startswith(
        "Ids marked as forgotten, whether or not they occur: 4. "
    )
    assert set(wired(storage).forgotten().all()) == {"a", "b", "dé", " x "}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["a", "", "x" * 65, "b\x07"], "ids: '': an id has 1 to 64 characters, this one 0; 'b\\x07': "),
        (["a", "--file", "absent"], "absent: expected an id a line as UTF-8 text; No such file"),
    ],
)
def test_what_is_no_id_is_refused_and_nobody_is_forgotten(
    arguments: list[str], said: str, storage: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", *arguments]) == 1
    assert f"error: {said}" in capsys.readouterr().err
    assert not (storage / "forgotten.json").exists()


def test_a_file_that_is_no_text_is_refused(
    storage: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ids").write_bytes(b"\xff\xfe")
    assert main(["forget", "--file", str(tmp_path / "ids")]) == 1
    assert "these bytes are not text" in capsys.readouterr().err
    assert not (storage / "forgotten.json").exists()


def test_forgetting_nobody_makes_no_sense(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["forget"])
    assert end.value.code == 2
    assert "name at least one visitor" in capsys.readouterr().err
