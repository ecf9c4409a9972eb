from __future__ import annotations

import json
import re

from recommender.adapters.rejects import KeptRejects
from recommender.application.ports import Reject

ROW = Reject("events.csv", 3, "event: expected view", 'a "quoted" é\x1b\x00')


class Blobs:
    """Blobs in memory."""

    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def create(self, key: str, data: bytes) -> bool:
        return self.held.setdefault(key, data) is data


def kept(*rejects: Reject) -> dict[str, bytes]:
    blobs = Blobs()
    KeptRejects(blobs).keep(rejects)
    return blobs.held


def test_every_row_is_one_json_line() -> None:
    rows = (ROW, Reject("events.csv", 9, "why\nnot", ""))
    ((key, data),) = kept(*rows).items()
    assert re.fullmatch(r"rejects/events\.csv-[0-9a-f]{16}\.jsonl", key)
    assert [Reject(**json.loads(line)) for line in data.decode().split("\n")[:-1]] == list(rows)


def test_the_same_rows_again_change_nothing_and_others_are_kept_beside_them() -> None:
    blobs = Blobs()
    keeper = KeptRejects(blobs)
    keeper.keep([ROW])
    keeper.keep([ROW])
    assert len(blobs.held) == 1
    keeper.keep([ROW, ROW])
    assert len(blobs.held) == 2


def test_nothing_refused_is_nothing_kept() -> None:
    assert kept() == {}


def test_rows_of_two_files_are_kept_apart() -> None:
    held = kept(ROW, Reject("tree.csv", 1, "why", "text"))
    assert [key.split("-")[0] for key in held] == ["rejects/events.csv", "rejects/tree.csv"]


def test_any_file_name_becomes_a_key() -> None:
    for name in ("..", "käse preise.csv", "a/b\\c", "\udcff.csv", "x" * 300, "-"):
        ((key, data),) = kept(Reject(name, 1, "why", "text")).items()
        assert re.fullmatch(r"rejects/[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,120}", key)
        assert json.loads(data)["file"] == name
