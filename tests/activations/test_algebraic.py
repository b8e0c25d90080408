import mpmath
import numpy as np
from scipy.stats import t

from logitscope.activations import get_activation

algebraic = get_activation("algebraic")


def exact(z):
    r, m = mpmath.sqrt(1 + z * z), abs(z)
    tail, body = 1 / (2 * r * (r + m)), (r + m) / (2 * r)
    return {
        "value": z / r,
        "derivative": r**-3,
        "second_derivative": -3 * z * r**-5,
        "probability": tail if z < 0 else body,
        "complement": body if z < 0 else tail,
    }


def test_accuracy(assert_accurate):
    assert_accurate("algebraic", exact)


def test_values_at_pythagorean_triples():
    z = np.array([-4 / 3, 3 / 4, 5 / 12, 8 / 15])
    np.testing.assert_allclose(algebraic(z), [-4 / 5, 3 / 5, 5 / 13, 8 / 17], rtol=1e-15)


def test_is_the_distribution_of_student_with_two_degrees_of_freedom():
    z = np.linspace(-5, 5, 101)
    np.testing.assert_allclose(algebraic.probability(z), t.cdf(np.sqrt(2) * z, df=2), rtol=1e-12)
