"""The keeper of refused rows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import groupby
from typing import Protocol

from recommender.application.ports import Reject

LONGEST_SLUG = 80


class Blobs(Protocol):
    """What is needed of a blob store."""

    def create(self, key: str, data: bytes) -> bool:
        """Keep the bytes under a new key; False, and nothing is changed, if the key is taken."""
        ...


@dataclass(frozen=True)
class KeptRejects:
    """Keeps the refused rows of a file in `rejects/<file>-<hash of the content>.jsonl`.

    The same rows have the same name, so keeping them again changes nothing.
    """

    blobs: Blobs

    def keep(self, rejects: Sequence[Reject]) -> None:
        """Keep the rows, those of one file after another together; each line has file, line, reason, text."""
        for file, rows in groupby(rejects, key=lambda each: each.file):
            data = b"".join(_line(each) for each in rows)
            self.blobs.create(f"rejects/{slug(file)}-{blake2b(data, digest_size=8).hexdigest()}.jsonl", data)


def slug(file: str) -> str:
    """A file's name in the characters that a key may have."""
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", file).lstrip(".")[:LONGEST_SLUG]


def _line(row: Reject) -> bytes:
    """One JSON line; half characters, which file names can have, become JSON's escapes."""
    return json.dumps(asdict(row), ensure_ascii=False).encode(errors="backslashreplace") + b"\n"
