"""∂ℓ/∂z of every activation with every loss, at every depth of saturation, against 60 digits."""

import numpy as np
import pytest
from mpmath import mpf

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES, Focal
from logitscope.pointwise import Pointwise, get_pointwise

ELEMENTWISE = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns]
ALL_LOSSES = [*LOSSES.values(), Focal(0.0), Focal(0.5), Focal(1.0), Focal(3.5)]
LABELS = (0.0, 1.0, 0.3, 0.85)
EDGES = (1e-300, 1e-8, 0.25, 0.99, 1.5, 5.3, 6.5, 6.7, 8.4, 17.0, 19.0, 36.0, 37.3, 38.0, 300.0, 353.9, 354.6, 700.0)


def points() -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.concatenate([[0.0], EDGES, np.negative(EDGES), rng.uniform(-40, 40, 25), rng.uniform(-700, 700, 25)])


@pytest.mark.parametrize("loss", ALL_LOSSES, ids=repr)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_saturated_gradients(activation, loss, exact, worst):
    z, truth = points(), exact(activation, loss)
    for y in LABELS:
        label = np.full_like(z, y)
        true_grad = [truth.grad_z(mpf(x), mpf(y)) for x in z]
        true_value = [truth.value(mpf(x), mpf(y)) for x in z]
        pair = Pointwise(ACTIVATIONS[activation], loss)
        both = pair.value_and_grad(z, label)
        print(activation, loss, y, worst(pair.grad_z(z, label), true_grad, z), worst(both.grad_z, true_grad, z), worst(both.value, true_value, z), worst(pair.value(z, label), true_value, z),)
