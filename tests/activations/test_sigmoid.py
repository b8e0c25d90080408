import mpmath
import numpy as np
import pytest
from scipy.special import expit, log_expit

from logitscope.activations import get_activation

sigmoid = get_activation("sigmoid")


def exact(z):
    p, q = 1 / (1 + mpmath.exp(-z)), 1 / (1 + mpmath.exp(z))
    return {
        "value": p,
        "derivative": p * q,
        "second_derivative": -mpmath.tanh(z / 2) * p * q,
        "probability": p,
        "complement": q,
    }


def test_accuracy(assert_accurate):
    assert_accurate("sigmoid", exact)


def test_agrees_with_scipy():
    z = np.linspace(-700, 700, 1001)  # SciPy's underflows to 0 too early
    np.testing.assert_allclose(sigmoid(z), expit(z), rtol=1e-15)
    np.testing.assert_allclose(sigmoid.log_probability(z), log_expit(z), rtol=1e-15)


@pytest.mark.parametrize(
    ("z", "derivative"),
    # p(1 − p) at logits log 3 and 0: 3/4·1/4 and 1/2·1/2
    [(np.log(3.0), 3 / 16), (0.0, 1 / 4)],
)
def test_derivative_at_known_odds(z, derivative):
    assert sigmoid(z, diff=True) == pytest.approx(derivative, rel=1e-15)
