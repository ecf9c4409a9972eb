"""The configuration: read once from the environment, at the edge, into one frozen value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.domain.errors import InvalidSettings

PREFIX = "RECOMMENDER_"

ON_A_DISK = 0.005
LEAST_ON_S3 = 0.5
"""Seconds between two writes of live events; every write to S3 is paid for."""

_BUCKET = re.compile(r"(?!.*\.\.)(?!\d+\.\d+\.\d+\.\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_S3_PREFIX = re.compile(r"(?=.{1,255}$)[A-Za-z0-9_=-][A-Za-z0-9._=-]*(/[A-Za-z0-9_=-][A-Za-z0-9._=-]*)*")


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
        description="So long events wait for others, to be written together: 0.005 on a disk unless set, "
        "0.5 in S3, where less is refused.",
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
    """Seconds that events wait for others; raises InvalidSettings for less than S3 can keep up with."""
    in_s3 = isinstance(storage_home(settings.storage_url), S3Storage)
    least = LEAST_ON_S3 if in_s3 else 0.0
    if settings.commit_seconds is None:
        return LEAST_ON_S3 if in_s3 else ON_A_DISK
    if settings.commit_seconds < least:
        raise InvalidSettings(f"{PREFIX}COMMIT_SECONDS: expected at least {least} where events go to S3")
    return settings.commit_seconds


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


def read_settings() -> Settings:
    """Read the environment; raises InvalidSettings that names every variable that is wrong."""
    try:
        return Settings()
    except ValidationError as invalid:
        wrong = [
            f"{PREFIX}{str(error['loc'][0]).upper()}: {error['msg'].removeprefix('Value error, ')}"
            for error in invalid.errors()
        ]
        raise InvalidSettings("; ".join(wrong)) from None
