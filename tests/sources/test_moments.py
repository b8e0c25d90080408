import numpy as np
import pytest
from scipy import sparse

from logitscope.sources import (
    RowSource,
    _rows,
    largest_second_moment,
    mapped_row_norms,
    row_norms,
    scaled_row_norms,
)

rng = np.random.default_rng(0)


def with_ones(X, fit_intercept):
    return np.column_stack([X, np.ones(len(X))]) if fit_intercept else X


@pytest.fixture(params=[False, True], ids=["one block", "many blocks"])
def block_size(request, monkeypatch):
    if request.param:
        monkeypatch.setattr(_rows, "BLOCK_BYTES", 1)


@pytest.mark.parametrize("fit_intercept", [False, True])
@pytest.mark.parametrize("wrap", [np.asarray, np.asfortranarray, sparse.csr_matrix, sparse.csr_array])
@pytest.mark.usefixtures("block_size")
def test_norms_and_moments(wrap, fit_intercept):
    X = rng.normal(size=(150, 5)) * [1, 10, 0.1, 3, 0]
    share = rng.dirichlet(np.ones(150))
    source, rows = RowSource(wrap(X)), with_ones(X, fit_intercept)
    np.testing.assert_allclose(row_norms(source, fit_intercept), np.linalg.norm(rows, axis=1), rtol=1e-14)

    factor = rng.normal(size=(rows.shape[1], 2))
    expected = np.stack([np.linalg.norm(rows * column, axis=1) for column in factor.T], axis=1)
    np.testing.assert_allclose(scaled_row_norms(source, factor, fit_intercept), expected, rtol=1e-13)
    batch = rng.permutation(150)[:70]
    some = scaled_row_norms(source, factor, fit_intercept, batch)
    np.testing.assert_allclose(some, expected[batch], rtol=1e-13)

    root = rng.normal(size=(rows.shape[1], rows.shape[1], 2))
    maps = root + root.swapaxes(0, 1)
    expected = np.stack([np.linalg.norm(rows @ maps[:, :, m], axis=1) for m in range(2)], axis=1)
    np.testing.assert_allclose(mapped_row_norms(source, maps, fit_intercept), expected, rtol=1e-12)

    largest = np.linalg.norm(np.sqrt(share)[:, None] * rows, ord=2) ** 2
    assert largest_second_moment(source, share, fit_intercept) == pytest.approx(largest, rel=1e-13)


@pytest.mark.parametrize("wrap", [np.asarray, sparse.csr_array])
def test_wide_data_are_bounded_from_above(wrap):
    X = rng.normal(size=(90, 600)) * (rng.random((90, 600)) < 0.2)
    share = rng.dirichlet(np.ones(90))
    source = RowSource(wrap(X))
    got = largest_second_moment(source, share, True)
    largest = np.linalg.norm(np.sqrt(share)[:, None] * with_ones(X, True), ord=2) ** 2
    assert largest <= got <= 1.02 * largest
    assert largest_second_moment(source, share, True) == got


def test_norms_of_float32_do_not_overflow():
    source = RowSource(np.full((3, 2), 1e30, dtype=np.float32))
    np.testing.assert_allclose(row_norms(source, True), np.float64(np.float32(1e30)) * np.sqrt(2), rtol=1e-7)
