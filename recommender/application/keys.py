"""API keys: who may read what is known of shoppers, and who may add to it."""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

SHORTEST_KEY = 16
LONGEST_KEY = 256

_KEY = re.compile(rf"[!-+\--~]{{{SHORTEST_KEY},{LONGEST_KEY}}}")
"""Visible ASCII without a comma."""


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    WRITE = "write"


@dataclass(frozen=True)
class ApiKey:
    """A key of which only the sha256 is kept, so that nothing that is printed can give it away."""

    digest: bytes
    scopes: frozenset[Scope]


@dataclass(frozen=True)
class ApiKeys:
    """The keys that are accepted; without any, everybody may do everything."""

    keys: tuple[ApiKey, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.keys)

    def scopes(self, presented: str) -> frozenset[Scope] | None:
        """What a key is good for, None for one that is none. It is compared with all, in constant time."""
        digest = _digest(presented)
        found = None
        for each in self.keys:
            if hmac.compare_digest(each.digest, digest):
                found = each.scopes
        return found


def parse_keys(text: str) -> ApiKeys:
    """Keys as `read:KEY,write:KEY,read+write:KEY`; raises ValueError that names places and never a key."""
    if not text.strip():
        return ApiKeys()
    keys = tuple(_parsed(number, each.strip()) for number, each in enumerate(text.split(","), 1))
    digests = [each.digest for each in keys]
    for number, digest in enumerate(digests):
        if (first := digests.index(digest)) != number:
            raise ValueError(f"key {number + 1} is the same as key {first + 1}")
    return ApiKeys(keys)


def _parsed(number: int, text: str) -> ApiKey:
    scopes, colon, key = text.partition(":")
    names = scopes.split("+")
    if not colon or not set(names) <= set(Scope):
        raise ValueError(f"key {number}: expected read:KEY, write:KEY or read+write:KEY")
    if not _KEY.fullmatch(key):
        raise ValueError(
            f"key {number}: expected {SHORTEST_KEY} to {LONGEST_KEY} visible ASCII characters without a comma"
        )
    return ApiKey(_digest(key), frozenset(map(Scope, names)))


def _digest(key: str) -> bytes:
    return sha256(key.encode("utf-8", "surrogatepass")).digest()
