"""Gradients through a stack of layers, against a chain of Jacobians and a closed form."""

import numpy as np
import pytest

from logitscope._exceptions import InvalidInputError
from logitscope.activations import ACTIVATIONS
from logitscope.analysis import gradient_by_depth


class Scaled:
    """a = c z: the chain rule is a product of matrices."""

    lower, upper = -1.0, 1.0

    def __init__(self, slope):
        self.slope = slope

    def value(self, z):
        return self.slope * z

    def derivative(self, z):
        return np.full_like(z, self.slope)


TANH = (np.tanh, lambda z: 1 / np.cosh(z) ** 2)
SIGMOID = (lambda z: 1 / (1 + np.exp(-z)), lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2)


def draws(n_layers, width, n_samples, gain, seed):
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((n_layers, width, width)) * (gain / np.sqrt(width))
    return weights, rng.standard_normal((n_samples, width)), rng.standard_normal((n_samples, width))


@pytest.mark.parametrize(("name", "phi"), [("tanh", TANH), ("sigmoid", SIGMOID)])
def test_against_the_jacobians_of_single_samples(name, phi):
    sizes = {"n_layers": 4, "width": 5, "n_samples": 7, "gain": 1.3, "seed": 3}
    weights, rows, upstream = draws(**sizes)
    squares = np.zeros(5)
    for x, sent in zip(rows, upstream, strict=True):
        jacobians = []
        for weight in weights:
            z = x @ weight
            jacobians.append(weight * phi[1](z))  # ∂aₖ/∂xⱼ = Wⱼₖ φ′(zₖ)
            x = phi[0](z)
        chain = np.eye(5)
        for k in range(5):
            squares[k] += np.sum((chain @ sent) ** 2)
            if k < 4:
                chain = jacobians[3 - k] @ chain
    np.testing.assert_allclose(gradient_by_depth(name, **sizes), np.sqrt(squares / squares[0]), rtol=1e-12)


def test_of_a_straight_line_it_is_the_product_of_the_weights():
    weights, _, upstream = draws(6, 8, 20, 2.0, 1)
    left = gradient_by_depth(Scaled(0.5), n_layers=6, width=8, n_samples=20, gain=2.0, seed=1)
    product = upstream
    for k in range(7):
        assert left[k] == pytest.approx(np.linalg.norm(product) / np.linalg.norm(upstream), rel=1e-12)
        if k < 6:
            product = 0.5 * product @ weights[5 - k].T


def test_of_a_straight_line_that_undoes_the_gain_nothing_is_lost_on_average():
    left = gradient_by_depth(Scaled(0.5), n_layers=10, width=256, n_samples=50, gain=2.0)
    np.testing.assert_allclose(left, 1.0, rtol=0.15)  # (1 ± 1/√256)¹⁰


def test_the_slope_at_zero_limits_what_is_left():
    # ‖∂L/∂x‖ <= max φ′ · ‖W‖ per layer.
    weights, *_ = draws(20, 64, 200, 1.0, 0)
    norms = np.cumprod([1.0, *(np.linalg.norm(weight, 2) for weight in weights[::-1])])
    slopes = np.arange(21.0)
    assert np.all(gradient_by_depth("tanh") <= norms)
    assert np.all(gradient_by_depth("sigmoid") <= norms * 0.25**slopes)


@pytest.mark.parametrize("name", [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns])
def test_every_activation_can_be_stacked(name):
    left = gradient_by_depth(name, n_layers=3, width=6, n_samples=4)
    assert left.shape == (4,)
    assert left[0] == 1
    assert np.all(np.isfinite(left) & (left > 0))
    np.testing.assert_array_equal(left, gradient_by_depth(name, n_layers=3, width=6, n_samples=4))


def test_softmax_is_refused():
    with pytest.raises(InvalidInputError, match=r"^`activation` must be elementwise to be stacked; got 'softmax'\.$"):
        gradient_by_depth("softmax")


@pytest.mark.parametrize(("name", "value"), [("n_layers", 0), ("width", -1), ("n_samples", 2.0), ("n_layers", True)])
def test_bad_sizes(name, value):
    with pytest.raises(InvalidInputError, match=rf"^`{name}` must be an integer >= 1; got {value!r}\.$"):
        gradient_by_depth("tanh", **{name: value})
