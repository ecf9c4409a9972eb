"""The configuration: read once from the environment, at the edge, into one frozen value."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recommender.domain.errors import InvalidSettings

PREFIX = "RECOMMENDER_"


class Settings(BaseSettings):
    """Every setting has a default with which everything runs on local files in one process."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True)

    storage_url: str = Field(
        default="file:shop",
        description="Root of all that is stored: `file:///path`, or `file:path` below the working folder.",
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
        storage_folder(url)
        return url


def storage_folder(url: str) -> Path:
    """The folder of a file URL, absolute (file:///srv/shop) or relative to where we run (file:shop)."""
    parts = urlsplit(url)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost") or not parts.path:
        raise ValueError(f"expected a URL like file:///srv/shop or file:shop, not {url!r}")
    return Path(unquote(parts.path)).absolute()


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
