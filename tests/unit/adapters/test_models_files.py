"""Single files of a version."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

from recommender.adapters.models.files import Checksum, json_object, mapped, to_npy

KINDS = st.sampled_from([np.bool_, np.int8, np.int32, np.int64, np.uint8, np.float32, np.float64])


def written(folder: Path, data: bytes) -> Path:
    file = folder / "file.npy"
    file.write_bytes(data)
    return file


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("arrays")


@given(KINDS.flatmap(lambda kind: arrays_of.arrays(kind, arrays_of.array_shapes(min_dims=0, min_side=0))))
def test_an_array_comes_back_as_it_was(folder: Path, array: np.ndarray) -> None:
    again = mapped(written(folder, to_npy(array)), "file.npy")
    np.testing.assert_array_equal(again, array, strict=True)


def test_a_mapped_array_is_plain_and_cannot_be_written_to(tmp_path: Path) -> None:
    array = mapped(written(tmp_path, to_npy(np.arange(3))), "file.npy")
    assert type(array) is np.ndarray
    assert isinstance(array.base, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_an_array_in_another_order_and_a_file_that_goes_on_are_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "fortran.npy", np.asfortranarray(np.zeros((2, 3))))
    with pytest.raises(ValueError, match=r"^fortran\.npy: the array is not in C order$"):
        mapped(tmp_path / "fortran.npy", "fortran.npy")
    with pytest.raises(ValueError, match=r"^long\.npy: the file goes on behind the array$"):
        mapped(written(tmp_path, to_npy(np.arange(3)) + b"\0"), "long.npy")


HEADER_PARTS = [b"'|O'", b"'<f8'", b"(((", b"{", b"99999999999999999999999", b"(-1,)", b"True", b"None", b"'"]

CHANGES = st.sampled_from(HEADER_PARTS) | st.binary(min_size=1, max_size=3)


@pytest.mark.filterwarnings("ignore")  # numpy parses headers as Python, and Python warns of strange ones
@given(st.lists(st.tuples(st.integers(0, 110), CHANGES)))
def test_whatever_a_header_says_it_is_an_array_or_refused_by_name(
    folder: Path, changes: list[tuple[int, bytes]]
) -> None:
    data = bytearray(to_npy(np.arange(6).reshape(2, 3)))
    for place, part in changes:
        data[place : place + len(part)] = part
    try:
        said = f"x.npy: {mapped(written(folder, bytes(data)), 'x.npy').nbytes} bytes"
    except ValueError as error:
        said = str(error)
    assert said.startswith("x.npy: ")


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x03\x04", b"\x80\x04N.", to_npy(np.arange(3))[:-1], to_npy(np.arange(3))[:20]],
    ids=["empty", "archive", "pickle", "cut off", "cut off in its header"],
)
def test_what_is_no_array_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^weights\.npy: "):
        mapped(written(tmp_path, data), "weights.npy")


def test_an_array_of_objects_is_neither_written_nor_read(tmp_path: Path) -> None:
    objects = np.array([{}], np.object_)
    with pytest.raises(ValueError, match="Object arrays cannot be saved"):
        to_npy(objects)
    np.save(tmp_path / "objects.npy", objects, allow_pickle=True)
    with pytest.raises(ValueError, match=r"^objects\.npy: .*Python objects"):
        mapped(tmp_path / "objects.npy", "objects.npy")


def test_a_file_that_was_summed_up_passes(tmp_path: Path) -> None:
    for data in (b"", b"some bytes"):
        Checksum.of(data).check(written(tmp_path, data), "file")


@pytest.mark.parametrize(
    ("found", "why"),
    [(b"som", "^file has 3 bytes, 4 were published$"), (b"sOme", "^file has the sha256 .* was published$")],
)
def test_any_other_file_is_refused(tmp_path: Path, found: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Checksum.of(b"some").check(written(tmp_path, found), "file")


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"[]", b"1", b'{"a": 1, "a": 1}', b'{"b": {"a": 1, "a": 2}}', b'{"a":' * 99_999],
    ids=["empty", "cut off", "no text", "list", "number", "key twice", "key twice inside", "nested too deep"],
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"^x is not "):
        json_object(data, "x")
