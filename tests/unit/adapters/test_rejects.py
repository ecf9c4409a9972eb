from __future__ import annotations

import json
import re
from collections.abc import Sequence

import pytest
from fakes.blobs import FakeBlobStore

from recommender.adapters.blobs import BlobStore
from recommender.adapters.rejects import KeptRejects
from recommender.application.ports import Reject

ROW = Reject("events.csv", 3, "event: expected view", 'a "quoted" é\x1b\x00')


def held(blobs: BlobStore) -> dict[str, bytes]:
    return {key: blobs.read(key) for key in blobs.keys("")}


def kept(*rejects: Reject) -> dict[str, bytes]:
    blobs = FakeBlobStore()
    KeptRejects(blobs).keep(rejects)
    return held(blobs)


def left(texts: Sequence[str], *user_ids: str) -> list[str]:
    """The texts of the rows that are left when these visitors are forgotten."""
    blobs = FakeBlobStore()
    keeper = KeptRejects(blobs)
    keeper.keep([Reject("events.csv", line, "why", text) for line, text in enumerate(texts)])
    before = b"".join(held(blobs).values()).count(b"\n")
    dropped = keeper.forget(set(user_ids))
    rows = b"".join(held(blobs).values()).splitlines()
    assert len(rows) + dropped == before
    return [json.loads(row)["text"] for row in rows]


def test_every_row_is_one_json_line() -> None:
    rows = (ROW, Reject("events.csv", 9, "why\nnot", ""))
    ((key, data),) = kept(*rows).items()
    assert re.fullmatch(r"rejects/events\.csv-[0-9a-f]{16}\.jsonl", key)
    assert [Reject(**json.loads(line)) for line in data.decode().split("\n")[:-1]] == list(rows)


def test_the_same_rows_again_change_nothing_and_others_are_kept_beside_them() -> None:
    blobs = FakeBlobStore()
    keeper = KeptRejects(blobs)
    keeper.keep([ROW])
    keeper.keep([ROW])
    assert len(held(blobs)) == 1
    keeper.keep([ROW, ROW])
    assert len(held(blobs)) == 2


def test_nothing_refused_is_nothing_kept() -> None:
    assert kept() == {}


def test_rows_of_two_files_are_kept_apart() -> None:
    files = kept(ROW, Reject("tree.csv", 1, "why", "text"))
    assert [key.split("-")[0] for key in files] == ["rejects/events.csv", "rejects/tree.csv"]


def test_any_file_name_becomes_a_key() -> None:
    for name in ("..", "käse preise.csv", "a/b\\c", "\udcff.csv", "x" * 300, "-"):
        ((key, data),) = kept(Reject(name, 1, "why", "text")).items()
        assert re.fullmatch(r"rejects/[A-Za-z0-9_=-][A-Za-z0-9._=-]{0,120}", key)
        assert json.loads(data)["file"] == name


def test_rows_that_name_a_forgotten_visitor_in_a_field_are_dropped() -> None:
    rows = ["14,7,view,i", "14,77,view,i", "7", "x;7|y", "17,8,view,07", '14,"7",view,i', "14,7", "8"]
    assert left(rows, "7") == ["14,77,view,i", "17,8,view,07", "8"]
    assert left(rows, "7", "8") == ["14,77,view,i"]
    assert left(rows, "nobody") == rows
    assert left(rows) == rows
    assert left(["7"], "7") == []


@pytest.mark.parametrize("user_id", ["a b", "a,b", "a.b", "(", "\\", "漢字", "[^,]"])
def test_any_id_is_found_as_it_is(user_id: str) -> None:
    assert left([f"14,{user_id},view,i", "14,ab,view,i", "14,axb,view,i"], user_id) == [
        "14,ab,view,i",
        "14,axb,view,i",
    ]


def test_an_id_with_quotes_is_found_as_files_have_it() -> None:
    assert left(['14,"an ""id""",view,i', '14,an "id",view,i', "14,id,view,i"], 'an "id"') == ["14,id,view,i"]


def test_forgetting_again_changes_nothing_and_files_without_such_rows_stay() -> None:
    blobs = FakeBlobStore()
    keeper = KeptRejects(blobs)
    keeper.keep([ROW, Reject("tree.csv", 1, "why", "7"), Reject("tree.csv", 2, "why", "8")])
    before = held(blobs)
    assert keeper.forget({"7"}) == 1
    after = held(blobs)
    assert len(before.keys() & after.keys()) == 1
    assert [key.split("-")[0] for key in after] == ["rejects/events.csv", "rejects/tree.csv"]
    assert keeper.forget({"7"}) == 0
    assert held(blobs) == after


def test_what_cannot_be_read_is_dropped_and_foreign_files_are_left_alone() -> None:
    blobs = FakeBlobStore()
    blobs.create("rejects/events.csv-0123456789abcdef.jsonl", b'half\n{"text": 7}\n{"text": "8"}\n[]\n\xff\n')
    blobs.create("rejects/notes.txt", b"7")
    assert KeptRejects(blobs).forget({"7"}) == 4
    assert sorted(held(blobs).values()) == [b"7", b'{"text": "8"}\n']
