from __future__ import annotations

import json
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from fakes.progress import FakeProgress
from fakes.workers import InProcessWorkers, ThreadWorkers
from hypothesis import given
from hypothesis import strategies as st
from worlds import NOW, ago, shop_model

from recommender.application.recommend import GivenEvent, Recommend, Request
from recommender.domain.errors import FileRefused
from recommender.domain.events import EventType
from recommender.entrypoints.cli.batch import PART, Done, answer_file, answer_line
from recommender.entrypoints.wire import recommended

Part = TypeVar("Part")
RECOMMEND = Recommend(shop_model())
END = RECOMMEND.model.index.end


def answered(folder: Path, *lines: str | bytes) -> tuple[list[Any], Done]:
    """The answers to a file of these lines, and what was counted."""
    source, target = folder / "requests.jsonl", folder / "answers.jsonl"
    source.write_bytes(b"".join(each if isinstance(each, bytes) else each.encode() + b"\n" for each in lines))
    done = answer_file(RECOMMEND, source, target, InProcessWorkers(), FakeProgress())
    return [json.loads(line) for line in target.read_bytes().splitlines()], done


def wanted(request: Request, now: int = END) -> list[dict[str, object]]:
    return recommended(RECOMMEND(request, now))


def line(**body: object) -> str:
    return json.dumps(body)


def test_every_line_is_answered_in_order_as_the_use_case_would(tmp_path: Path) -> None:
    found, done = answered(
        tmp_path,
        line(id="a", user_id="ada"),
        line(id="b", user_id="nobody", n=2, max_per_category=1, explain=True),
        line(
            id="c",
            events=[{"item_id": "rake", "type": "view"}],
            goal="interaction",
            category="garden",
            exclude=["hose"],
            exclude_seen=True,
            exclude_bought=False,
            at=NOW,
        ),
    )
    guest = Request(
        events=(GivenEvent("rake", EventType.VIEW),),
        goal="interaction",
        category="garden",
        exclude=("hose",),
        exclude_seen=True,
        exclude_bought=False,
        at=NOW,
    )
    assert found == [
        {"id": "a", "recommendations": wanted(Request(user_id="ada"))},
        {
            "id": "b",
            "recommendations": wanted(Request(user_id="nobody", n=2, max_per_category=1, explain=True)),
        },
        {"id": "c", "recommendations": wanted(guest)},
    ]
    assert done == Done(3, 0)


def test_an_id_comes_back_with_the_type_it_had(tmp_path: Path) -> None:
    ids = [15, "15", "015", 0, -1, 10**30, "", "é\u2028"]
    found, done = answered(tmp_path, *(line(id=each) for each in ids))
    assert [each["id"] for each in found] == ids
    assert done == Done(len(ids), 0)


def test_an_integer_stands_for_its_digits_in_a_user_id(tmp_path: Path) -> None:
    as_number, as_text = answered(tmp_path, line(id=1, user_id=7), line(id=1, user_id="7"))[0]
    assert as_number == as_text


def test_a_line_without_a_moment_is_asked_at_the_end_of_the_model_s_window(tmp_path: Path) -> None:
    found, _ = answered(tmp_path, line(id=1, user_id="dan", n=100), line(id=1, user_id="dan", n=100, at=END))
    assert found[0] == found[1]


