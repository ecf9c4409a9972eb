"""recommender models: list, show, promote, rollback and prune, on a screen and as JSON."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from unit.application.test_versions import card_of
from unit.contracts.model_store import MODEL
from unit.entrypoints.test_cli_main import CARD
from worlds import NOW

from recommender.adapters.local import LocalBlobStore
from recommender.adapters.models import BlobModelStore
from recommender.domain.events import DAY
from recommender.entrypoints.cli.main import main
from recommender.settings import PREFIX

UNKNOWN = "20140507T120000Z-0123456789ab"


@pytest.fixture(autouse=True)
def store(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> BlobModelStore:
    """A store that has nothing yet, and is that of the command."""
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", tmp_path.as_uri())
    return BlobModelStore(LocalBlobStore(tmp_path))


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str]) -> Said:
    return Said(capsys)


class Said:
    """Runs `recommender models …`."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def __call__(self, *arguments: str) -> str:
        """What it prints that does what it was asked."""
        assert main(("models", *arguments)) == 0
        said = self._capsys.readouterr()
        assert said.err == ""
        return said.out

    def refusal(self, *arguments: str) -> str:
        """The sentence with which it ends that does not."""
        assert main(("models", *arguments)) == 1
        said = self._capsys.readouterr()
        assert "Traceback" not in said.err
        return said.err.splitlines()[-1].removeprefix("error: ")


def published(store: BlobModelStore, *hit_rates: float) -> list[str]:
    """A version a day, each current for a while."""
    versions = [
        store.publish(MODEL, card_of(hit_rate), {}, NOW + day * DAY) for day, hit_rate in enumerate(hit_rates)
    ]
    for version in versions:
        store.promote(version, store.current())
    return versions


def damage(folder: Path, version: str) -> None:
    (folder / "models" / version / "manifest.json").write_text("{}")


def test_the_list_fits_on_a_screen_the_newest_first(store: BlobModelStore, said: Said) -> None:
    first, second, third = published(store, 0.5, 0.512, 0.523)
    store.publish(MODEL, card_of(0.1), {}, NOW + 9 * DAY)
    lines = said("list").splitlines()
    assert max(map(len, lines)) <= 80
    assert [line.split()[0] for line in lines if re.match(r" ?2015\d{4}T", line)][1:] == [
        third,
        second,
        first,
    ]
    text = "\n".join(lines)
    assert "2015-05-09 12:00, current" in text
    assert "2015-05-08 12:00, rollback" in text
    assert "2015-05-07 12:00, before" in text
    assert re.search(rf"{third} +purchase +2015-03-28 +52\.3 +10\.0 +0\.8000 +0\.\d", text)
    assert re.search(r"^ ?2015-05-16 12:00 +2015-05-07 *$", text, re.MULTILINE), "no standing, window's end"
    assert "…" not in text


def test_the_list_as_json_has_all_keys_for_every_version(
    store: BlobModelStore, said: Said, tmp_path: Path
) -> None:
    first, second = published(store, 0.5, 0.512)
    damage(tmp_path, first)
    listed = json.loads(said("list", "--json"))["versions"]
    assert listed[1] == {
        "version": second,
        "published": "2015-05-08T12:00:00.000Z",
        "standing": "current",
        "bytes": store.size(second),
        "refused": None,
        "goal": "purchase",
        "start": "2015-03-28T12:00:00.000Z",
        "end": "2015-05-07T11:55:00.001Z",
        "HR@20": 0.512,
        "MRR@20": 0.1,
        "ROC-AUC": 0.8,
    }
    assert listed[0].keys() == listed[1].keys()
    assert (listed[0]["version"], listed[0]["standing"]) == (first, "rollback")
    assert listed[0]["refused"].startswith("its format is None")
    assert {listed[0][key] for key in ("bytes", "goal", "start", "end", "HR@20")} == {None}


def test_a_version_that_is_refused_is_listed_with_the_reason(
    store: BlobModelStore, said: Said, tmp_path: Path
) -> None:
    first, second = published(store, 0.5, 0.512)
    damage(tmp_path, second)
    text = said("list")
    assert re.search(rf"{second} +refused", text)
    assert f"{second} is refused: its format is None, and this program knows 4; train again." in text
    assert re.search(rf"{first} +purchase", text)


def test_a_damaged_pointer_is_said_under_the_list(store: BlobModelStore, said: Said, tmp_path: Path) -> None:
    (version,) = published(store, 0.5)
    (tmp_path / "models" / "current.json").write_text("{")
    assert main(["models", "list"]) == 1
    assert "delete models/current.json, and promote a version" in said.refusal("list", "--json")
    assert "delete models/current.json" in said.refusal("promote", version)


def test_one_version_is_shown_with_its_figures(store: BlobModelStore, said: Said) -> None:
    first = store.publish(MODEL, CARD, {}, NOW)
    store.promote(first, None)
    text = said("show")
    assert text.startswith(f"{first}, published 2015-05-07 12:00, current, learnt from 22 events of 6 users")
    assert "16.1 21.1 31.1" in text
    second = store.publish(MODEL, replace(CARD, seed=2), {}, NOW + DAY)
    store.promote(second, first)
    assert said("show", first).startswith(f"{first}, published 2015-05-07 12:00, rollback, ")


