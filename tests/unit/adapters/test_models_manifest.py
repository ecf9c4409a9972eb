"""The manifest of a version, and the version's name."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from worlds import NOW, SHOP_CARD

from recommender.adapters.models.files import Checksum
from recommender.adapters.models.manifest import Manifest, libraries

MANIFEST = Manifest(
    published_at=NOW,
    card=SHOP_CARD,
    libraries={"numpy": "2.0"},
    files={"a.npy": Checksum.of(b"a")},
    model={"start": 1},
)


def test_a_manifest_comes_back_as_it_was() -> None:
    assert Manifest.parse(MANIFEST.to_bytes()) == MANIFEST


def test_the_same_manifest_gives_the_same_bytes_in_whatever_order_it_was_put_together() -> None:
    lists = dict(sorted(SHOP_CARD.lists.items()))
    assert list(lists) != list(SHOP_CARD.lists)
    reordered = replace(MANIFEST, card=replace(SHOP_CARD, lists=lists))
    assert reordered.to_bytes() == MANIFEST.to_bytes()
    assert reordered.version == MANIFEST.version


def test_the_content_is_the_same_whenever_and_wherever_it_was_published() -> None:
    elsewhere = replace(MANIFEST, published_at=NOW + 60_000, libraries={})
    assert elsewhere.content == MANIFEST.content
    assert elsewhere.version != MANIFEST.version


@pytest.mark.parametrize(
    "other",
    [
        replace(MANIFEST, card=replace(SHOP_CARD, seed=2)),
        replace(MANIFEST, model={"start": 2}),
        replace(MANIFEST, files={}),
        replace(MANIFEST, files={"b.npy": Checksum.of(b"a")}),
        replace(MANIFEST, files={"a.npy": Checksum.of(b"b")}),
    ],
    ids=["card", "model", "no file", "file name", "file content"],
)
def test_whatever_else_differs_gives_another_name(other: Manifest) -> None:
    assert other.version != MANIFEST.version


@pytest.mark.parametrize(
    "name", ["../a.npy", "a/b.npy", "/etc/passwd", "..", ".", "", ".a", "a\x00b", "a\\b"]
)
def test_a_file_outside_the_versions_folder_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a file in the version's folder"):
        replace(MANIFEST, files={name: Checksum.of(b"a")})


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda d: d.update(format=1), "its format is 1, and this program knows 4"),
        (lambda d: d.update(format=[]), "its format is [], and this program knows 4"),
        (lambda d: d.pop("format"), "its format is None, and this program knows 4"),
        (lambda d: d.update(author="me"), "author: unknown field"),
        (lambda d: d.pop("card"), "card: missing field"),
        (lambda d: d["card"].update(mood=1), "card.mood: unknown field"),
        (
            lambda d: d["files"].update({"../x": {"sha256": "", "size": 0}}),
            "'../x' is not the name of a file",
        ),
        (lambda d: d["files"]["a.npy"].update(size="1"), "files.a.npy.size: expected int, not '1'"),
    ],
)
def test_a_manifest_that_says_something_else_is_refused(
    change: Callable[[dict[str, object]], object], why: str
) -> None:
    document = json.loads(MANIFEST.to_bytes())
    change(document)
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the text is compared below
        Manifest.parse(json.dumps(document).encode())
    assert str(refused.value).startswith(why)


def test_half_a_manifest_is_refused() -> None:
    data = MANIFEST.to_bytes()
    with pytest.raises(ValueError, match=r"manifest\.json is not JSON"):
        Manifest.parse(data[: len(data) // 2])


def test_libraries_are_those_that_are_installed() -> None:
    found = libraries()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
