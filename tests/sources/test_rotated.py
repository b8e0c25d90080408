"""Singular values and ranks against NumPy's and against exact ones; rotated rows."""

from fractions import Fraction

import numpy as np
import pytest
import scipy.sparse as sp

from logitscope.sources import RotatedSource, RowSource, dense_blocks, equilibrate, spectrum

rng = np.random.default_rng(1)
X = rng.standard_normal((300, 4)) * [1.0, 1e6, 1e-6, 3.0] + [0.0, 1.0, 1.0, -7.0]
SHARE = rng.uniform(0.1, 2.0, 300)
SHARE /= SHARE.sum()


def of(data, share=SHARE, center=True):
    source = equilibrate(RowSource(data), share, center)
    return source, spectrum(source, share, center)


def rows(source):
    return np.vstack([b if isinstance(b, np.ndarray) else b.toarray() for _, b in source.blocks()])


def test_singular_values_are_numpys():
    source, found = of(X)
    _, values, vt = np.linalg.svd(np.sqrt(SHARE)[:, None] * rows(source), full_matrices=False)
    np.testing.assert_allclose(found.values, values, rtol=1e-13)
    np.testing.assert_allclose(np.abs(found.vectors.T @ vt.T), np.eye(4), atol=1e-11)
    assert found.rank == 4
    assert found.dependent() == ()
    assert found.condition == pytest.approx(values[0] / values[-1])


@pytest.mark.parametrize(
    ("extra", "dependent"),
    [
        (lambda X: X[:, :1], (0, 4)),
        (lambda X: X[:, [1]] * 3 - 5, (1, 4)),
        (lambda X: np.full((300, 1), 0.7), (4,)),
        (lambda X: X[:, [0]] - X[:, [3]], (0, 3, 4)),
        (lambda X: np.column_stack([X[:, 2], X[:, 0]]), (0, 2, 4, 5)),
    ],
    ids=["duplicate", "affine copy", "constant", "difference", "two duplicates"],
)
def test_rank_and_the_columns_that_depend(extra, dependent):
    data = np.column_stack([X, extra(X)])
    _, found = of(data)
    assert found.rank == 4
    assert found.dependent() == dependent
    assert found.null_space.shape == (data.shape[1], data.shape[1] - 4)


@pytest.mark.parametrize("distance", [1e-6, 1e-9, 1e-12])
def test_nearly_collinear_is_not_collinear(distance):
    data = np.column_stack([X[:, 0], X[:, 0] + distance * rng.standard_normal(300)])
    _, found = of(data)
    assert found.rank == 2
    assert 0.1 / distance < found.condition < 10 / distance


def exact_rank(data):
    """Rank over the rationals, by elimination."""
    table = [[Fraction(value) for value in row] for row in data.tolist()]
    rank = 0
    for column in range(data.shape[1]):
        pivot = next((i for i in range(rank, len(table)) if table[i][column]), None)
        if pivot is None:
            continue
        table[rank], table[pivot] = table[pivot], table[rank]
        for i in range(rank + 1, len(table)):
            ratio = table[i][column] / table[rank][column]
            table[i] = [a - ratio * b for a, b in zip(table[i], table[rank], strict=True)]
        rank += 1
    return rank


@pytest.mark.parametrize("rank", [1, 2, 5, 9])
@pytest.mark.parametrize("center", [True, False])
def test_rank_of_integers_is_exact(rank, center):
    data = (rng.integers(-3, 4, (40, rank)) @ rng.integers(-3, 4, (rank, 9))).astype(float)
    data *= 10.0 ** rng.integers(-3, 4, 9).clip(0)  # still integers
    with_ones = np.column_stack([data, np.ones(40)]) if center else data
    _, found = of(data, np.full(40, 1 / 40), center)
    assert found.rank + center == exact_rank(with_ones)


@pytest.mark.parametrize("shape", [(3, 8), (1, 4), (8, 8)])
def test_fewer_rows_than_columns(shape):
    data = rng.standard_normal(shape)
    _, found = of(data, np.full(shape[0], 1 / shape[0]))
    assert found.rank == min(shape[0] - 1, shape[1])
    _, found = of(data, np.full(shape[0], 1 / shape[0]), center=False)
    assert found.rank == min(shape)


def test_rotated_rows_are_orthonormal_and_parameters_go_along():
    data = np.column_stack([X, X[:, 0] + 1e-7 * rng.standard_normal(300), X[:, 1]])
    source, found = of(data)
    rotated = RotatedSource(source, found.basis, found.center)
    seen = rows(rotated)
    assert rotated.n_features == found.rank == 5
    np.testing.assert_allclose(seen.T @ (SHARE[:, None] * seen), np.eye(5), atol=1e-8)
    inner = rng.standard_normal(5)
    np.testing.assert_allclose(rows(source) @ (found.basis @ inner), seen @ inner, atol=1e-7)
    (_, block), *_ = rotated.blocks(np.array([7, 2]))
    np.testing.assert_allclose(block, seen[[7, 2]], atol=1e-12)
    assert (rotated.n_samples, rotated.dtype) == (300, np.dtype(float))


def test_sparse_dummies_depend_on_the_intercept():
    """All levels of a factor sum to the intercept, although sparse rows are never centred."""
    level = rng.integers(0, 5, 300)
    dummies = sp.csr_matrix(np.eye(5)[level])
    source, found = of(dummies)
    assert found.rank == 4
    assert found.dependent() == (0, 1, 2, 3, 4)
    assert of(dummies, center=False)[1].rank == 5
    np.testing.assert_allclose(found.center, SHARE @ rows(source))
    dense = of(dummies.toarray())[1]
    assert dense.rank == 4
    rotated = rows(RotatedSource(source, found.basis, found.center))
    np.testing.assert_allclose(SHARE @ rotated, 0, atol=1e-14)
    np.testing.assert_allclose(rotated.T @ (SHARE[:, None] * rotated), np.eye(4), atol=1e-13)


def test_blocks_make_no_difference(monkeypatch):
    whole = of(X)[1]
    monkeypatch.setattr("logitscope.sources._rows.BLOCK_BYTES", 8 * 4 * 64)
    assert len(list(dense_blocks(RowSource(X)))) == 5
    np.testing.assert_allclose(of(X)[1].values, whole.values, rtol=1e-13)


def test_a_column_far_from_0_says_nothing_of_the_others():
    """Its own rounding was once the noise of every direction: 2 of 3 columns were dropped, in silence."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 30))
    X[:, 0] += 1e12
    share = np.full(2000, 1 / 2000)
    assert spectrum(equilibrate(RowSource(X), share, center=True), share, center=True).rank == 30
