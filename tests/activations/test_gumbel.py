import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy.stats import gumbel_l, gumbel_r

from logitscope.activations import get_activation

cloglog, loglog = get_activation("cloglog"), get_activation("loglog")


def exact_cloglog(z):
    u = mpmath.exp(min(z, mpf(50)))  # exp(−exp 50) is as much 0 in float64 as any later one
    p, q = -mpmath.expm1(-u), mpmath.exp(-u)
    return {
        "value": p,
        "derivative": u * q,
        "second_derivative": -u * q * mpmath.expm1(min(z, mpf(50))),
        "probability": p,
        "complement": q,
        "log_complement": -mpmath.exp(z),
        "complement_hazard": -mpmath.exp(z),
        "log_probability": mpmath.log(p) if z < 0 else mpmath.log1p(-q),
        "hazard": u * q / p,
    }


def exact_loglog(z):
    mirror = exact_cloglog(-z)
    return {
        "value": mirror["complement"],
        "derivative": mirror["derivative"],
        "second_derivative": -mirror["second_derivative"],
        "probability": mirror["complement"],
        "complement": mirror["probability"],
        "log_probability": mirror["log_complement"],
        "log_complement": mirror["log_probability"],
        "hazard": -mirror["complement_hazard"],
        "complement_hazard": -mirror["hazard"],
    }


@pytest.mark.parametrize(("name", "exact"), [("cloglog", exact_cloglog), ("loglog", exact_loglog)])
def test_accuracy(assert_accurate, name, exact):
    assert_accurate(name, exact)


def test_are_the_distributions_of_extreme_values():
    z = np.linspace(-20, 4, 101)
    np.testing.assert_allclose(cloglog(z), gumbel_l.cdf(z), rtol=1e-12)
    np.testing.assert_allclose(loglog(-z), gumbel_r.cdf(-z), rtol=1e-12)


@pytest.mark.parametrize("phi", [cloglog, loglog])
def test_midpoint(phi):
    assert phi.probability(phi.midpoint) == pytest.approx(0.5, rel=1e-15)
