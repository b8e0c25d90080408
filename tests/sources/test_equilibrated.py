"""Columns in other units: what is exact, and what the extremes of the range do."""

import numpy as np
import pytest
import scipy.sparse as sp

from logitscope.sources import RowSource, equilibrate

rng = np.random.default_rng(0)
X = rng.standard_normal((50, 4)) * [1.0, 1e8, 1e-8, 3.0] + [0.0, 1e9, 1.0, -7.0]
SHARE = rng.uniform(0.1, 2.0, 50)
SHARE /= SHARE.sum()


def seen(source):
    return np.vstack([b if isinstance(b, np.ndarray) else b.toarray() for _, b in source.blocks()])


def test_columns_have_mean_0_and_standard_deviation_between_half_and_one():
    rows = seen(equilibrate(RowSource(X), SHARE, center=True))
    spread = np.sqrt(SHARE @ np.square(rows))
    assert np.all((spread >= 0.5) & (spread < 1))
    assert np.abs(SHARE @ rows).max() < 1e-6  # the second and third column have 8 digits beside their offset


def test_without_an_intercept_columns_stay_where_they_are():
    units = equilibrate(RowSource(X), SHARE, center=False).units
    assert not units.offset.any()
    rows = seen(equilibrate(RowSource(X), SHARE, center=False))
    assert np.array_equal(np.ldexp(rows, units.exponent), X)


@pytest.mark.parametrize("exponents", [[1, -1, 7, 0], [200, -200, 40, -40], [600, -600, 0, 1]])
@pytest.mark.parametrize("center", [True, False])
def test_powers_of_two_give_the_same_bits(exponents, center):
    plain, scaled = (equilibrate(RowSource(data), SHARE, center) for data in (X, np.ldexp(X, exponents)))
    assert np.array_equal(seen(plain), seen(scaled))
    assert np.array_equal(plain.units.exponent + exponents, scaled.units.exponent)


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1e160, 1e300])
def test_extremes_neither_overflow_nor_vanish(size):
    rows = seen(equilibrate(RowSource(X[:, :1] * size), SHARE, center=True))
    spread = np.sqrt(SHARE @ np.square(rows))
    assert 0.5 <= spread[0] < 1


def test_constant_columns_become_exactly_zero():
    data = np.column_stack([X, np.full(50, 0.1), np.zeros(50), np.full(50, 1e300)])
    source = equilibrate(RowSource(data), SHARE, center=True)
    assert source.units.is_constant.tolist() == [False] * 4 + [True] * 3
    assert not seen(source)[:, 4:].any()


def test_parameters_there_and_back_give_the_same_z():
    source = equilibrate(RowSource(X), SHARE, center=True)
    inner = rng.standard_normal((5, 2))
    outer = source.units.params(inner)
    z = seen(source) @ inner[:4] + inner[4]
    np.testing.assert_allclose(X @ outer[:4] + outer[4], z, rtol=0, atol=1e-12 * np.abs(X @ np.abs(outer[:4])).max())
    np.testing.assert_allclose(source.units.inverse_params(outer), inner, rtol=1e-6)  # the offset is 10 of the size
    slopes = source.units.params(inner[:4])  # no intercept
    assert np.array_equal(slopes, np.ldexp(inner[:4], -source.units.exponent[:, None]))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_sparse_rows_keep_their_zeros(dtype):
    data = sp.random(60, 5, density=0.3, format="csr", random_state=0, dtype=dtype)
    data.data *= np.float32(1e5)
    before = data.copy()
    share = np.full(60, 1 / 60)
    source = equilibrate(RowSource(data), share, center=True)
    assert not source.units.offset.any()
    blocks = [block for _, block in source.blocks()]
    assert all(sp.issparse(block) and block.dtype == np.float64 for block in blocks)
    assert sum(block.nnz for block in blocks) == data.nnz
    assert np.array_equal(np.ldexp(seen(source), source.units.exponent), data.toarray())
    assert (data != before).nnz == 0  # the user's matrix is not written to


def test_the_interface_of_a_source():
    inner = RowSource(X, np.arange(0, 50, 2))
    source = equilibrate(inner, np.full(25, 1 / 25), center=True)
    assert (source.n_samples, source.n_features, source.dtype) == (25, 4, np.dtype(float))
    assert np.array_equal(source.sample_index, np.arange(0, 50, 2))
    assert [batch.tolist() for batch in source.batches(20)] == [list(range(20)), list(range(20, 25))]
    ((_, block),) = source.blocks(np.array([3, 1]))
    assert np.array_equal(block, seen(source)[[3, 1]])
    assert np.array_equal(source.squares(block), np.square(block))
