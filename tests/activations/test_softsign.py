import numpy as np

from logitscope.activations import get_activation

softsign = get_activation("softsign")


def exact(z):
    u, sign = 1 / (1 + abs(z)), (z > 0) - (z < 0)
    tail, body = u / 2, (1 + 2 * abs(z)) * u / 2
    return {
        "value": z * u,
        "derivative": u**2,
        "second_derivative": -2 * sign * u**3,
        "probability": tail if z < 0 else body,
        "complement": body if z < 0 else tail,
    }


def test_accuracy(assert_accurate):
    assert_accurate("softsign", exact)


def test_values_at_small_fractions():
    np.testing.assert_array_equal(softsign([-3, -1, 0, 1, 3]), [-0.75, -0.5, 0, 0.5, 0.75])
    np.testing.assert_array_equal(softsign([-3, -1, 0, 1, 3], diff=True), [1 / 16, 1 / 4, 1, 1 / 4, 1 / 16])


def test_second_derivative_is_zero_between_its_two_one_sided_values():
    np.testing.assert_array_equal(softsign.second_derivative([-5e-324, 0, 5e-324]), [2, 0, -2])
