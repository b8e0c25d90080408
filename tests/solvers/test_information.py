"""The information factor against the plain sum, over several blocks and where it has fewer rows than columns."""

import numpy as np
import pytest

from logitscope.objective import Objective
from logitscope.pointwise import get_pointwise
from logitscope.solvers._information import information_factor, information_weights
from logitscope.sources import RowSource

rng = np.random.default_rng(0)


@pytest.mark.parametrize(("n", "intercept"), [(3, True), (40, False), (40000, True)])
@pytest.mark.parametrize("activation", ["tanh", "cloglog"])
def test_factor_is_that_of_the_information(activation, n, intercept):
    X, weights = rng.normal(size=(n, 4)), rng.uniform(0.5, 2, n)
    pair = get_pointwise(activation, "cross_entropy")
    objective = Objective(RowSource(X), np.zeros((n, 1)), weights, pair, fit_intercept=intercept)
    params = rng.uniform(-0.3, 0.3, size=(4 + intercept, 1))
    z = objective.z(params)
    factor = information_factor(objective, information_weights(objective, z))
    p, slope = pair.activation.probability(z[:, 0]), pair.activation.derivative(z[:, 0])
    slope /= pair.activation.upper - pair.activation.lower
    rows = np.column_stack([X, np.ones(n)])[:, : 4 + intercept]
    plain = rows.T @ ((weights / weights.sum() * slope**2 / (p * (1 - p)))[:, None] * rows)
    np.testing.assert_array_equal(factor, np.triu(factor))
    np.testing.assert_allclose(factor.T @ factor, plain, rtol=1e-9, atol=1e-12)
