from __future__ import annotations

import json
import logging
import subprocess
import sys
from logging.config import dictConfig

import pytest

from recommender.entrypoints.logs import JsonLines, TextLines, log_config, request_id


def record(message: str, *arguments: object, **more: object) -> logging.LogRecord:
    made = logging.LogRecord("recommender.part", logging.WARNING, "", 0, message, arguments, None)
    made.created = 1_431_000_000.123
    made.__dict__.update(more)
    return made


def failure() -> object:
    try:
        int("on two\nlines")
    except ValueError:
        return sys.exc_info()
    return None


def test_a_line_for_machines_is_one_json_object_with_time_level_and_message() -> None:
    line = JsonLines().format(record("%d items\nof %s", 3, "\u2028Ä"))
    assert json.loads(line) == {
        "time": "2015-05-07T12:00:00.123Z",
        "level": "warning",
        "logger": "recommender.part",
        "message": "3 items\nof \u2028Ä",
    }
    assert line.isascii()
    assert "\n" not in line


def test_fields_and_the_name_of_the_request_are_members_of_the_line() -> None:
    token = request_id.set("r-1")
    line = json.loads(JsonLines().format(record("done", fields={"status": 200, "odd": {1}})))
    text = TextLines().format(record("done", fields={"status": 200}))
    request_id.reset(token)
    assert (line["status"], line["odd"], line["request_id"]) == (200, "{1}", "r-1")
    assert text == "2015-05-07T12:00:00.123Z WARNING recommender.part: done status=200 request_id=r-1"


def test_a_traceback_is_inside_the_line_for_machines_and_below_it_for_people() -> None:
    line = JsonLines().format(record("oh", exc_info=failure()))
    assert "ValueError: invalid literal" in json.loads(line)["exception"]
    assert "\n" not in line
    text = TextLines().format(record("oh", exc_info=failure()))
    assert text.startswith("2015-05-07T12:00:00.123Z WARNING recommender.part: oh\nTraceback")
    assert "request_id" not in json.loads(line)


@pytest.mark.parametrize(
    ("form", "lines"),
    [("json", "JsonLines"), ("text", "TextLines"), ("auto", "JsonLines")],  # no test runs on a terminal
)
def test_the_form_is_as_asked_and_by_itself_that_for_machines(form: str, lines: str) -> None:
    program = f"from recommender.entrypoints.logs import log_config; print(log_config('info', {form!r}))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)  # noqa: S603 - this interpreter
    assert f"recommender.entrypoints.logs.{lines}" in said.stdout


def test_what_boto_finds_is_told_only_when_everything_is() -> None:
    assert log_config("info", "text")["loggers"]["botocore"]["level"] == "WARNING"
    assert log_config("debug", "text")["loggers"]["botocore"]["level"] == "DEBUG"


def test_the_configuration_is_one_that_logging_takes() -> None:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        dictConfig(log_config("error", "json"))
        assert [type(each.formatter) for each in root.handlers] == [JsonLines]
        assert root.level == logging.ERROR
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