def test_a_line_s_newest_event_is_its_moment(tmp_path: Path) -> None:
    event = {"item_id": "rake", "type": "view", "timestamp": ago(days=9)}
    found, _ = answered(tmp_path, line(id=1, user_id="dan", events=[event], n=100))
    events = (GivenEvent("rake", EventType.VIEW, ago(days=9)),)
    assert found[0]["recommendations"] == wanted(
        Request(user_id="dan", events=events, n=100), now=ago(days=9)
    )


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        ("{", "line"),
        ("[1, 2]", "line"),
        ("null", "line"),
        ('"text"', "line"),
        (b"\xff\xfe\n", "line"),
        ("[" * 100_000, "line"),
        ("1" * 5_000, "line"),
        ('{"id": NaN}', "id"),
        ("{}", "id"),
        ('{"id": null}', "id"),
        ('{"id": true}', "id"),
        ('{"id": 1.5}', "id"),
        ('{"id": [1]}', "id"),
        ('{"id": 1, "n": 0}', "n"),
        ('{"id": 1, "n": "5"}', "n"),
        ('{"id": 1, "n": 101}', "n"),
        ('{"id": 1, "max_per_category": 0}', "max_per_category"),
        ('{"id": 1, "max_per_category": "x"}', "max_per_category"),
        ('{"id": 1, "user": "ada"}', "user"),
        ('{"id": 1, "user_id": ""}', "user_id"),
        ('{"id": 1, "user_id": "\\ud800"}', "user_id"),
        ('{"id": 1, "at": 1431000000}', "at"),
        ('{"id": 1, "goal": "profit"}', "goal"),
        ('{"id": 1, "goal": "\\ud800"}', "goal"),
        ('{"id": 1, "category": "toys"}', "category"),
        ('{"id": 1, "events": [{"item_id": "rake"}]}', "events[0].type"),
    ],
)
def test_a_bad_line_gets_an_error_in_its_place_and_the_others_their_answers(
    tmp_path: Path, bad: str | bytes, field: str
) -> None:
    found, done = answered(tmp_path, line(id="first"), bad, line(id="last"))
    assert done == Done(3, 1)
    assert [each["id"] for each in found][::2] == ["first", "last"]
    assert "recommendations" in found[0]
    assert "recommendations" in found[2]
    error = found[1]["error"]
    assert (error.keys(), error["line"]) == ({"line", "field", "expected"}, 2)
    assert error["field"] == field
    assert error["expected"]


def test_the_error_of_a_line_whose_id_is_known_has_it(tmp_path: Path) -> None:
    found, _ = answered(tmp_path, line(id=7, n=0), "{")
    assert [each["id"] for each in found] == [7, None]
    assert found[0].keys() == {"id", "error"}


@pytest.mark.parametrize("bad", ['{"id": "\\ud800"}', '{"id": 1, "\\ud800": 1}'])
def test_text_that_utf_8_cannot_hold_stops_nothing(tmp_path: Path, bad: str) -> None:
    """JSON can say half of a surrogate pair; what becomes of it is not promised."""
    found, _ = answered(tmp_path, line(id="first"), bad, line(id="last"))
    assert [found[0]["id"], found[2]["id"]] == ["first", "last"]


def test_blank_lines_are_skipped_and_counted_as_lines_of_the_file(tmp_path: Path) -> None:
    found, done = answered(tmp_path, "", line(id="a"), "  \t", "{", "", b'{"id": "b"}')
    assert done == Done(3, 1)
    assert [each["id"] for each in found] == ["a", None, "b"]
    assert found[1]["error"]["line"] == 4


def test_lines_may_end_as_windows_ends_them_and_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    found, done = answered(tmp_path, b'\xef\xbb\xbf{"id": "a"}\r\n', b'{"id": "b"}\r\n')
    assert ([each["id"] for each in found], done) == (["a", "b"], Done(2, 0))


@pytest.mark.parametrize("content", [b"", b"\n", b" \n\n\r\n"])
def test_an_empty_file_has_no_answers(tmp_path: Path, content: bytes) -> None:
    assert answered(tmp_path, content) == ([], Done(0, 0))


@pytest.mark.parametrize("workers", [InProcessWorkers(), ThreadWorkers()])
def test_many_lines_are_answered_in_order_whoever_finishes_first(
    tmp_path: Path, workers: InProcessWorkers | ThreadWorkers
) -> None:
    source, target, progress = tmp_path / "requests", tmp_path / "answers", FakeProgress()
    number = 2 * PART + 1
    source.write_text("".join(line(id=each, n=1) + "\n" for each in range(number)))
    assert answer_file(RECOMMEND, source, target, workers, progress) == Done(number, 0)
    ids = [json.loads(each)["id"] for each in target.read_text().splitlines()]
    assert ids == list(range(number))
    assert progress.shown == [("recommending", 3, 3)]


