"""The manifest: what a version consists of, and the name that follows from it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from importlib import metadata
from typing import Self

from recommender.adapters.blobs import is_key
from recommender.adapters.models.codec import decode, encode
from recommender.adapters.models.files import Checksum, json_object
from recommender.application.card import ModelCard
from recommender.application.moments import stamp

VERSION = "[0-9]{8}T[0-9]{6}Z-[0-9a-f]{12}"
"""What versions are called, as a regular expression."""

LAST = 253_402_300_800_000
"""The end of the year 9999, in ms: names have four digits for it."""

MANIFEST = "manifest.json"
FORMAT = 4
"""Goes up when versions are laid out in another way; every other format is refused."""


@dataclass(frozen=True)
class Manifest:
    """What a version says of itself and of its files.

    published_at: ms, before the year 10000. libraries: name -> version at the time. files: name -> checksum.
    model: the structure of the model, as the codec wrote it.
    Raises ValueError for another time, and for a file that would lie outside the version's folder.
    """

    published_at: int
    card: ModelCard
    libraries: Mapping[str, str]
    files: Mapping[str, Checksum]
    model: object
    format: int = FORMAT

    def __post_init__(self) -> None:
        if not 0 <= self.published_at < LAST:
            raise ValueError(f"published_at is {self.published_at}, which is no time")
        for name in self.files:
            if "/" in name or not is_key(name):
                raise ValueError(f"{name!r} is not the name of a file in the version's folder")

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Read a manifest; raises ValueError for one that this program does not understand."""
        document = json_object(data, MANIFEST)
        if document.get("format") != FORMAT:
            raise ValueError(f"its format is {document.get('format')!r}, and this program knows {FORMAT}")
        return decode(document, {}, cls)

    def to_bytes(self) -> bytes:
        """The manifest as JSON; the same manifest gives the same bytes."""
        return json.dumps(encode(self)[0], sort_keys=True, indent=1).encode() + b"\n"

    @property
    def content(self) -> str:
        """Hash of what the version is, whenever and wherever it was published; 12 hex characters."""
        files = {name: checksum.sha256 for name, checksum in self.files.items()}
        parts = {"card": encode(self.card)[0], "files": files, "model": self.model}
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:12]

    @property
    def version(self) -> str:
        """The version's name: UTC time of publishing, and `content`."""
        return f"{stamp(self.published_at)}-{self.content}"


def libraries() -> dict[str, str]:
    """The versions of Python and of the libraries that models are made with, where they are installed.

    Nothing is imported for it.
    """
    found = {"python": platform.python_version()}
    for name in ("numpy", "scikit-learn"):
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found
