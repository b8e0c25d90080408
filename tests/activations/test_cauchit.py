import mpmath
import pytest

from logitscope.activations import get_activation

cauchit = get_activation("cauchit")


def exact(z):
    tail = mpmath.atan(1 / abs(z)) / mpmath.pi if z else mpmath.mpf("0.5")
    p, q = (tail, 1 - tail) if z < 0 else (1 - tail, tail)
    slope = 1 / (mpmath.pi * (1 + z * z))
    return {
        "value": p,
        "derivative": slope,
        "second_derivative": -2 * z * slope / (1 + z * z),
        "probability": p,
        "complement": q,
    }


def test_accuracy(assert_accurate):
    assert_accurate("cauchit", exact)


@pytest.mark.parametrize(("z", "p"), [(-(3**0.5), 1 / 6), (-1, 1 / 4), (3**-0.5, 2 / 3), (1, 3 / 4)])
def test_value_at_known_angles(z, p):
    assert cauchit(z) == pytest.approx(p, rel=1e-15)