def test_a_missing_file_is_refused_by_name_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match=r"requests\.jsonl: No such file"):
        answer_file(
            RECOMMEND, tmp_path / "requests.jsonl", tmp_path / "out", InProcessWorkers(), FakeProgress()
        )
    assert list(tmp_path.iterdir()) == []


def refused_target(folder: Path, target: Path) -> str:
    source = folder / "requests.jsonl"
    source.write_text('{"id": 1}\n')
    with pytest.raises(FileRefused) as refusal:
        answer_file(RECOMMEND, source, target, InProcessWorkers(), FakeProgress())
    return str(refusal.value)


def test_a_target_in_a_folder_that_is_not_there_is_refused_by_the_name_that_was_given(tmp_path: Path) -> None:
    target = tmp_path / "missing/answers.jsonl"
    assert refused_target(tmp_path, target).startswith((f"{target}: ", f"{target.parent}: "))


def test_a_target_that_is_a_folder_is_refused_and_nothing_is_left_behind(tmp_path: Path) -> None:
    target = tmp_path / "answers"
    target.mkdir()
    assert refused_target(tmp_path, target).startswith(f"{target}: ")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["answers", "requests.jsonl"]


class Interrupted:
    """Progress that somebody interrupts after the first part."""

    def __call__(self, work: Iterable[Part], what: str, total: int | None) -> Iterator[Part]:  # noqa: ARG002 - a port
        for each in work:
            yield each
            raise KeyboardInterrupt


@pytest.mark.parametrize("before", [None, b"an earlier run's answers\n"])
def test_an_interrupted_run_leaves_what_was_there_before(tmp_path: Path, before: bytes | None) -> None:
    source, target = tmp_path / "requests.jsonl", tmp_path / "answers.jsonl"
    source.write_text('{"id": 1}\n' * (PART + 1))
    if before is not None:
        target.write_bytes(before)
    files = sorted(tmp_path.iterdir())
    with pytest.raises(KeyboardInterrupt):
        answer_file(RECOMMEND, source, target, InProcessWorkers(), Interrupted())
    assert sorted(tmp_path.iterdir()) == files
    assert before is None or target.read_bytes() == before


def test_a_complete_run_replaces_what_was_there_before(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text("an earlier run's answers\n" * 100)
    found, _ = answered(tmp_path, line(id=1))
    assert [each["id"] for each in found] == [1]


def test_a_file_may_be_replaced_by_its_answers(tmp_path: Path) -> None:
    file = tmp_path / "requests.jsonl"
    file.write_text('{"id": 1}\n{"id": 2}\n')
    assert answer_file(RECOMMEND, file, file, InProcessWorkers(), FakeProgress()) == Done(2, 0)
    assert [json.loads(each)["id"] for each in file.read_text().splitlines()] == [1, 2]


def test_the_answers_may_be_read_by_whoever_may_read_a_new_file(tmp_path: Path) -> None:
    answered(tmp_path, line(id=1))
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
    assert modes["answers.jsonl"] == modes["requests.jsonl"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
FIELDS = st.sampled_from(
    [
        "id",
        "user_id",
        "events",
        "n",
        "at",
        "goal",
        "category",
        "exclude",
        "exclude_seen",
        "max_per_category",
        "explain",
    ]
)


@given(st.dictionaries(FIELDS, JSON, max_size=4).map(json.dumps).map(str.encode) | st.binary(max_size=20))
def test_whatever_a_line_holds_it_is_answered_by_one_line(content: bytes) -> None:
    answer, refused = answer_line(RECOMMEND, 1, content)
    assert answer.endswith(b"\n")
    assert answer.count(b"\n") == 1
    found = json.loads(answer)
    assert found.keys() == {"id", "error" if refused else "recommendations"}
