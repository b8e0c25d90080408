"""What the accuracy tests share: the points, the quantities, and errors measured in ulp of mpmath's value."""

from collections.abc import Callable

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from logitscope.activations import get_activation

# Largest error of any quantity, in units of the last place: what the README promises.
ULP = {"sigmoid": 3, "tanh": 3}
ULP_OF_OTHERS, ULP_OF_FLOAT32 = 8, 0.51
EDGES = (
    5e-324, 1e-300, 1e-8, 0.25, 0.5, 1.0, 2.0, 6.5, 6.7, 7.0, 8.4, 17.0, 19.0, 36.0, 37.0, 38.0, 300.0, 354.0,
    400.0, 708.0, 745.0, 1e3, 1e8, 1e16, 1e100, 1e155, 1e308, 1.7e308,
)  # fmt: skip


def _points() -> np.ndarray:
    rng = np.random.default_rng(0)
    edges = np.array([0.0, *EDGES])
    free, tails = rng.uniform(-8, 8, 250), rng.uniform(-745, 745, 200)
    sizes = rng.choice([-1.0, 1.0], 100) * 10.0 ** rng.uniform(-320, 308, 100)
    return np.concatenate([-edges, edges, free, tails, sizes])


def complete(exact: dict[str, mpf], scale: float) -> dict[str, mpf]:
    """Add the logarithms and the hazards to what `exact` has, from their definitions; p′ is φ′/`scale`."""
    p, q, slope = exact["probability"], exact["complement"], exact["derivative"] / mpf(scale)
    if "log_probability" not in exact:
        exact["log_probability"] = mpmath.log(p) if p < q else mpmath.log1p(-q)
    if "log_complement" not in exact:
        exact["log_complement"] = mpmath.log(q) if q < p else mpmath.log1p(-p)
    if "hazard" not in exact:
        exact["hazard"] = slope / p
    if "complement_hazard" not in exact:
        exact["complement_hazard"] = -slope / q
    return exact


def ulps(got: float, exact: mpf, dtype: type) -> float:
    """Return |got − exact| in units of the last place of exact; beyond the largest float, ∞ is right."""
    limits = np.finfo(dtype)
    if abs(exact) >= mpf(2) ** limits.maxexp * (1 - mpf(2) ** -(limits.nmant + 2)):
        return 0.0 if got == (np.inf if exact > 0 else -np.inf) else np.inf
    if not np.isfinite(got):
        return np.inf
    exponent = int(mpmath.frexp(exact)[1])
    ulp = mpf(2) ** max(exponent - limits.nmant - 1, limits.minexp - limits.nmant)
    return float(abs(mpf(float(got)) - exact) / ulp)


def worst_errors(name: str, reference: Callable[[mpf], dict[str, mpf]], z: np.ndarray) -> dict[str, tuple]:
    """Return, for each quantity, its largest error in ulp over `z` and where that is."""
    phi = get_activation(name)
    with mpmath.workdps(60):
        exact = [complete(reference(mpf(float(x))), phi.upper - phi.lower) for x in z]
        worst = {}
        for quantity in exact[0]:
            with np.errstate(over="raise", invalid="raise", divide="raise"):
                got = getattr(phi, quantity)(z)
            assert got.dtype == z.dtype
            errors = [ulps(g, e[quantity], z.dtype.type) for g, e in zip(got, exact, strict=True)]
            worst[quantity] = (max(errors), float(z[np.argmax(errors)]))
    return worst


@pytest.fixture
def assert_accurate() -> Callable[..., None]:
    """Hold all nine quantities to `ULP` in float64 and to correct rounding, nearly, in float32."""

    def check(name: str, reference: Callable[[mpf], dict[str, mpf]]) -> None:
        z = _points()
        worst = worst_errors(name, reference, z)
        assert len(worst) == 9
        assert {quantity: error for quantity, error in worst.items() if error[0] > ULP.get(name, ULP_OF_OTHERS)} == {}
        single = z[np.abs(z) < 3e38].astype(np.float32)[::2]
        worst = worst_errors(name, reference, single)
        assert {quantity: error for quantity, error in worst.items() if error[0] > ULP_OF_FLOAT32} == {}

    return check
