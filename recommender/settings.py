"""The configuration: read once from the environment, at the edge, into one frozen value."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.application.keys import parse_keys
from recommender.domain.errors import InvalidSettings

PREFIX = "RECOMMENDER_"

METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
"""Variable of prometheus_client: the folder in which several workers count together; set by `serve`."""

ON_A_DISK = 0.005
LEAST_ON_S3 = 0.5
"""Seconds between two writes of live events; every write to S3 is paid for."""

_BUCKET = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_S3_PREFIX = re.compile(r"(?=.{1,255}$)[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*")
_ORIGIN = re.compile(r"https?://[a-z0-9][a-z0-9.-]*(:\d{1,5})?")

_ALIKE = 0.9
"""A letter more, less or other in names of such length; what Kubernetes adds for a service is further."""


@dataclass(frozen=True)
class LocalStorage:
    """Everything is below an absolute folder."""

    folder: Path


@dataclass(frozen=True)
class S3Storage:
    """Everything is in a bucket, below a prefix ("" for the whole bucket)."""

    bucket: str
    prefix: str


@dataclass(frozen=True)
class ProcessMemoryHome:
    """What shoppers did just now is remembered in the server's process."""


@dataclass(frozen=True)
class RedisMemoryHome:
    """It is remembered in Redis, or Valkey."""

    url: str


class Settings(BaseSettings):
    """Every setting has a default with which everything runs on local files in one process."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    storage_url: str = Field(
        default="file:shop",
        description="Root of all that is stored: `file:///path`, `file:path` below the working folder, "
        "or `s3://bucket/prefix`.",
    )
    cache_dir: Path = Field(
        default=Path("~/.cache/recommender"),
        description="Folder for local copies of what is stored in S3; processes share it.",
    )
    s3_sse: Literal["", "AES256", "aws:kms"] = Field(
        default="",
        description="Encryption to ask S3 for: `AES256` or `aws:kms`; empty for the bucket's default.",
    )
    memory_url: str = Field(
        default="memory://",
        description="Where servers remember what shoppers did just now: `memory://` (in the one process that "
        "serves), `redis://host:6379/0` or `rediss://…` (shared by all), or `none`: no events are taken.",
    )
    commit_seconds: float | None = Field(
        default=None,
        ge=0.001,
        le=10,
        description="Writes of events begin at least so far apart; whoever comes meanwhile shares the next: "
        "0.005 on a disk unless set, 0.5 in S3, where less is refused.",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535, description="Port to listen on.")
    workers: int = Field(
        default=1, ge=1, le=64, description="Server processes; they share the model's memory."
    )
    reload_seconds: float = Field(
        default=5,
        ge=0.1,
        le=3600,
        description="How often the server looks whether another version is current.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level logged."
    )
    log_format: Literal["auto", "json", "text"] = Field(
        default="auto",
        description="`json`, `text`, or `auto`: text where the log goes to a terminal, else JSON.",
    )
    api_keys: SecretStr = Field(
        default=SecretStr(""),
        description="Keys as `read:KEY,write:KEY,read+write:KEY`, each of 16 to 256 characters; "
        "with any, `/users` and `/attribution` want one that may read, and `/events` one that may write.",
    )
    cors_origins: str = Field(
        default="",
        description="Pages that may call from a browser: `https://shop.example,https://m.shop.example`, "
        "or `*` for all.",
    )
    just_bought_days: float = Field(
        default=30, ge=0, le=3650, description="So long after a purchase the item is not shown to its buyer."
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_small_letters(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @field_validator("storage_url")
    @classmethod
    def _is_a_known_home(cls, url: str) -> str:
        storage_home(url)
        return url

    @field_validator("memory_url")
    @classmethod
    def _is_a_known_memory(cls, url: str) -> str:
        memory_home(url)
        return url

    @field_validator("api_keys")
    @classmethod
    def _are_keys(cls, text: SecretStr) -> SecretStr:
        parse_keys(text.get_secret_value())
        return text

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, text: str) -> str:
        parse_origins(text)
        return text

    @field_validator("cache_dir")
    @classmethod
    def _is_a_folder(cls, folder: Path) -> Path:
        if folder == Path():
            raise ValueError("expected a folder")
        return folder


def cache_folder(settings: Settings) -> Path:
    """The folder for local copies; raises InvalidSettings where nobody is at home to put it there."""
    try:
        return settings.cache_dir.expanduser().absolute()
    except RuntimeError as homeless:
        raise InvalidSettings(f"{PREFIX}CACHE_DIR: expected a folder, for {homeless}") from homeless


def commit_interval(settings: Settings) -> float:
    """Seconds between two writes of events; raises InvalidSettings for less than S3 can keep up with."""
    asked = settings.commit_seconds
    match storage_home(settings.storage_url):
        case LocalStorage():
            return ON_A_DISK if asked is None else asked
        case S3Storage():
            if asked is not None and asked < LEAST_ON_S3:
                raise InvalidSettings(
                    f"{PREFIX}COMMIT_SECONDS: expected at least {LEAST_ON_S3} where events go to S3"
                )
            return LEAST_ON_S3 if asked is None else asked


def memory_home(url: str) -> ProcessMemoryHome | RedisMemoryHome | None:
    """What a URL names; None if nothing is to be remembered."""
    if url == "none":
        return None
    if url == "memory://":
        return ProcessMemoryHome()
    if _names_a_redis(url):
        return RedisMemoryHome(url)
    raise ValueError("expected memory://, redis://host:6379/0, rediss://host:6379/0 or none")


def _names_a_redis(url: str) -> bool:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return False
    database = parts.path.removeprefix("/")
    return bool(
        parts.scheme in ("redis", "rediss") and parts.hostname and (not database or database.isdigit())
    )


def storage_home(url: str) -> LocalStorage | S3Storage:
    """What a URL names: file:///srv/shop, file:shop (relative to where we run), or s3://bucket/prefix."""
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc in ("", "localhost") and parts.path:
        return LocalStorage(Path(unquote(parts.path)).absolute())
    if parts.scheme == "s3" and not (parts.query or parts.fragment):
        return _s3_storage(parts.netloc, parts.path.removeprefix("/").removesuffix("/"))
    raise ValueError(f"expected a URL like file:///srv/shop, file:shop or s3://bucket/prefix, not {url!r}")


