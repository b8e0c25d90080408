import mpmath
import numpy as np
import pytest
from mpmath import mpf

from logitscope.activations import get_activation

tanh, sigmoid = get_activation("tanh"), get_activation("sigmoid")


def exact(z):
    a, slope = mpmath.tanh(z), mpmath.sech(z) ** 2
    return {
        "value": a,
        "derivative": slope,
        "second_derivative": -2 * a * slope,
        "probability": 1 / (1 + mpmath.exp(-2 * z)),
        "complement": 1 / (1 + mpmath.exp(2 * z)),
    }


def test_accuracy(assert_accurate):
    assert_accurate("tanh", exact)


def test_is_a_rescaled_sigmoid():
    z = np.linspace(-30, 30, 1001)
    np.testing.assert_allclose(tanh(z), 2 * sigmoid(2 * z) - 1, rtol=0, atol=5e-16)
    np.testing.assert_array_equal(tanh.probability(z), sigmoid(2 * z))


def test_second_derivative_is_the_form_of_the_source():
    for z in np.linspace(-20, 20, 41):
        u = mpmath.exp(2 * mpf(float(z)))
        assert tanh.second_derivative(z) == pytest.approx(float(-8 * (u - 1) * u / (u + 1) ** 3), rel=1e-14)


def test_keeps_the_digits_that_the_textbook_form_loses():
    z = 19.5
    assert 1 - np.tanh(z) ** 2 == 0
    assert tanh(z, diff=True) == pytest.approx(4 * np.exp(-39.0), rel=1e-15)
