"""The grammar of blob keys."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.adapters.blobs import is_key, valid_key, valid_prefix
from recommender.adapters.blobs.keys import MAX_KEY_LENGTH


@pytest.mark.parametrize("key", ["a", "a/b", "events/2015-05-03/000003-0af.parquet", "A_z=1/-", "a.."])
def test_a_key_is_segments_of_letters_digits_and_four_signs(key: str) -> None:
    assert valid_key(key) == key


@pytest.mark.parametrize(
    "key", ["", "/", "/a", "a/", "a//b", ".a", "a/.b", "..", "a/../b", "a b", "a\n", "é", "a\0"]
)
def test_anything_else_is_refused_and_named(key: str) -> None:
    with pytest.raises(ValueError, match="not a blob key") as refusal:
        valid_key(key)
    assert repr(key) in str(refusal.value)


def test_a_key_has_a_longest_length() -> None:
    assert valid_key("k" * MAX_KEY_LENGTH)
    with pytest.raises(ValueError, match="not a blob key"):
        valid_key("k" * (MAX_KEY_LENGTH + 1))


def test_the_empty_prefix_is_the_whole_store() -> None:
    assert valid_prefix("") == ""
    assert valid_prefix("a/b") == "a/b"


@pytest.mark.parametrize("prefix", ["a/", "/", "..", ".a"])
def test_a_prefix_is_whole_segments(prefix: str) -> None:
    with pytest.raises(ValueError, match="not a blob key"):
        valid_prefix(prefix)


@given(st.text("ab./-\\ \n~", max_size=12))
def test_no_key_leaves_its_root_or_has_a_second_spelling(text: str) -> None:
    path = PurePosixPath(text)
    if is_key(text):
        assert not path.is_absolute()
        assert str(path) == text
        assert not any(part.startswith(".") for part in path.parts)
