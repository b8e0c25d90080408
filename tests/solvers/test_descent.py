"""Where a run starts: the short way at 0 says what the evaluation of all rows says. And how long it may go on."""

from itertools import count

import numpy as np
import pytest
import scipy.sparse as sp

from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers._descent import Ending, descend, look, look_at_start
from logitscope.solvers._frame import frame_of, same_units
from logitscope.solvers._memory import Dot
from logitscope.solvers._preconditioner import Diagonal
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


@pytest.mark.parametrize("at_most", [3, 7])
def test_a_patient_descent_ends_after_its_steps(at_most):
    rng = np.random.default_rng(0)
    X, target = rng.standard_normal((50, 3)) * [1, 10, 100], rng.integers(0, 2, (50, 1)).astype(float)
    objective = Objective(RowSource(X), target, np.ones(50), get_pointwise("sigmoid", "cross_entropy"))
    frame = same_units(3, True)
    point, plain = look(objective, frame, np.zeros((4, 1))), Diagonal(np.ones((4, 1)))
    course = descend(
        objective, frame, point, plain, lambda state: np.zeros(1, dtype=bool), count(), np.ones(1), Dot(False),
        is_patient=True, at_most=at_most,
    )  # fmt: skip
    steps = []
    while True:
        try:
            steps.append(next(course))
        except StopIteration as end:
            where, ending, *_ = end.value
            break
    assert (len(steps), ending) == (at_most, Ending.POOR)
    assert np.array_equal(where.params, steps[-1].new_params)