def _s3_storage(bucket: str, prefix: str) -> S3Storage:
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(
            f"{bucket!r} is no name of a bucket: 3 to 63 small letters, digits, hyphens and single dots, "
            "with a letter or digit at both ends, and no IP address"
        )
    if prefix and not _S3_PREFIX.fullmatch(prefix):
        raise ValueError(
            f"{prefix!r} is no prefix: segments of letters, digits and . _ = - with / between them, "
            "none of which begins with a dot, at most 255 characters in all"
        )
    return S3Storage(bucket, prefix)


def parse_origins(text: str) -> tuple[str, ...]:
    """Origins of web pages from a list with commas; raises ValueError for what is none."""
    origins = tuple(each.strip() for each in text.split(",")) if text.strip() else ()
    for origin in origins:
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise ValueError(f"expected origins like https://shop.example, not {origin!r}")
    return origins


def read_settings() -> Settings:
    """Read the environment; raises InvalidSettings that names every variable that is wrong.

    A variable that looks like a misspelt setting is wrong, too. Others are left alone: container platforms
    and the project's own tests add variables with the same beginning.
    """
    wrong = [
        f"{name}: there is no such setting; did you mean {meant}?" for name, meant in _misspelt(os.environ)
    ]
    try:
        settings = Settings()
    except ValidationError as invalid:
        wrong += [
            f"{PREFIX}{str(error['loc'][0]).upper()}: {error['msg'].removeprefix('Value error, ')}"
            for error in invalid.errors()
        ]
        raise InvalidSettings("; ".join(wrong)) from None
    if wrong:
        raise InvalidSettings("; ".join(wrong))
    return settings


def _misspelt(environment: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Variables that are no settings but nearly the name of one, each with that name."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    for name in sorted(environment):
        if name.upper() not in known and (near := get_close_matches(name.upper(), known, 1, _ALIKE)):
            yield name, near[0]
