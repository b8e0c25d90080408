import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy.special import log_softmax
from scipy.special import softmax as scipy_softmax

from logitscope.activations import get_activation

softmax, sigmoid = get_activation("softmax"), get_activation("sigmoid")


def exact(row):
    """Every quantity of every column of one row, from the definition; 700 digits, since p may be near 1."""
    with mpmath.workdps(700):
        weights = [mpmath.exp(mpf(float(x))) for x in row]
        p = [w / sum(weights) for w in weights]
        q = [sum(weights[:k] + weights[k + 1 :]) / sum(weights) for k in range(len(row))]
        return {
            "value": p,
            "derivative": [a * b for a, b in zip(p, q, strict=True)],
            "second_derivative": [a * b * (b - a) for a, b in zip(p, q, strict=True)],
            "probability": p,
            "complement": q,
            "log_probability": [mpmath.log(a) for a in p],
            "log_complement": [mpmath.log(b) for b in q],
            "hazard": q,
            "complement_hazard": [-a for a in p],
        }


def rows(n_columns):
    rng = np.random.default_rng(n_columns)
    scales = np.array([1e-3, 1.0, 10.0, 100.0, 700.0])
    random = rng.standard_normal((60, n_columns)) * rng.choice(scales, (60, 1))
    edges = np.array([0.0, 1.0, 30.0, 300.0, 740.0])
    return np.concatenate([random, rng.choice(edges, (20, n_columns)) * rng.choice([-1.0, 1.0], (20, n_columns))])


@pytest.mark.parametrize("n_columns", [2, 3, 10])
def test_accuracy(n_columns):
    z = rows(n_columns)
    expected = [exact(row) for row in z]
    for quantity in expected[0]:
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            got = getattr(softmax, quantity)(z)
        true = np.array([[float(x) for x in row[quantity]] for row in expected])
        scale = np.abs(true)
        if quantity == "second_derivative" and n_columns > 2:
            # It is 0 where z equals the log-sum of the others, a rounded number: there, relative to p·q.
            scale = softmax.derivative(z)
        error = np.abs(got - true) / np.maximum(np.spacing(scale), 5e-324)
        assert error.max() <= 8, (quantity, z[np.argmax(error.max(axis=1))])


def test_agrees_with_scipy_along_the_last_axis():
    z = np.random.default_rng(0).standard_normal((4, 5, 3))
    np.testing.assert_allclose(softmax(z), scipy_softmax(z, axis=-1), rtol=1e-14)
    np.testing.assert_allclose(softmax.log_probability(z), log_softmax(z, axis=-1), rtol=1e-14)


def test_two_columns_are_a_sigmoid():
    z = np.linspace(-745, 745, 300)
    pair = np.stack([z, np.zeros_like(z)], axis=-1)
    for quantity in ("value", "derivative", "second_derivative", "log_probability", "log_complement"):
        got = getattr(softmax, quantity)(pair)[:, 0]
        np.testing.assert_allclose(got, getattr(sigmoid, quantity)(z), rtol=1e-15)


def test_keeps_digits_where_large_numbers_differ_by_a_little():
    # Without the rest of 700.3 − 0.1 the probability would be wrong from the fourteenth digit on.
    row = np.array([0.1, 700.3])
    np.testing.assert_allclose(softmax(row)[0], float(exact(row)["value"][0]), rtol=1e-15)


@pytest.mark.parametrize(
    ("z", "p"),
    [
        ([np.inf, 0.0], [1, 0]),
        ([-np.inf, 0.0, 0.0], [0, 0.5, 0.5]),
        ([np.inf, np.inf, 3.0], [0.5, 0.5, 0]),
        ([-np.inf, -np.inf], [0.5, 0.5]),
        ([-1.7e308, 1.7e308], [0, 1]),
        ([np.nan, 0.0], [np.nan, np.nan]),
        ([5.0], [1]),
    ],
)
def test_limits(z, p):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_array_equal(softmax(z), p)
        np.testing.assert_array_equal(softmax.complement(z), 1 - np.array(p))


def test_couples_columns():
    assert softmax.couples_columns
