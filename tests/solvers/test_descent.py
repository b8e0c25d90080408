"""Where a run starts: the short way at 0 says what the evaluation of all rows says."""

import numpy as np
import pytest
import scipy.sparse as sp

from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers._descent import look, look_at_start
from logitscope.solvers._frame import frame_of
from logitscope.sources import RowSource


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "cloglog", "cauchit"])
@pytest.mark.parametrize("loss", ["cross_entropy", "brier"])
@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("kind", [np.asarray, sp.csr_array])
def test_the_start_at_zero(activation, loss, is_weighted, kind):
    rng = np.random.default_rng(0)
    X, target = rng.standard_normal((50, 3)) + 1, rng.uniform(size=(50, 2)).round(1)
    weights = rng.uniform(0.5, 2, 50) if is_weighted else np.ones(50)
    objective = Objective(RowSource(kind(X)), target, weights, get_pointwise(activation, loss), ElasticNet(0.1))
    frame, params = frame_of(X, None, True), np.zeros((4, 2))
    short, whole = look_at_start(objective, frame, params), look(objective, frame, frame.inward(params))
    np.testing.assert_allclose(short.seen.loss, whole.seen.loss, rtol=1e-13)
    np.testing.assert_allclose(short.seen.gradient, whole.seen.gradient, atol=1e-14)
    np.testing.assert_allclose(short.gradient, whole.gradient, atol=1e-14)
    assert np.array_equal(short.seen.z, whole.seen.z)
