"""The loop against ten-line loops, and trajectories that must be the same in other units."""

from itertools import islice, pairwise

import numpy as np
import pytest

from logitscope.objective import Objective
from logitscope.optimizers import (
    OPTIMIZERS,
    Adam,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    get_optimizer,
)
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, get_pointwise
from logitscope.sources import RowSource
from logitscope.training import fill_rate, iterate


def path(objective, optimizer, n_steps, start=None, **how):
    """All iterates, the first included."""
    params = np.zeros((objective.n_params, objective.n_columns)) if start is None else start
    return np.stack([step.params for step in islice(iterate(objective, optimizer, params, **how), n_steps + 1)])


def test_gradient_descent_is_a_ten_line_loop(problem, data):
    X, y, weights = data
    w, b, eta, alpha, share = np.zeros(3), 0.0, 0.3, 0.05, weights / weights.sum()
    iterates = []
    for step in range(60):
        iterates.append([*w, b])
        gradient = np.zeros(4)
        for x, t, s in zip(X, y, share, strict=True):
            a = np.tanh(x @ w + b)
            gradient += s * (a - (2 * t - 1)) * (1 - a * a) * np.array([*x, 1.0])
        rate = eta / (1 + 0.1 * step)
        w, b = w - rate * (gradient[:3] + alpha * w), b - rate * gradient[3]
    optimizer = GradientDescent(eta, schedule=InverseTime(0.1))
    got = path(problem("tanh", "squared_error", penalty=ElasticNet(alpha)), optimizer, 59)
    np.testing.assert_allclose(got[:, :, 0], iterates, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("intercept", [True, False])
def test_batches_with_momentum_penalty_and_weights_are_a_loop(problem, data, intercept):
    X, y, weights = data
    rows = np.column_stack([X, np.ones(70)]) if intercept else X
    w = np.full(rows.shape[1], 0.1)
    v, rng, iterates, alpha = np.zeros_like(w), np.random.default_rng(5), [w], np.array([0.2, 0.2, 0.2, 0.0])
    for _ in range(3):
        order = rng.permutation(70)
        for start in range(0, 70, 16):  # the last batch has 6 rows
            batch = order[start : start + 16]
            p = 1 / (1 + np.exp(-rows[batch] @ w))
            gradient = rows[batch].T @ (weights[batch] * (p - y[batch])) / (weights.mean() * len(batch))
            v = 0.8 * v + gradient + alpha[: len(w)] * w
            w = w - 0.05 * v
            iterates.append(w)
    objective = problem(penalty=ElasticNet(0.2), fit_intercept=intercept)
    start, rng = np.full((len(w), 1), 0.1), np.random.default_rng(5)
    got = path(objective, Momentum(0.05, 0.8), 15, start, batch_size=16, rng=rng)
    np.testing.assert_allclose(got[:, :, 0], iterates, rtol=1e-11)


def test_steps_say_what_they_are(problem):
    objective, params = problem(), np.zeros((4, 1))
    steps = list(islice(iterate(objective, Adam(0.1), params, batch_size=32, rng=np.random.default_rng(0)), 7))
    assert [step.index for step in steps] == list(range(7))
    assert [step.epoch for step in steps] == [0, 0, 0, 1, 1, 1, 2]
    assert [step.ends_epoch for step in steps] == [False, False, True, False, False, True, False]
    assert [len(step.batch) for step in steps] == [32, 32, 6, 32, 32, 6, 32]
    for step, following in pairwise(steps):
        assert step.new_params is following.params
        assert step.new_state is following.state
        np.testing.assert_array_equal(step.z, objective.z(step.params)[step.batch])
    first = steps[0]
    np.testing.assert_allclose(
        first.new_params - first.params, -first.rate * first.factor * first.evaluation.gradient, rtol=1e-12
    )
    np.testing.assert_array_equal(params, 0)


def test_a_run_goes_on_from_its_state(problem):
    objective, optimizer = problem(), Adam(0.1)
    whole = path(objective, optimizer, 20)
    steps = list(islice(iterate(objective, optimizer, np.zeros((4, 1))), 11))
    rest = path(objective, optimizer, 10, steps[10].params, state=steps[10].state)
    np.testing.assert_array_equal(whole[10:], rest)


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize(
    ("rule", "loss", "ratio"),
    [
        (GradientDescent, "cross_entropy", 4),
        (GradientDescent, "brier", 4),
        (GradientDescent, "focal", 4),
        (GradientDescent, "squared_error", 16),
        (Momentum, "cross_entropy", 4),
        (Nesterov, "squared_error", 16),
        (lambda rate: Adam(rate, epsilon=1e-300), "cross_entropy", 2),
        (lambda rate: Adam(rate, epsilon=1e-300), "squared_error", 2),
    ],
)
def test_tanh_is_the_sigmoid_in_other_units(problem, rule, loss, ratio, batch_size):
    """Seeds S7: w_sigmoid = 2 w_tanh at every step, if η is `ratio` times as large and α a quarter."""
    start = np.array([[0.3], [-0.2], [0.1], [0.05]])
    alpha, eta = 0.08, 0.02
    paths = []
    for activation, rate, scale in (("tanh", eta, 1), ("sigmoid", ratio * eta, 2)):
        strength = alpha if scale == 1 else alpha / ratio
        objective = problem(activation, loss, penalty=ElasticNet(0.0 if ratio == 2 else strength))
        rng = np.random.default_rng(1)
        paths.append(path(objective, rule(rate), 100, scale * start, batch_size=batch_size, rng=rng) / scale)
    np.testing.assert_allclose(paths[0], paths[1], rtol=1e-9, atol=1e-11)
    assert np.abs(paths[0][-1] - paths[0][0]).max() > 0.1


def test_at_equal_rates_tanh_is_ahead(problem):
    tanh, sigmoid = (path(problem(name), GradientDescent(0.02), 30)[-1] for name in ("tanh", "sigmoid"))
    assert np.linalg.norm(2 * tanh) > 2 * np.linalg.norm(sigmoid)


@pytest.mark.parametrize("name", ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"])
@pytest.mark.parametrize("batch_size", [None, 16])
def test_a_column_is_the_same_among_many(problem, name, batch_size):
    pairs, rates = [("sigmoid", "cross_entropy"), ("tanh", "focal"), ("probit", "brier")], np.array([0.1, 0.02, 0.3])
    alphas, ratio = np.array([0.01, 0.0, 0.2]), 0.5
    groups = ColumnGroups(tuple(Group(get_pointwise(*pair), slice(m, m + 1)) for m, pair in enumerate(pairs)))
    rule = type(get_optimizer(name))
    how = {"batch_size": batch_size}
    many = path(
        problem(pointwise=groups, n_columns=3, penalty=ElasticNet(alphas, ratio)),
        rule(rates), 40, **how, rng=np.random.default_rng(2),
    )  # fmt: skip
    for m, pair in enumerate(pairs):
        objective = problem(*pair, penalty=ElasticNet(float(alphas[m]), ratio))
        alone = path(objective, rule(float(rates[m])), 40, **how, rng=np.random.default_rng(2))
        np.testing.assert_allclose(many[:, :, m], alone[:, :, 0], rtol=1e-9, atol=1e-12)


def test_iterates_stay_in_the_span_of_the_rows(data):
    """w_T = c w₀ + Xᵀα, for momentum with L2 on batches, when there are more features than rows."""
    wide = np.random.default_rng(3).normal(size=(70, 100))
    objective = Objective(
        RowSource(wide),
        data[1][:, None],
        data[2],
        get_pointwise("tanh", "cross_entropy"),
        ElasticNet(0.1),
        fit_intercept=False,
    )
    last = path(objective, Momentum(0.01, 0.9), 400, batch_size=16, rng=np.random.default_rng(0))[-1]
    alpha = np.linalg.lstsq(wide.T, last, rcond=None)[0]
    np.testing.assert_allclose(wide.T @ alpha, last, rtol=0, atol=1e-13 * np.abs(last).max())


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_rule_reaches_the_same_lasso(problem, name):
    """A rule that added up gradients of the smooth part alone would stop where the penalty is weaker."""
    objective, start = problem(penalty=ElasticNet(alpha=0.12, l1_ratio=0.9)), np.zeros((4, 1))
    hovers = name in ("rmsprop", "adam")  # at a constant rate
    rule = type(get_optimizer(name))(schedule=InverseTime(0.02)) if hovers else get_optimizer(name)
    last = path(objective, fill_rate(rule, "auto", objective, start, None), 1500)[-1]
    assert objective.residual(last, objective.evaluate(last).gradient)[0] < (1e-3 if hovers else 1e-10)
    assert 0 < np.sum(last[:3] == 0) < 3


def test_proximal_steps_reach_exact_zeros_and_the_kkt_conditions(problem):
    penalty = ElasticNet(alpha=0.12, l1_ratio=0.9)
    objective = problem(penalty=penalty)
    rate = 1 / objective.curvature(np.zeros((4, 1)))[0]
    last = path(objective, Nesterov(rate, momentum=0.8), 4000)[-1]
    coef, gradient = last[:3, 0], objective.evaluate(last).gradient[:, 0]
    is_zero = coef == 0
    assert 0 < is_zero.sum() < 3
    np.testing.assert_allclose(gradient[:3][~is_zero], -0.108 * np.sign(coef[~is_zero]), rtol=1e-9)
    assert np.all(np.abs(gradient[:3][is_zero]) < 0.108)
    assert abs(gradient[3]) < 1e-10


def test_the_lasso_is_that_of_scikit_learn(problem, data):
    from sklearn.linear_model import LogisticRegression

    X, y, weights = data
    objective = problem(penalty=ElasticNet(alpha=0.05, l1_ratio=1.0))
    rate = 1 / objective.curvature(np.zeros((4, 1)))[0]
    last = path(objective, GradientDescent(rate), 3000)[-1]
    theirs = LogisticRegression(
        C=1 / (0.05 * weights.sum()), l1_ratio=1.0, solver="saga", tol=1e-12, max_iter=20000, random_state=0
    ).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(last[:3, 0], theirs.coef_[0], rtol=1e-5, atol=1e-9)
    np.testing.assert_allclose(last[3, 0], theirs.intercept_[0], rtol=1e-5)


def test_proximal_adaptive_rules_shrink_each_coefficient_by_its_own_step(problem):
    step = next(iterate(problem(penalty=ElasticNet(0.3, 1.0)), Adam(0.01), np.full((4, 1), 0.5)))
    moved = step.params - step.rate * step.factor * step.evaluation.gradient
    reach = (step.rate * step.factor)[:3]
    expected = np.sign(moved[:3]) * np.maximum(np.abs(moved[:3]) - 0.3 * reach, 0)
    np.testing.assert_allclose(step.new_params[:3], expected, rtol=1e-12)
    np.testing.assert_allclose(step.new_params[3], moved[3], rtol=1e-12)
