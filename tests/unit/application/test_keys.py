from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.application.keys import LONGEST_KEY, SHORTEST_KEY, ApiKeys, Scope, parse_keys

READ, WRITE, BOTH = "r" * SHORTEST_KEY, "w" * SHORTEST_KEY, "b" * LONGEST_KEY


def test_keys_have_the_scopes_that_are_written_before_them() -> None:
    keys = parse_keys(f"read:{READ}, write:{WRITE} ,read+write:{BOTH}")
    assert keys.scopes(READ) == frozenset({Scope.READ})
    assert keys.scopes(WRITE) == frozenset({Scope.WRITE})
    assert keys.scopes(BOTH) == frozenset(Scope)
    assert keys


@pytest.mark.parametrize(
    "presented", ["", READ[:-1], f"{READ}r", READ.upper(), f"read:{READ}", "ä", "\ud800"]
)
def test_what_is_not_exactly_a_key_is_none(presented: str) -> None:
    assert parse_keys(f"read:{READ}").scopes(presented) is None


@pytest.mark.parametrize("text", ["", " ", "\n"])
def test_without_keys_there_is_nothing_to_check(text: str) -> None:
    assert parse_keys(text) == ApiKeys()
    assert not parse_keys(text)
    assert parse_keys(text).scopes("") is None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (READ, "key 1: expected read:KEY"),
        (f"admin:{READ}", "key 1: expected read:KEY"),
        (f":{READ}", "key 1: expected read:KEY"),
        (f"read+:{READ}", "key 1: expected read:KEY"),
        (f"READ:{READ}", "key 1: expected read:KEY"),
        (f"read:{READ[:-1]}", "key 1: expected 16 to 256"),
        (f"read:{BOTH}b", "key 1: expected 16 to 256"),
        (f"read:{READ} {READ}", "key 1: expected 16 to 256"),
        (f"read:{READ}ä", "key 1: expected 16 to 256"),
        (f"read:{READ},", "key 2: expected read:KEY"),
        (f"read:{READ},write:short", "key 2: expected 16 to 256"),
        (f"read:{READ},write:{WRITE},write:{READ}", "key 3 is the same as key 1"),
    ],
)
def test_a_mistake_is_told_by_its_place_and_not_by_the_key(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why) as refused:
        parse_keys(text)
    assert READ not in str(refused.value)
    assert "short" not in str(refused.value)


@given(st.lists(st.text("abcXYZ:+_-~!", min_size=16, max_size=40), min_size=1, max_size=5, unique=True))
def test_whatever_is_visible_and_without_a_comma_can_be_a_key(keys: list[str]) -> None:
    parsed = parse_keys(",".join(f"read:{key}" for key in keys))
    assert all(parsed.scopes(key) == frozenset({Scope.READ}) for key in keys)
    assert not any(key in repr(parsed) for key in keys)