def test_one_version_as_json_is_its_whole_card(store: BlobModelStore, said: Said) -> None:
    (version,) = published(store, 0.5)
    shown = json.loads(said("show", version, "--json"))
    assert shown == {
        "version": version,
        "published": "2015-05-07T12:00:00.000Z",
        "standing": "current",
        "bytes": store.size(version),
        "card": json.loads(json.dumps(asdict(card_of(0.5)))),
    }


def test_a_version_that_is_no_worse_is_promoted(store: BlobModelStore, said: Said) -> None:
    first, second = published(store, 0.5, 0.49)
    why, what = said("promote", first).splitlines()
    assert why.startswith("Each counts by its own unseen stretch: HR@20 of the new version is 50.0% of 1,000")
    assert what == f"{first} is current now, instead of {second}."
    assert store.current() == first
    assert said("promote", first).splitlines()[0] == "It is current already."


def test_a_version_that_is_worse_is_promoted_by_force_only(store: BlobModelStore, said: Said) -> None:
    worse, better = published(store, 0.3, 0.5)
    why = said.refusal("promote", worse)
    assert "behind by more than two standard errors" in why
    assert why.endswith(f" {better} stays current; --force promotes all the same.")
    assert store.current() == better
    assert f"{worse} is current now" in said("promote", worse, "--force")
    assert store.current() == worse


def test_the_first_version_is_promoted_by_hand(store: BlobModelStore, said: Said) -> None:
    version = store.publish(MODEL, card_of(0.5), {}, NOW)
    assert said("promote", version) == f"No version was current.\n{version} is current now.\n"


def test_rolling_back_says_from_where_to_where(store: BlobModelStore, said: Said) -> None:
    first, second, third = published(store, 0.9, 0.5, 0.1)
    assert said("rollback") == f"Rolled back from {third} to {second}.\n"
    assert said("rollback") == f"Rolled back from {second} to {first}.\n"
    assert said.refusal("rollback") == "No version was current before: there is nothing to roll back to."
    for version in (second, third):
        said("promote", version, "--force")
    assert said("rollback", "--to", first) == f"Rolled back from {third} to {first}.\n"


def test_pruning_says_what_it_deletes_and_can_only_look(
    store: BlobModelStore, said: Said, tmp_path: Path
) -> None:
    versions = published(store, *(0.5 for _ in range(6)))
    remnant = tmp_path / "models" / UNKNOWN
    remnant.mkdir()
    (remnant / "card.md").write_text("half")
    looked = said("prune", "--dry-run", "--keep", "4").splitlines()
    assert looked[:3] == [*versions[:2], f"{UNKNOWN} (incomplete)"]
    assert re.fullmatch(r"To be deleted: 2 of the versions \(0\.\d MB\), 1 incomplete\.", looked[3])
    assert store.versions() == versions
    assert said("prune").splitlines()[:-1] == [versions[0], f"{UNKNOWN} (incomplete)"]
    assert store.versions() == versions[1:]
    assert not list(remnant.iterdir())
    done = said("prune", "--keep", "1").splitlines()
    assert done[:-1] == versions[1:4], "the one that a roll-back returns to stays"
    assert done[-1].startswith("Deleted: 3 of the versions (")


@pytest.mark.parametrize("arguments", [["show"], ["list"], ["list", "--json"]])
def test_an_empty_store_has_nothing_to_look_at(said: Said, arguments: list[str]) -> None:
    assert said.refusal(*arguments) == "No model is published yet: run `recommender train` first."


def test_an_empty_store_has_nothing_to_roll_back_to_or_to_delete(said: Said) -> None:
    assert said.refusal("rollback") == "No version was current before: there is nothing to roll back to."
    assert said("prune").startswith("Deleted: 0 of the versions")


@pytest.mark.parametrize("act", ["show", "promote"])
@pytest.mark.parametrize("version", [UNKNOWN, "../../etc/passwd", "latest"])
def test_a_version_that_is_not_there_is_unknown(
    store: BlobModelStore, said: Said, act: str, version: str
) -> None:
    published(store, 0.5)
    assert said.refusal(act, version) == f"There is no model version {version!r}."


def test_a_damaged_version_is_neither_shown_nor_promoted(
    store: BlobModelStore, said: Said, tmp_path: Path
) -> None:
    first, second = published(store, 0.5, 0.6)
    (tmp_path / "models" / first / "card.md").write_text("other words")
    for arguments in (["promote", first, "--force"], ["rollback"]):
        assert re.match(
            rf"Model version {first} is refused: card\.md has 11 bytes, \d+ were published; train again\.",
            said.refusal(*arguments),
        )
    damage(tmp_path, first)
    assert said.refusal("show", first).startswith(f"Model version {first} is refused: ")
    assert store.current() == second
