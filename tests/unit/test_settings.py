from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import SecretStr, ValidationError

from recommender.adapters.blobs import is_key
from recommender.domain.errors import InvalidSettings
from recommender.settings import (
    PREFIX,
    LocalStorage,
    ProcessMemoryHome,
    RedisMemoryHome,
    S3Storage,
    Settings,
    cache_folder,
    commit_interval,
    memory_home,
    parse_origins,
    read_settings,
    storage_home,
)

KEY = "a-key-of-16-char"
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
        "storage_url": "s3://bucket/shop",
        "cache_dir": Path("/srv/cache"),
        "s3_sse": "aws:kms",
        "memory_url": "rediss://:secret@cache:6380/1",
        "commit_seconds": 0.75,
        "host": "0.0.0.0",  # noqa: S104 - nothing listens
        "port": 80,
        "workers": 4,
        "reload_seconds": 0.5,
        "log_level": "debug",
        "log_format": "json",
        "cors_origins": "https://shop.example, http://localhost:3000",
        "just_bought_days": 0.5,
    }
    for name, value in wanted.items():
        monkeypatch.setenv(f"{PREFIX}{name.upper()}", str(value))
    monkeypatch.setenv(f"{PREFIX}API_KEYS", f"read:{KEY}")
    assert read_settings().model_dump() == wanted | {"api_keys": SecretStr(f"read:{KEY}")}


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
        "CACHE_DIR": "",
        "S3_SSE": "rot13",
        "MEMORY_URL": "memcached://somewhere",
        "COMMIT_SECONDS": "0",
        "PORT": "70000",
        "WORKERS": "many",
        "LOG_LEVEL": "loud",
        "LOG_FORMAT": "xml",
        "API_KEYS": "read:too short",
        "CORS_ORIGINS": "shop.example",
        "JUST_BOUGHT_DAYS": "-1",
    }
    for name, value in wrong.items():
        monkeypatch.setenv(f"{PREFIX}{name}", value)
    said = refusal()
    assert all(f"{PREFIX}{name}: " in said for name in wrong)
    assert f"{PREFIX}HOST" not in said
    assert "too short" not in said
    assert (
        "expected a URL like file:///srv/shop, file:shop or s3://bucket/prefix, not 'ftp://somewhere'" in said
    )


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


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("RECOMMENDER_WORKER", "RECOMMENDER_WORKERS"),
        ("RECOMENDER_WORKERS", "RECOMMENDER_WORKERS"),
        ("RECOMMENDER_LOGLEVEL", "RECOMMENDER_LOG_LEVEL"),
        ("RECOMMENDER_APIKEYS", "RECOMMENDER_API_KEYS"),
        ("RECOMMENDER_STORAGE_URI", "RECOMMENDER_STORAGE_URL"),
        ("RECOMMENDER-PORT", "RECOMMENDER_PORT"),
    ],
)
def test_a_misspelt_variable_is_named_beside_the_wrong_ones(
    monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    monkeypatch.setenv(name, "1")
    monkeypatch.setenv(f"{PREFIX}PORT", "0")
    said = refusal()
    assert said.startswith(f"{name}: there is no such setting; did you mean {meant}?; ")
    assert f"{PREFIX}PORT: " in said


@pytest.mark.parametrize(
    "name",
    ["SERVICE_HOST", "SERVICE_PORT", "PORT_8000_TCP", "PORT_8000_TCP_ADDR", "KILLS", "RELOADS", "REALDATA"],
)
def test_what_platforms_and_tests_add_is_no_misspelling(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"{PREFIX}{name}", "tcp://10.0.0.1:8000")
    assert read_settings() == Settings()


def test_settings_that_are_printed_do_not_give_keys_away() -> None:
    settings = Settings(api_keys=SecretStr(f"read:{KEY}"))
    assert KEY not in f"{settings!r} {settings} {settings.model_dump()}"


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", ()),
        ("*", ("*",)),
        ("https://shop.example", ("https://shop.example",)),
        (" https://a.example , http://localhost:3000 ", ("https://a.example", "http://localhost:3000")),
    ],
)
def test_origins_are_a_list_with_commas(text: str, origins: tuple[str, ...]) -> None:
    assert parse_origins(text) == origins


@pytest.mark.parametrize(
    "text",
    [",", "shop.example", "https://shop.example/", "https://Shop.example", "ftp://a", "https://a,", "null"],
)
def test_what_is_no_origin_is_refused(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv(f"{PREFIX}CORS_ORIGINS", text)
    assert refusal().startswith(f"{PREFIX}CORS_ORIGINS: expected origins like https://shop.example, not ")


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
    assert storage_home(url) == LocalStorage(folder)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "shop",
        "/srv/shop",
        "file:",
        "file://",
        "file://server/shop",
        "s3:bucket?x",
        "s3://bucket/a#b",
        "S4://b",
    ],
)
def test_any_other_storage_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", url)
    assert refusal().startswith(f"{PREFIX}STORAGE_URL: ")
    assert f"expected a URL like file:///srv/shop, file:shop or s3://bucket/prefix, not {url!r}" in refusal()


