"""current.json: what it may say, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from fakes.blobs import FakeBlobStore
from hypothesis import given
from hypothesis import strategies as st
from unit.contracts.model_store import publish, publish_several

from recommender.adapters.models import BlobModelStore
from recommender.adapters.models.pointer import MOST_BEFORE, Pointer
from recommender.domain.errors import CorruptModel, VersionInUse

VERSIONS = [f"201505{day:02d}T120000Z-0123456789ab" for day in range(1, 29)]
A, B, C = VERSIONS[:3]

DAMAGED: dict[str, tuple[object, str]] = {
    "empty": (b"", "current.json is not JSON"),
    "cut off": (b'{"version": "2015', "current.json is not JSON"),
    "no text": (b"\xff\xfe", "current.json is not JSON"),
    "a list": ([A], "current.json is not a JSON object"),
    "nothing in it": ({}, "current.json names no version"),
    "a number": ({"version": 1}, "current.json: version: expected str, not int"),
    "a path": ({"version": "../x"}, "current.json names '../x', which is no version"),
    "half a name": ({"version": A[:-1]}, "current.json names '20150501T120000Z-0123456789a', which"),
    "no version, but some before": (
        {"version": None, "before": [A]},
        "current.json: version: expected str, not NoneType",
    ),
    "a word for a list": ({"version": A, "before": B}, "current.json: before: expected list, not str"),
    "a number in a list": ({"version": A, "before": [1]}, "current.json: before: expected str, not int"),
    "a path before": ({"version": A, "before": ["a/b"]}, "current.json names 'a/b', which is no version"),
    "current twice": ({"version": A, "before": [A]}, "current.json names a version twice"),
    "current and deleted": ({"version": A, "deleting": [A]}, "current.json names a version twice"),
    "changes in words": ({"version": A, "changes": "3"}, "current.json: changes: expected int, not str"),
}


@pytest.mark.parametrize(("content", "why"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_pointer_is_refused_and_left_as_it_is(content: object, why: str) -> None:
    blobs = FakeBlobStore()
    store = BlobModelStore(blobs)
    version = publish(store)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    blobs.create("models/current.json", data)
    asked: tuple[Callable[[], object], ...] = (
        store.current,
        store.history,
        lambda: store.remnants(0),
        lambda: store.promote(version, None),
        lambda: store.delete(version),
    )
    for ask in asked:
        with pytest.raises(CorruptModel) as refused:
            ask()
        assert refused.value.version == "current"
        assert refused.value.why.startswith(why)
        assert "delete models/current.json, and promote a version or train again" in str(refused.value)
    assert blobs.read("models/current.json") == data
    assert store.versions() == [version]
    assert store.load(version).goals


def test_after_a_damaged_pointer_was_deleted_a_version_can_be_promoted() -> None:
    blobs = FakeBlobStore()
    store = BlobModelStore(blobs)
    version = publish_several(store, 2)[-1]
    blobs.create("models/current.json", b"{")
    blobs.delete("models/current.json")
    assert store.promote(version, None)


def test_a_version_that_is_being_deleted_is_taken_out_of_the_history() -> None:
    pointer = Pointer((A, B, C)).condemning(B)
    assert (pointer.history, pointer.deleting) == ((A, C), (B,))
    assert pointer.condemning(B) is pointer
    assert pointer.forgetting(B).deleting == ()
    with pytest.raises(VersionInUse):
        pointer.condemning(C)


STEPS = st.lists(
    st.tuples(st.sampled_from(["promoting", "condemning", "forgetting"]), st.sampled_from(VERSIONS))
)


@given(STEPS)
def test_whatever_happens_the_pointer_can_be_read_again_and_no_state_comes_back(
    steps: list[tuple[str, str]],
) -> None:
    pointer, seen = Pointer(), {Pointer().to_bytes()}
    for step, version in steps:
        if (step == "promoting") == (version in pointer.deleting) or version == pointer.version:
            continue
        changed: Pointer = getattr(pointer, step)(version)
        if changed != pointer:
            assert changed.to_bytes() not in seen
        pointer = changed
        seen.add(pointer.to_bytes())
        assert Pointer.parse(pointer.to_bytes()) == pointer
        assert len(pointer.history) <= MOST_BEFORE + 1
        assert pointer == replace(pointer)
