from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from unit.domain.test_domain_shops import LAW, assert_same

from recommender.domain.retrieval.pairs import Pairs
from recommender.domain.retrieval.spectrum import ENTRIES, OVERSAMPLING, leading, product

Dense = NDArray[np.float64]

SEEDS = st.integers(0, 2**32 - 1)


def sparse(dense: Dense) -> Pairs:
    one, other = np.nonzero(dense)
    return Pairs(one.astype(np.int32), other.astype(np.int32), dense[one, other], len(dense))


def symmetric(seed: int, size: int, density: float = 1.0) -> Dense:
    """Numbers of chance between -1 and 1, most of them zeros if the density is low."""
    generator = np.random.default_rng(seed)
    half = generator.uniform(-1, 1, (size, size)) * (generator.random((size, size)) < density)
    return half + half.T


def with_eigenvalues(seed: int, *value: float) -> Dense:
    basis, _ = np.linalg.qr(np.random.default_rng(seed).standard_normal((len(value), len(value))))
    return np.asarray((basis * np.array(value)) @ basis.T)


def best_approximation(dense: Dense, dimensions: int) -> Dense:
    """The positive semi-definite matrix of so low a rank that is nearest to a symmetric one."""
    value, vector = np.linalg.eigh(dense)
    value = np.where(np.arange(len(value)) >= len(value) - dimensions, np.maximum(value, 0), 0)
    return np.asarray((vector * value) @ vector.T)


def distance(one: Dense, other: Dense) -> float:
    return float(np.linalg.norm(one - other))


def gram(dense: Dense, dimensions: int) -> Dense:
    vectors = leading(sparse(dense), dimensions).astype(np.float64)
    return np.asarray(vectors @ vectors.T)


@given(SEEDS, st.integers(1, 30), st.integers(1, 8), st.sampled_from([0.1, 0.5, 1.0]))
@LAW
def test_a_product_is_the_one_of_the_dense_matrix(seed: int, size: int, columns: int, density: float) -> None:
    dense = symmetric(seed, size, density)
    vectors = np.random.default_rng(seed).standard_normal((size, columns), dtype=np.float32)
    found = product(sparse(dense), vectors)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, dense @ vectors, atol=1e-4)


def test_a_product_of_many_blocks_is_that_of_the_dense_matrix() -> None:
    dense = symmetric(7, 150)
    assert np.count_nonzero(dense) > 5 * ENTRIES
    vectors = np.random.default_rng(8).standard_normal((150, 3), dtype=np.float32)
    np.testing.assert_allclose(product(sparse(dense), vectors), dense @ vectors, atol=1e-4)


@pytest.mark.parametrize("entries", [ENTRIES - 1, ENTRIES, ENTRIES + 1, 2 * ENTRIES])
def test_a_row_of_as_many_entries_as_a_block_or_more_is_added_up_as_one(entries: int) -> None:
    generator = np.random.default_rng(9)
    short, one = (np.full(size, row, np.int32) for size, row in ((2, 0), (entries, 1)))
    other = np.concatenate([[1, 2], np.arange(entries)]).astype(np.int32)
    matrix = Pairs(np.concatenate([short, one]), other, generator.random(entries + 2), entries + 3)
    vectors = generator.standard_normal((matrix.size, 2), dtype=np.float32)
    slow = np.zeros((matrix.size, 2))
    for row, column, weight in zip(matrix.one, matrix.other, matrix.weight, strict=True):
        slow[row] += weight * vectors[column].astype(np.float64)
    np.testing.assert_allclose(product(matrix, vectors), slow, atol=1e-3)


@given(SEEDS, st.integers(1, OVERSAMPLING), st.integers(1, 6), st.sampled_from([0.2, 1.0]))
@LAW
def test_a_small_matrix_is_approximated_as_well_as_so_many_dimensions_allow(
    seed: int, size: int, dimensions: int, density: float
) -> None:
    dense = symmetric(seed, size, density)
    best = distance(best_approximation(dense, dimensions), dense)
    assert distance(gram(dense, dimensions), dense) == pytest.approx(best, abs=1e-4 * size)


@given(SEEDS, st.integers(1, 6))
@LAW
def test_the_leading_dimensions_of_a_large_matrix_stand_out_from_its_noise(
    seed: int, dimensions: int
) -> None:
    values = [*(50.0 - 5 * at for at in range(dimensions)), *np.linspace(-2, 2, 50).tolist()]
    dense = with_eigenvalues(seed, *values)
    np.testing.assert_allclose(gram(dense, dimensions), best_approximation(dense, dimensions), atol=1e-3)


def test_each_vector_has_the_length_of_the_root_of_its_eigenvalue_the_greatest_first() -> None:
    vectors = leading(sparse(with_eigenvalues(1, 1.0, 9.0, 4.0)), 2)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=0).tolist() == pytest.approx([3.0, 2.0], rel=1e-5)


def test_negative_eigenvalues_count_nothing() -> None:
    vectors = leading(sparse(with_eigenvalues(1, 4.0, -9.0, -1.0)), 3)
    assert np.linalg.norm(vectors, axis=0).tolist() == pytest.approx([2.0, 0.0, 0.0], abs=2e-3)


@pytest.mark.parametrize(("size", "columns"), [(0, 0), (1, 1), (3, 3), (40, 5)])
def test_a_matrix_of_zeros_has_vectors_of_zeros(size: int, columns: int) -> None:
    vectors = leading(sparse(np.zeros((size, size))), 5)
    assert vectors.shape == (size, columns)
    assert not vectors.any()


def test_a_matrix_of_fewer_rows_than_dimensions_has_as_many_columns_as_rows() -> None:
    dense = with_eigenvalues(3, 3.0, 2.0, 1.0)
    assert leading(sparse(dense), 10).shape == (3, 3)
    np.testing.assert_allclose(gram(dense, 10), dense, atol=1e-5)


@given(SEEDS, st.integers(1, 40))
@LAW
def test_the_same_matrix_has_the_same_vectors(seed: int, size: int) -> None:
    matrix = sparse(symmetric(seed, size))
    assert_same(leading(matrix, 4), leading(matrix, 4))
