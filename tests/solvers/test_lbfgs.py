"""L-BFGS against the conditions of optimality, Newton's method and scikit-learn; exact zeros; coupled columns."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Reference

import logitscope as ls
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import LBFGS, SOLVERS, Newton
from logitscope.sources import RowSource
from logitscope.status import Status
from logitscope.training import train

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 6)) * [1.0, 4.0, 0.3, 1.0, 10.0, 1.0]
Y = (X[:, 0] - 0.3 * X[:, 1] + rng.normal(size=80) > 0).astype(float)
WEIGHTS = rng.uniform(0.2, 3.0, 80)
PAIRS = [("sigmoid", "cross_entropy"), ("probit", "cross_entropy"), ("cloglog", "cross_entropy"), ("tanh", "focal")]


def make(activation="sigmoid", loss="cross_entropy", *, alpha=0.05, l1_ratio=0.0, intercept=True, y=None, rows=X):
    target = Y[:, None] if y is None else y
    return Objective(
        RowSource(rows), target, WEIGHTS[: len(rows)], get_pointwise(activation, loss), ElasticNet(alpha, l1_ratio),
        intercept,
    )  # fmt: skip


def solve(objective, solver=None, **how):
    params = np.zeros((objective.n_params, objective.n_columns))
    steps = (solver or LBFGS()).steps(objective, params)
    return train(objective, steps, params, **{"max_iter": 500, "tol": 1e-12, **how})


@pytest.mark.parametrize("alpha", [0.0, 1e-4, 0.1])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("pair", PAIRS, ids="-".join)
def test_ends_where_newton_does(pair, intercept, alpha):
    objective = make(*pair, alpha=alpha, intercept=intercept)
    ours, theirs = solve(objective), solve(objective, Newton())
    assert ours.status == theirs.status == (Status.CONVERGED,)
    np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("l1_ratio", [0.3, 0.9, 1.0])
@pytest.mark.parametrize("alpha", [1e-3, 0.05, 0.2])
@pytest.mark.parametrize("pair", PAIRS[:3], ids="-".join)
def test_l1_meets_the_conditions_of_optimality(pair, alpha, l1_ratio):
    objective = make(*pair, alpha=alpha, l1_ratio=l1_ratio)
    result = solve(objective)
    assert result.status == (Status.CONVERGED,)
    gradient = objective.evaluate(result.params).gradient
    coef, slope, threshold = result.params[:6, 0], gradient[:6, 0], alpha * l1_ratio
    size, on = np.abs(X).max(axis=0), coef != 0
    np.testing.assert_allclose(slope[on] / size[on], -threshold * np.sign(coef[on]) / size[on], atol=1e-14)
    assert np.all(np.abs(slope[coef == 0]) <= threshold)
    assert abs(gradient[6, 0]) < 1e-14


def test_zeros_are_those_of_scikit_learn():
    ours = solve(make(alpha=0.1, l1_ratio=0.5))
    theirs = Reference(
        C=1 / (0.1 * WEIGHTS.sum()), l1_ratio=0.5, solver="saga", tol=1e-13, max_iter=200_000, random_state=0
    ).fit(X, Y, sample_weight=WEIGHTS)
    assert np.array_equal(ours.params[:6, 0] == 0, theirs.coef_[0] == 0)
    assert (ours.params[:6] == 0).any()
    np.testing.assert_allclose(ours.params[:6, 0], theirs.coef_[0], rtol=1e-6)


def test_a_penalty_that_leaves_nothing():
    result = solve(make(alpha=100.0, l1_ratio=1.0))
    assert result.status == (Status.CONVERGED,)
    assert not result.params[:6].any()
    share = WEIGHTS @ Y / WEIGHTS.sum()
    assert result.params[6, 0] == pytest.approx(np.log(share / (1 - share)), rel=1e-13)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.7])
def test_softmax(l1_ratio):
    labels = rng.integers(0, 3, 80)
    objective = make("softmax", alpha=0.02, l1_ratio=l1_ratio, y=np.eye(3)[labels])
    result = solve(objective)
    assert result.status == (Status.CONVERGED,)
    gradient = objective.evaluate(result.params).gradient
    assert objective.residual(result.params, gradient).max() < 1e-13
    if l1_ratio == 0:
        theirs = Reference(C=1 / (0.02 * WEIGHTS.sum()), solver="newton-cg", tol=1e-13, max_iter=1000)
        theirs.fit(X, labels, sample_weight=WEIGHTS)
        np.testing.assert_allclose(result.params[:6].T, theirs.coef_, rtol=1e-6, atol=1e-8)


def test_columns_end_as_if_alone():
    second = (X[:, 3] + rng.normal(size=80) > 0).astype(float)
    both = solve(make(y=np.column_stack([Y, second])), models=[0, 1])
    for column, y in enumerate((Y, second)):
        alone = solve(make(y=y[:, None]))
        assert both.status[column] is alone.status[0] is Status.CONVERGED
        np.testing.assert_allclose(both.params[:, column], alone.params[:, 0], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "focal"])
@pytest.mark.parametrize("activation", ["sigmoid", "probit", "cauchit", "cloglog", "loglog", "softsign", "algebraic"])
def test_what_has_no_optimum_never_converges(activation, loss):
    """A group of label 1 only: the gradient falls below every rounding on the way to infinity."""
    group = np.arange(20) >= 10
    rows = np.column_stack([group, rng.standard_normal(20)]).astype(float)
    objective = make(activation, loss, alpha=0.0, y=np.where(group, 1.0, np.arange(20) % 2)[:, None], rows=rows)
    assert solve(objective, max_iter=150).status[0] in (Status.OUT_OF_EPOCHS, Status.STUCK)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.5])
def test_the_objective_never_rises(l1_ratio):
    values = solve(make(alpha=0.01, l1_ratio=l1_ratio)).history.loss[:, 0]
    assert np.all(np.diff(values) <= 1e-14 * values[:-1])


def test_ill_conditioned_columns_are_no_obstacle():
    rows = np.column_stack([X, X[:, 0] + 1e-7 * rng.standard_normal(80)])
    ours, theirs = solve(make(alpha=0.0, rows=rows)), solve(make(alpha=0.0, rows=rows), Newton())
    assert ours.status == (Status.CONVERGED,)
    assert ours.n_iter[0] < 60
    np.testing.assert_allclose(ours.params, theirs.params, rtol=1e-6)


def test_registry():
    assert SOLVERS["lbfgs"] is LBFGS


def test_lasso_with_fewer_rows_than_columns_is_at_its_optimum():
    """The bound of the Hessian is singular here; its inverse once sent the first step to 1e15."""
    rng = np.random.default_rng(42)
    X, y = rng.random((15, 30)), rng.integers(0, 2, 15)
    clf = ls.LogisticRegression(solver="lbfgs", alpha=0.01, l1_ratio=1.0).fit(X, y)
    assert clf.status_ is Status.CONVERGED
    p = 1 / (1 + np.exp(-(X @ clf.coef_[0] + clf.intercept_[0])))
    pull = X.T @ (p - y) / 15
    used = clf.coef_[0] != 0
    np.testing.assert_allclose(pull[used], -0.01 * np.sign(clf.coef_[0][used]), rtol=1e-10)
    assert np.all(np.abs(pull[~used]) <= 0.01 * (1 + 1e-12))
    assert abs(np.mean(p - y)) < 1e-14
