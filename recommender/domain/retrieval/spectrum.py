"""The leading eigenvectors of a large sparse symmetric matrix, by numpy alone."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from recommender.domain.ids import Rows
from recommender.domain.retrieval.pairs import Pairs

Vectors = NDArray[np.float32]

ITERATIONS = 4
OVERSAMPLING = 16
"""A few more columns than are wanted and a few multiplications find the leading ones well: Halko, Martinsson
and Tropp, Finding structure with randomness (SIAM Review 2011), sections 4.3 and 4.5."""

ENTRIES = 4_000
"""Entries that are multiplied at a time, to bound memory; as few as these stay in the cache."""


def product(matrix: Pairs, vectors: Vectors) -> Vectors:
    """The matrix times (size, n)."""
    result = np.zeros_like(vectors)
    weight = matrix.weight.astype(np.float32)[:, None]
    for start, stop in _blocks(matrix.one):
        rows, begin = np.unique(matrix.one[start:stop], return_index=True)
        terms = vectors.take(matrix.other[start:stop], axis=0)
        terms *= weight[start:stop]
        result[rows] = np.add.reduceat(terms, begin, axis=0)
    return result


def _blocks(row: Rows) -> Iterator[tuple[int, int]]:
    """Stretches of whole rows, of about ENTRIES entries."""
    start = 0
    while start < len(row):
        last = row[min(start + ENTRIES, len(row)) - 1]
        stop = int(np.searchsorted(row, last, side="right"))
        yield start, stop
        start = stop


def leading(matrix: Pairs, dimensions: int) -> Vectors:
    """Eigenvectors of a symmetric matrix's largest eigenvalues, each times its root.

    V (size, min(dimensions, size)) with V @ V.T about as near to the matrix as so many dimensions allow.
    Eigenvalues are found by their size: negative ones may take places, whose columns are zeros. The start is
    drawn with a fixed seed: the same matrix has the same vectors.
    """
    width = min(dimensions + OVERSAMPLING, matrix.size)
    basis = np.random.default_rng(0).standard_normal((matrix.size, width), dtype=np.float32)
    for _ in range(ITERATIONS):
        basis, _ = np.linalg.qr(product(matrix, basis))
    inner = basis.T.astype(np.float64) @ product(matrix, basis)
    value, rotation = np.linalg.eigh((inner + inner.T) / 2)
    best = np.argsort(-value, kind="stable")[:dimensions]
    root = np.sqrt(np.maximum(value[best], 0))
    vectors: Vectors = basis @ (rotation[:, best] * root).astype(np.float32)
    return vectors
