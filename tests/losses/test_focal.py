import re

import numpy as np
import pytest

from logitscope._exceptions import InvalidInputError
from logitscope.losses import CrossEntropy, Focal


@pytest.mark.parametrize(
    ("gamma", "p", "expected"), [(2.0, 0.9, 0.01 * 0.10536051565782628), (5.0, 0.5, np.log(2) / 32)]
)
def test_value_is_equation_4_of_lin(gamma, p, expected, seen):
    assert Focal(gamma).value(seen(p), np.float64(1)) == pytest.approx(expected, rel=1e-13)
    assert Focal(gamma).value(seen(1 - p), np.float64(0)) == pytest.approx(expected, rel=1e-13)


def test_gamma_0_is_cross_entropy(seen):
    p, y = np.linspace(0.01, 0.99, 21), np.linspace(0, 1, 21)
    for quantity in ("value", "derivative", "log_slopes", "log_curvatures"):
        got, expected = (getattr(loss, quantity)(seen(p), y) for loss in (Focal(0.0), CrossEntropy()))
        np.testing.assert_allclose(got, expected, rtol=1e-14)


@pytest.mark.parametrize("gamma", [-0.1, np.inf, np.nan])
def test_gamma_outside_its_range(gamma):
    message = f"`gamma` must be a finite number >= 0; got {gamma!r}. gamma=0 is cross-entropy."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        Focal(gamma)
