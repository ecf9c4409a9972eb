"""The keeper of refused rows."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass
from hashlib import blake2b
from itertools import groupby

from recommender.adapters.blobs import BlobMissing, BlobStore
from recommender.application.ports import Reject

FOLDER = "rejects"
LONGEST_SLUG = 80

_KEY = re.compile(r"(?P<stem>.*)-[0-9a-f]{16}\.jsonl")
_BETWEEN_FIELDS = r"[\s,;|\"]"


@dataclass(frozen=True)
class KeptRejects:
    """Keeps the refused rows of a file in `rejects/<file>-<hash of the content>.jsonl`.

    The same rows have the same name, so keeping them again changes nothing.
    """

    blobs: BlobStore

    def keep(self, rejects: Sequence[Reject]) -> None:
        """Keep the rows, those of one file after another together; each line has file, line, reason, text."""
        for file, rows in groupby(rejects, key=lambda each: each.file):
            self._keep(f"{FOLDER}/{slug(file)}", [_line(each) for each in rows])

    def forget(self, user_ids: AbstractSet[str]) -> int:
        """Write every file anew that has such rows, without them; a row that cannot be read goes, too."""
        if not user_ids:
            return 0
        named = re.compile("|".join(map(_field, sorted(user_ids))))
        return sum(self._forget(key, named) for key in self.blobs.keys(FOLDER))

    def _keep(self, stem: str, lines: Sequence[bytes]) -> str:
        data = b"".join(lines)
        key = f"{stem}-{blake2b(data, digest_size=8).hexdigest()}.jsonl"
        self.blobs.create(key, data)
        return key

    def _forget(self, key: str, named: re.Pattern[str]) -> int:
        name = _KEY.fullmatch(key)
        try:
            lines = self.blobs.read(key).splitlines(keepends=True) if name else []
        except BlobMissing:  # somebody else forgets at the same time
            return 0
        rest = [line for line in lines if not _names(line, named)]
        if name and len(rest) < len(lines):
            if rest:
                self._keep(name["stem"], rest)
            self.blobs.delete(key)
        return len(lines) - len(rest)


def slug(file: str) -> str:
    """A file's name in the characters that a key may have."""
    return re.sub(r"[^A-Za-z0-9._=-]+", "-", file).lstrip(".")[:LONGEST_SLUG]


def _line(row: Reject) -> bytes:
    """One JSON line; half characters, which file names can have, become JSON's escapes."""
    return json.dumps(asdict(row), ensure_ascii=False).encode(errors="backslashreplace") + b"\n"


def _field(user_id: str) -> str:
    """What finds the id as a field of a row, which may be quoted: then quotes in it are doubled."""
    written = "|".join({re.escape(user_id), re.escape(user_id.replace('"', '""'))})
    return rf"(?:^|(?<={_BETWEEN_FIELDS}))(?:{written})(?=$|{_BETWEEN_FIELDS})"


def _names(line: bytes, named: re.Pattern[str]) -> bool:
    """Whether the row names one of those who are looked for, or nobody can say."""
    try:
        return named.search(json.loads(line)["text"]) is not None
    except (ValueError, LookupError, TypeError):
        return True
