"""What follows from estimates and standard errors: tails, intervals, criteria, table."""

import math

import mpmath
import numpy as np
import pytest

from logitscope.inference import Inference
from logitscope.inference._result import Uncertainty


def make(estimate, errors=None, **how):
    estimate = np.asarray(estimate, dtype=float)
    root = np.diag(np.ones(len(estimate)) if errors is None else np.asarray(errors, dtype=float))
    lost = np.isnan(estimate)
    settings = {
        "names": tuple(f"x{j}" for j in range(len(estimate))),
        "activation": "sigmoid",
        "level": 0.95,
        "information": "expected",
        "estimate": estimate,
        "expected": Uncertainty.of(root, lost),
        "observed": Uncertainty.of(2 * root, lost),
        "log_likelihood": -10.0,
        "null_log_likelihood": -16.0,
        "n_observations": 32.0,
        "n_parameters": len(estimate),
        "n_null_parameters": 1,
        "distance": 0.0,
    }
    return Inference(**{**settings, **how})


Z = [0.0, 1e-9, 0.3, 1.96, -5.0, 12.0, -25.0, 37.0]


def test_p_values_keep_their_digits_in_the_tail():
    found = make(Z)
    with mpmath.workdps(40):
        exact = [float(mpmath.erfc(abs(mpmath.mpf(z)) / mpmath.sqrt(2))) for z in Z]
        logs = [float(mpmath.log(mpmath.erfc(abs(mpmath.mpf(z)) / mpmath.sqrt(2)))) for z in [*Z[1:], 50.0, 1e5]]
    np.testing.assert_allclose(found.p_value, exact, rtol=4e-15)
    np.testing.assert_allclose(make([*Z[1:], 50.0, 1e5]).log_p_value, logs, rtol=1e-14, atol=1e-16)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999999])
def test_intervals_cover_their_level(level):
    found = make([1.0, -2.0], [0.5, 3.0], level=level)
    low, high = found.confidence_interval.T
    np.testing.assert_allclose((low + high) / 2, [1.0, -2.0], rtol=1e-14)
    quantile = math.sqrt(2) * float(mpmath.erfinv(level))
    np.testing.assert_allclose((high - low) / [1.0, 6.0], quantile, rtol=1e-10)


def test_the_chosen_information_is_used():
    found = make([3.0, 1.0], information="observed")
    assert found.standard_error.tolist() == [2.0, 2.0]
    assert found.z.tolist() == [1.5, 0.5]
    np.testing.assert_array_equal(found.covariance, 4 * np.eye(2))


def test_criteria():
    found = make([1.0, 1.0, 1.0])
    assert (found.deviance, found.null_deviance, found.aic, found.mcfadden_r2) == (20.0, 32.0, 26.0, 0.375)
    assert found.bic == pytest.approx(20 + 3 * math.log(32))
    assert found.likelihood_ratio == 12.0
    assert found.likelihood_ratio_p_value == pytest.approx(math.exp(-6), rel=1e-14)  # χ² with 2 degrees of freedom
    assert make([1.0]).likelihood_ratio_p_value == 1.0


def test_lengths_neither_overflow_nor_vanish():
    root = np.array([[3e200, 4e200], [3e-200, 4e-200]])
    found = Uncertainty.of(root, np.zeros(2, dtype=bool))
    np.testing.assert_allclose(found.standard_error, [5e200, 5e-200], rtol=1e-15)
    np.testing.assert_allclose(found.covariance, [[np.inf, 25.0], [25.0, 0.0]], rtol=1e-14)


def test_table():
    found = make(
        [2.5, -80.0, np.nan, 1.0],
        [1.25, 1.0, 1.0, 4.0],
        names=("dose", "age", "twin", "intercept"),
        notes=("see twin",),
    )
    assert str(found).splitlines() == [
        "Maximum-likelihood fit with activation 'sigmoid': 32 observations, 4 parameters",
        "",
        "           estimate  std. error        z     p value    [2.5 %  97.5 %]",
        "dose            2.5        1.25    2.000      0.0455  0.050045  4.94995",
        "age             -80           1  -80.000  1.80e-1392    -81.96   -78.04",
        "twin            nan         nan      nan         nan       nan      nan",
        "intercept         1           4    0.250       0.803  -6.83986  8.83986",
        "",
        "standard errors from the expected information",
        "log-likelihood -10 (null model -16), deviance 20 (null 32)",
        "AIC 28, BIC 33.8629, McFadden R² 0.3750",
        "likelihood ratio 12 on 3 degrees of freedom, p = 0.00738",
        "note: see twin",
    ]


def test_to_pandas():
    table = make([2.0, -1.0], [0.5, 1.0], names=("dose", "intercept")).to_pandas()
    assert list(table.index) == ["dose", "intercept"]
    assert list(table.columns) == [
        "estimate", "standard_error", "z", "p_value", "lower", "upper",
        "standard_error_expected", "standard_error_observed",
    ]  # fmt: skip
    assert table.loc["dose", ["estimate", "standard_error", "z", "standard_error_observed"]].tolist() == [2, 0.5, 4, 1]


def test_it_is_frozen():
    with pytest.raises(AttributeError):
        make([1.0]).level = 0.5
