import numpy as np
import pytest

from logitscope.losses import SquaredError, get_loss


class Parabola:
    """½ (a − t)², as a user would write it."""

    name = "my parabola"

    def value(self, a, t):
        return (a - t) ** 2 / 2

    def derivative(self, a, t):
        return a - t


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.0, 1.0)])
def test_a_users_parabola_is_the_squared_error(span, seen):
    own, ours, y = get_loss(Parabola()), SquaredError(), np.tile([0.0, 1.0, 0.4], 7)
    p = np.linspace(0.03, 0.97, 21)
    output, width = seen(p, span=span), span[1] - span[0]
    np.testing.assert_allclose(own.value(output, y), ours.value(output, y), atol=1e-15)
    np.testing.assert_allclose(own.derivative(output, y), ours.derivative(output, y), atol=1e-15)
    slopes = own.log_slopes(output, y)
    np.testing.assert_allclose(slopes.p, width * p * ours.derivative(output, y), atol=1e-15)
    np.testing.assert_array_equal(slopes.q, 0)
    # d²/d(log p)² of ½ width² (p − y)², with q not used
    curvatures = own.log_curvatures(output, y)
    np.testing.assert_allclose(curvatures.pp, width**2 * p * (2 * p - y), rtol=1e-8, atol=1e-9)
    assert own.name == "my parabola"
