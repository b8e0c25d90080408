import numpy as np
import pytest
from sklearn.preprocessing import StandardScaler

from logitscope._exceptions import InvalidInputError
from logitscope.datasets import standardize


@pytest.fixture
def X():
    rng = np.random.default_rng(4)
    return rng.normal(size=(40, 5)) * [1, 10, 1e-3, 1e6, 1] + [0, 5, -1, 1e6, 3]


def test_is_scikit_learns_scaler(X):
    scaler = StandardScaler().fit(X)
    scaled = standardize(X)
    np.testing.assert_allclose(scaled.mean, scaler.mean_, rtol=1e-12)
    np.testing.assert_allclose(scaled.scale, scaler.scale_, rtol=1e-12)
    np.testing.assert_allclose(scaled.X, scaler.transform(X), rtol=1e-9, atol=1e-12)


def test_integer_weights_are_repetitions(X):
    weights = np.arange(40) % 4
    repeated = np.repeat(X, weights, axis=0)
    scaled = standardize(X, weights)
    np.testing.assert_allclose(scaled.mean, repeated.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(scaled.scale, repeated.std(axis=0), rtol=1e-12)


def test_a_row_of_weight_zero_acts_as_if_it_were_absent(X):
    weights = np.ones(40)
    weights[7] = 0
    X[7] = 1e300
    scaled, without = standardize(X, weights), standardize(np.delete(X, 7, axis=0), np.ones(39))
    np.testing.assert_array_equal(scaled.mean, without.mean)
    np.testing.assert_array_equal(scaled.scale, without.scale)
    np.testing.assert_array_equal(np.delete(scaled.X, 7, axis=0), without.X)


@pytest.mark.parametrize("value", [0.1, 7.0, 1e300, -1e-300, 0.0])
def test_constant_columns_become_zero_and_keep_scale_one(value):
    X = np.column_stack([np.full(37, value), np.arange(37.0)])
    for weights in (None, np.linspace(0.1, 0.7, 37)):
        scaled = standardize(X, weights)
        assert scaled.scale[0] == 1
        np.testing.assert_array_equal(scaled.X[:, 0], 0.0)


def test_one_row():
    scaled = standardize([[3.0, 4.0]])
    np.testing.assert_array_equal(scaled.X, [[0, 0]])
    np.testing.assert_array_equal(scaled.scale, [1, 1])


@pytest.mark.parametrize("factor", [1e250, 1e-250])
def test_squares_neither_overflow_nor_vanish(X, factor):
    plain, scaled = standardize(X), standardize(X * factor)
    np.testing.assert_allclose(scaled.scale / factor, plain.scale, rtol=1e-12)
    np.testing.assert_allclose(scaled.X, plain.X, rtol=1e-9, atol=1e-12)


def test_dtype_order_and_inputs(X):
    before = X.copy()
    assert standardize(X).X.dtype == np.float64
    assert standardize(X.astype(np.float32)).X.dtype == np.float32
    assert standardize(X.astype(np.float32)).scale.dtype == np.float64
    assert standardize(X.astype(int)).X.dtype == np.float64
    np.testing.assert_array_equal(X, before)
    np.testing.assert_array_equal(standardize(np.asfortranarray(X)).X, standardize(X).X)


@pytest.mark.parametrize(
    ("X", "weights", "message"),
    [
        (
            [1.0, 2.0],
            None,
            "`X` must be a table of numbers of shape (n_samples, n_features); got shape (2,) of float64.",
        ),
        (
            np.zeros((0, 2)),
            None,
            "`X` must be a table of numbers of shape (n_samples, n_features); got shape (0, 2) of float64.",
        ),
        (
            [["a"]],
            None,
            "`X` must be a table of numbers of shape (n_samples, n_features); got shape (1, 1) of <U1.",
        ),
        ([[1.0], [np.nan]], None, "`X` must be finite; got nan at [1, 0]."),
        ([[1.0, -np.inf]], None, "`X` must be finite; got -inf at [0, 1]."),
        ([[1.0], [2.0]], [1.0], "`weights` must have shape (2,); got (1,)."),
        ([[1.0], [2.0]], [1.0, -1.0], "`weights` must be finite and >= 0; got -1.0 at [1]."),
        ([[1.0], [2.0]], [np.nan, 1.0], "`weights` must be finite and >= 0; got nan at [0]."),
        ([[1.0], [2.0]], [0.0, 0.0], "`weights` must not all be 0; got only zeros."),
    ],
)
def test_refusals(X, weights, message):
    with pytest.raises(InvalidInputError) as caught:
        standardize(X, weights)
    assert str(caught.value) == message
