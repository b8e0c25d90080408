import mpmath
import numpy as np

from logitscope.activations import get_activation

hard = get_activation("hard")


def exact(z):
    a, inside = max(-1, min(1, z)), abs(z) < 1
    p, q = (1 + a) / 2, (1 - a) / 2
    return {
        "value": a,
        "derivative": mpmath.mpf(inside),
        "second_derivative": mpmath.mpf(0),
        "probability": p,
        "complement": q,
        "log_probability": mpmath.log1p(-q) if p > 0 else -mpmath.inf,
        "log_complement": mpmath.log1p(-p) if q > 0 else -mpmath.inf,
        "hazard": 1 / (1 + z) if inside else mpmath.mpf(0),
        "complement_hazard": -1 / (1 - z) if inside else mpmath.mpf(0),
    }


def test_accuracy(assert_accurate):
    assert_accurate("hard", exact)


def test_keeps_the_digits_beside_its_corners():
    z = np.array([np.nextafter(-1, 0), np.nextafter(1, 0)])  # 1 − 2⁻⁵³ in size
    np.testing.assert_array_equal(hard.probability(z)[0], 2.0**-54)
    np.testing.assert_array_equal(hard.hazard(z), [2.0**53, 0.5])
    np.testing.assert_allclose(hard.log_probability(z), [-54 * np.log(2), -(2.0**-54)], rtol=1e-15)


def test_passes_nothing_back_from_its_corners_on():
    z = np.array([-np.inf, -2, -1, 1, 2, np.inf])
    for quantity in (hard.derivative, hard.second_derivative, hard.hazard, hard.complement_hazard):
        np.testing.assert_array_equal(quantity(z), 0)
