"""The best length of a step: exact where the objective is a parabola, better than the whole step elsewhere."""

import numpy as np
import pytest

from logitscope import LogisticRegression
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers._line import best_length
from logitscope.solvers._sample import _stepped, bend_along, look_at, newton_on, take_sample
from logitscope.sources import RowSource

rng = np.random.default_rng(5)
N, P, K = 500, 4, 3
X = rng.standard_normal((N, P))
CODES = np.argmax(3.0 * X[:, :K] + rng.gumbel(size=(N, K)), axis=1)


@pytest.mark.parametrize("best", [0.3, 1.0, 2.5, 16.0])
def test_it_ends_at_the_bottom_of_a_parabola(best):
    curvature = np.array([2.0, 0.7])
    np.testing.assert_allclose(best_length(curvature * (1.0 - best), curvature), best, rtol=1e-12)


def test_it_is_bounded():
    np.testing.assert_array_equal(best_length(np.array([-1.0, 9.0]), np.array([1e-9, 1.0])), [16.0, 0.25])


def sampled(activation):
    """A sample of every row: softmax's columns are coupled, the others of their own."""
    pair, target = get_pointwise(activation, "cross_entropy"), np.eye(K)[CODES]
    objective = Objective(RowSource(X), target, np.broadcast_to(1.0, N), pair, ElasticNet(1e-3, 0.0), True)
    return take_sample(objective, N, rng)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "tanh", "probit"])
def test_the_bend_along_a_move_is_the_change_of_the_slope(activation):
    sample, h = sampled(activation), 1e-5
    params, direction = rng.standard_normal((P + 1, K)), rng.standard_normal((P + 1, K))

    def slope(t):
        each = (look_at(sample, params + t * direction).gradient * direction).sum(axis=0)
        return each.sum() if activation == "softmax" else each

    own = bend_along(sample, look_at(sample, params), direction, sample.rows @ direction)
    np.testing.assert_allclose(own, (slope(h) - slope(-h)) / (2 * h), rtol=1e-6)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
@pytest.mark.parametrize("factor", [0.05, 0.4, 1.0])
def test_a_step_is_never_worse_than_the_whole_one(activation, factor):
    """Directions that are much too short, and whole ones."""
    sample, params = sampled(activation), np.zeros((P + 1, K))
    look = look_at(sample, params)
    end = newton_on(sample, params, 1e-12).params
    for direction in (factor * end, -end):
        trial, new = _stepped(sample, params, look, direction, is_far=True)
        whole, known = look_at(sample, params + direction), look_at(sample, trial)
        assert new.value.sum() <= whole.value.sum()
        for one, other in zip(new, known, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-9, atol=1e-12)
    trial, _ = _stepped(sample, params, look, 0.05 * end, is_far=True)
    assert np.abs(trial).max() > 5 * np.abs(0.05 * end).max()


def test_small_data_take_three_steps_of_newton_to_nine_digits():
    X = rng.standard_normal((1000, 5))
    y = (X @ np.ones(5) + rng.logistic(size=1000) > 0).astype(int)
    clf = LogisticRegression(solver="auto", alpha=1e-3, record=True).fit(X, y)
    loss = clf.loss_curve_
    assert (loss[3] - loss[-1]) / loss[-1] < 1e-8
    assert clf.update_log_.learning_rate[0] > 1.2