@pytest.mark.parametrize(
    ("url", "bucket", "prefix"),
    [
        ("s3://bucket", "bucket", ""),
        ("s3://bucket/", "bucket", ""),
        ("s3://my.bucket-1/shop", "my.bucket-1", "shop"),
        ("s3://bucket/shops/one/", "bucket", "shops/one"),
        (f"s3://{'b' * 63}/{'p' * 255}", "b" * 63, "p" * 255),
    ],
)
def test_an_s3_url_names_a_bucket_and_a_prefix(url: str, bucket: str, prefix: str) -> None:
    assert storage_home(url) == S3Storage(bucket, prefix)


@pytest.mark.parametrize(
    "bucket", ["", "ab", "b" * 64, "Bucket", "-bucket", "bucket-", "my_bucket", "a..b", "10.0.0.1", "a:80"]
)
def test_what_is_no_name_of_a_bucket_is_refused(monkeypatch: pytest.MonkeyPatch, bucket: str) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", f"s3://{bucket}/shop")
    assert refusal().startswith(f"{PREFIX}STORAGE_URL: {bucket!r} is no name of a bucket: ")


@pytest.mark.parametrize(
    "prefix", ["/a", "a//b", "..", "a/../b", ".a", "a b", "a%20b", "ä", "a" * 256, "a\\b"]
)
def test_what_is_no_prefix_is_refused(monkeypatch: pytest.MonkeyPatch, prefix: str) -> None:
    monkeypatch.setenv(f"{PREFIX}STORAGE_URL", f"s3://bucket/{prefix}")
    assert refusal().startswith(f"{PREFIX}STORAGE_URL: {prefix!r} is no prefix: ")


@given(
    st.text("aZ0._=-/ \n%", min_size=1, max_size=6)
    | st.integers(250, 260).map(lambda size: "a" * size)
    | st.text(min_size=1, max_size=3)
)
def test_a_prefix_is_what_the_stores_take_for_a_key(prefix: str) -> None:
    assume(not {"?", "#", "\t", "\r", "\n"} & set(prefix))
    assume(not prefix.endswith("/"))
    try:
        storage = storage_home(f"s3://bucket/{prefix}")
    except ValueError:
        assert not is_key(prefix)
    else:
        assert is_key(prefix)
        assert storage == S3Storage("bucket", prefix)


def test_the_cache_is_in_ones_home_unless_it_is_said_where(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    assert cache_folder(Settings()) == Path("/home/ada/.cache/recommender")
    assert cache_folder(Settings(cache_dir=Path("cache"))) == Path.cwd() / "cache"


def test_without_a_home_a_cache_must_be_named() -> None:
    with pytest.raises(InvalidSettings, match=f"{PREFIX}CACHE_DIR: expected a folder"):
        cache_folder(Settings(cache_dir=Path("~nobody-of-this-name/cache")))


def test_the_documentation_has_every_setting_with_its_default_and_meaning() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| `(.*?)` \| (.*) \|$", CONFIGURATION.read_text(encoding="utf-8"), re.MULTILINE
    )
    defaults = Settings().model_dump()
    assert rows == [
        (f"{PREFIX}{name.upper()}", str(defaults[name]), field.description)
        for name, field in Settings.model_fields.items()
    ]


@pytest.mark.parametrize(
    ("url", "home"),
    [
        ("memory://", ProcessMemoryHome()),
        ("redis://cache", RedisMemoryHome("redis://cache")),
        ("rediss://:secret@cache:6380/1", RedisMemoryHome("rediss://:secret@cache:6380/1")),
        ("none", None),
    ],
)
def test_a_memory_is_a_process_or_a_redis_or_none(url: str, home: object) -> None:
    assert memory_home(url) == home


@pytest.mark.parametrize(
    "url",
    [
        "",
        "memory",
        "None",
        "redis://",
        "redis://cache/first",
        "http://cache",
        "redis://cache:x/0",
        "redis://[::1",
    ],
)
def test_other_memories_are_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv(f"{PREFIX}MEMORY_URL", url)
    assert f"{PREFIX}MEMORY_URL: expected memory://, redis://host:6379/0" in refusal()


@pytest.mark.parametrize(
    ("storage", "asked", "interval"),
    [("file:shop", None, 0.005), ("file:shop", 2, 2), ("s3://bucket", None, 0.5), ("s3://bucket", 0.5, 0.5)],
)
def test_events_wait_longer_where_every_write_is_paid_for(
    storage: str, asked: float | None, interval: float
) -> None:
    assert commit_interval(Settings(storage_url=storage, commit_seconds=asked)) == interval


def test_less_than_s3_can_keep_up_with_is_refused() -> None:
    with pytest.raises(InvalidSettings, match=r"RECOMMENDER_COMMIT_SECONDS: expected at least 0\.5"):
        commit_interval(Settings(storage_url="s3://bucket", commit_seconds=0.1))
