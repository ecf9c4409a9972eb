"""The grammar of blob keys: what means the same as a path on disk and as a key of an object store.

    key      segment ("/" segment)*, at most 255 characters
    segment  one or more of A-Z a-z 0-9 . _ = -, the first not a dot
    prefix   a key, or "" for the whole store

So no key leaves its root, and names that start with a dot are left to the stores themselves.
"""

import re

MAX_KEY_LENGTH = 255
"""A file's name has at most 255 bytes; an object store allows more."""

_SEGMENT = "[A-Za-z0-9_=-][A-Za-z0-9._=-]*"
_KEY = re.compile(f"{_SEGMENT}(?:/{_SEGMENT})*")


def is_key(text: str) -> bool:
    """Whether `text` is a key."""
    return len(text) <= MAX_KEY_LENGTH and _KEY.fullmatch(text) is not None


def valid_key(key: str) -> str:
    """Return the key as it is; raise ValueError naming it if it is none."""
    if not is_key(key):
        raise ValueError(f"not a blob key: {key!r}")
    return key


def valid_prefix(prefix: str) -> str:
    """Return the prefix as it is; raise ValueError naming it if it is none."""
    return valid_key(prefix) if prefix else prefix
