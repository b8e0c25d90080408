import numpy as np
import pytest

from logitscope.losses import Brier, SquaredError


@pytest.mark.parametrize("span", [(0.0, 1.0), (-1.0, 1.0), (-3.0, 0.5)])
def test_squared_error_is_half_the_square_of_a_minus_t(span, seen):
    p, y = np.linspace(0, 1, 23), np.tile([0.0, 1.0, 0.3], 8)[:23]
    output = seen(p, span=span)
    a, t = output.value, span[0] + y * (span[1] - span[0])
    np.testing.assert_allclose(SquaredError().value(output, y), (a - t) ** 2 / 2, atol=1e-15)
    np.testing.assert_allclose(SquaredError().derivative(output, y), a - t, atol=1e-15)


def test_brier_is_that_of_scikit_learn(seen):
    from sklearn.metrics import brier_score_loss

    rng = np.random.default_rng(0)
    p, y = rng.uniform(size=50), rng.integers(0, 2, 50)
    mean = Brier().value(seen(p, span=(-1.0, 1.0)), y.astype(float)).mean()
    assert mean == pytest.approx(brier_score_loss(y, p), rel=1e-14)


def test_residuals_survive_saturation(seen):
    """A − t of tanh is −2q at t = +1 and 2p at t = −1."""
    output = seen([1.0, 1e-200], [1e-200, 1.0], span=(-1.0, 1.0))
    np.testing.assert_allclose(SquaredError().derivative(output, np.array([1.0, 0.0])), [-2e-200, 2e-200], rtol=1e-15)
