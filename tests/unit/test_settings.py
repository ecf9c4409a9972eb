from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

from recommender.domain.errors import InvalidSettings
from recommender.settings import PREFIX, Settings, read_settings, storage_folder

CONFIGURATION = Path(__file__).parents[2] / "docs/configuration.md"


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(PREFIX):
            monkeypatch.delenv(name)


def refusal() -> str:
    with pytest.raises(InvalidSettings) as refused:
        read_settings()
    return str(refused.value)


def test_without_an_environment_everything_runs_here_in_one_process() -> None:
    settings = read_settings()
    assert settings == Settings()
    assert (settings.storage_url, settings.host, settings.port) == ("file:shop", "127.0.0.1", 8000)
    assert (settings.workers, settings.log_level, settings.just_bought_days) == (1, "info", 30.0)


def test_every_setting_can_be_set(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = {
        "storage_url": "file:///srv/shop",
        "host": "0.0.0.0",  # noqa: S104 - nothing listens
        "port": 80,
        "workers": 4,
        "reload_seconds": 0.5,
        "log_level": "debug",
        "just_bought_days": 0.5,
    }
    for name, value in wanted.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(value))
    assert read_settings().model_dump() == wanted


def test_a_level_may_be_written_in_capitals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"{PREFIX}LOG_LEVEL", "WARNING")
    assert read_settings().log_level == "warning"


def test_what_others_have_set_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.setenv(f"{PREFIX}SOMETHING_ELSE", "1")
    assert read_settings() == Settings()


def test_every_variable_that_is_wrong_is_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "STORAGE_URL": "ftp://somewhere",
        "PORT": "70000",
        "WORKERS": "many",
        "LOG_LEVEL": "loud",
        "JUST_BOUGHT_DAYS": "-1",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    said = refusal()
    assert all(f"{PREFIX}{name}: " in said for name in wrong)
    assert f"{PREFIX}HOST" not in said
    assert "expected a URL like file:///srv/shop or file:shop, not 'ftp://somewhere'" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "0"),
        ("PORT", "65536"),
        ("PORT", "8000.5"),
        ("PORT", ""),
        ("WORKERS", "0"),
        ("WORKERS", "65"),
        ("LOG_LEVEL", "INFO "),
        ("JUST_BOUGHT_DAYS", "nan"),
        ("JUST_BOUGHT_DAYS", "inf"),
        ("JUST_BOUGHT_DAYS", "3651"),
    ],
)
def test_a_value_out_of_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", value)
    assert refusal().startswith(f"{PREFIX}{name}: ")


def test_settings_cannot_be_changed_once_they_are_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        read_settings().port = 1


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("file:///srv/shop", Path("/srv/shop")),
        ("file://localhost/srv/shop", Path("/srv/shop")),
        ("file:/srv/shop", Path("/srv/shop")),
        ("file:///srv/my%20shop", Path("/srv/my shop")),
        ("file:shop", Path.cwd() / "shop"),
        ("file:data/shop", Path.cwd() / "data/shop"),
    ],
)
def test_a_file_url_names_a_folder(url: str, folder: Path) -> None:
    assert storage_folder(url) == folder


@pytest.mark.parametrize(
    "url",
    ["", "shop", "/srv/shop", "file:", "file://", "file://server/shop", "s3://bucket/shop", "memory://"],
)
def test_any_other_storage_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", url)
    assert refusal().startswith(f"{PREFIX}STORAGE_URL: ")
    assert f"expected a URL like file:///srv/shop or file:shop, not {url!r}" in refusal()


def test_the_documentation_has_every_setting_with_its_default_and_meaning() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(.*?)` \| (.*) \|$", CONFIGURATION.read_text(encoding="utf-8"), re.MULTILINE
    )
    defaults = Settings().model_dump()
    assert rows == [
        (f"{PREFIX}{name.upper()}", str(defaults[name]), field.description)
        for name, field in Settings.model_fields.items()
    ]
