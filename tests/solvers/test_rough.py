"""Middling data, on rows in float32 and from there on X: where they end, and what is told of that."""

from itertools import count

import numpy as np
import pytest
import scipy.sparse as sp

from logitscope import LogisticRegression, Status
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import Auto
from logitscope.solvers import _few as few
from logitscope.solvers import _rough as module
from logitscope.solvers import _thrift as thrift
from logitscope.solvers._classes import class_rows
from logitscope.solvers._few import few_rows, rough_rows
from logitscope.solvers._preconditioner import Factor
from logitscope.solvers._rough import rough
from logitscope.sources import RowSource

ACTIVATIONS = ["sigmoid", "tanh", "probit", "cloglog", "loglog"]


def middling(n=2000, p=60, correlation=0.0):
    """Columns of all sizes, away from 0."""
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, p)) + correlation * rng.standard_normal((n, 1))
    y = (2.0 * X[:, 0] - X[:, 1] + rng.logistic(size=n) > 0.3).astype(float)
    return X * 10.0 ** rng.uniform(-3, 3, p) + 2.0, y, rng.uniform(0.2, 3.0, n)


def objective(X, y, weights=None, activation="sigmoid", alpha=0.0, intercept=True):
    weights = np.broadcast_to(1.0, len(y)) if weights is None else weights
    pair = get_pointwise(activation, "cross_entropy")
    return Objective(RowSource(X), y[:, None], weights, pair, ElasticNet(alpha, 0.0), intercept)


def run(problem, accuracy=None):
    """Return the steps, and what is left to others."""
    course, steps = rough(problem, np.zeros((problem.n_params, problem.n_columns)), count(), accuracy), []
    while True:
        try:
            steps.append(next(course))
        except StopIteration as end:
            return steps, end.value


def fitted(solver, X, y, weights=None, activation="sigmoid", **how):
    return LogisticRegression(activation, solver=solver, max_iter=100, **how).fit(X, y, weights)


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("alpha", [0.0, 1e-3])
@pytest.mark.parametrize("kind", ["plain", "weighted", "soft", "no intercept", "csr", "float32"])
def test_they_end_where_newton_does(activation, alpha, kind):
    X, y, weights = middling()
    weights = weights if kind == "weighted" else None
    y = 0.1 + 0.8 * y if kind == "soft" else y
    X = {"csr": sp.csr_array(X), "float32": X.astype(np.float32), "no intercept": X - 2.0}.get(kind, X)
    intercept = kind != "no intercept"
    problem = objective(X, y, weights, activation, alpha, intercept)
    assert few_rows(problem) is None
    steps, end = run(problem)
    assert end is not None  # it is this method that "auto" takes
    assert 2 <= len(steps) <= 8
    ours, theirs = (
        fitted(solver, X, y, weights, activation, alpha=alpha, fit_intercept=intercept) for solver in ("auto", "newton")
    )
    assert ours.status_ is theirs.status_ is Status.CONVERGED
    assert ours.rank_ == theirs.rank_
    tolerance = 1e-6 if kind == "float32" else 1e-9
    z, own = (clf.decision_function(X) for clf in (theirs, ours))
    np.testing.assert_allclose(own, z, rtol=tolerance, atol=tolerance * np.abs(z).max())
    assert abs(ours.loss_curve_[-1] - theirs.loss_curve_[-1]) <= (1e-7 if kind == "float32" else 3e-15)


@pytest.mark.parametrize("accuracy", [1e-1, 1e-3, 1e-6, 1e-8, 1e-10])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("correlation", [0.0, 3.0])
def test_an_accuracy_is_reached_and_told(accuracy, weighted, correlation):
    X, y, weights = middling(correlation=correlation)
    weights = weights if weighted else None
    clf = fitted(Auto(accuracy=accuracy), X, y, weights, alpha=1e-3)
    best = fitted("newton", X, y, weights, alpha=1e-3).loss_curve_[-1]
    gap = clf.loss_curve_[-1] - best
    assert gap <= accuracy * best
    assert gap <= 2 * clf.certificate_.gap + 1e-15
    assert clf.n_iter_ <= 3


@pytest.mark.parametrize("products", [0.0, 1e9])
def test_with_a_hessian_and_without(monkeypatch, products):
    """Where a Hessian costs more than products with it, these prove the same."""
    monkeypatch.setattr(module, "_PRODUCTS", products)
    monkeypatch.setattr(thrift, "_PATIENCE", 1e9)
    bought = []
    factorise = few.factorise
    monkeypatch.setattr(few, "factorise", lambda hessian: bought.append(1) or factorise(hessian))
    X, y, weights = middling()
    best = fitted("newton", X, y, weights, alpha=1e-3).loss_curve_[-1]
    clf = fitted(Auto(accuracy=1e-8), X, y, weights, alpha=1e-3)
    assert bool(bought) == (products > 0)
    assert clf.loss_curve_[-1] - best <= 1e-8 * best


def test_a_hessian_is_bought_where_columns_are_correlated(monkeypatch):
    """Of correlated columns a diagonal says little."""
    found = []
    descended = module.descended
    monkeypatch.setattr(module, "descended", lambda *given: found.append(descended(*given)) or found[-1])
    X, y, _ = middling(correlation=3.0)
    assert fitted(Auto(accuracy=1e-8), X, y, alpha=1e-3).status_ is Status.CONVERGED
    assert isinstance(found[0].metric.first, Factor)


def test_the_same_bits_twice_and_whatever_the_units():
    X, y, weights = middling()
    one, two = (fitted(Auto(accuracy=1e-6), X, y, weights, alpha=0.0) for _ in range(2))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    other = fitted(Auto(accuracy=1e-6), X * 2.0**40, y, weights, alpha=0.0)
    np.testing.assert_array_equal(other.coef_ * 2.0**40, one.coef_)


def test_what_float32_cannot_tell_apart_is_left_to_others():
    X, _, weights = middling(correlation=60.0)
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    y = np.random.default_rng(2).integers(0, 2, len(X)).astype(float)
    assert run(objective(X, y, weights, alpha=1e-9)) == ([], None)
    ours, theirs = (fitted(solver, X, y, weights, alpha=1e-9) for solver in ("auto", "newton"))
    assert ours.status_ is Status.CONVERGED
    assert abs(ours.loss_curve_[-1] - theirs.loss_curve_[-1]) <= 1e-14


@pytest.mark.parametrize("broken", ["almost constant", "far", "huge", "tiny", "separated"])
def test_what_else_is_left_to_others(broken):
    X, y, _ = middling()
    X = X / X.std(axis=0)
    column = {"almost constant": 1.0, "far": X[:, 7] + 1e5, "huge": X[:, 7] * 1e200, "tiny": X[:, 7] * 1e-200}
    X[:, 7] = column.get(broken, X[:, 7])
    alpha = 1e-3
    if broken == "almost constant":
        X[0, 7] += 1e-9
    if broken == "separated":
        y, alpha = (X[:, 7] > X[:, 7].mean()).astype(float), 0.0
    assert run(objective(X, y, alpha=alpha))[1] is None


def test_sparse_rows_are_left_sparse():
    rng = np.random.default_rng(0)
    for density, ours in ((0.01, False), (0.5, True)):
        X = sp.random_array((2000, 60), density=density, format="csr", rng=rng)
        y = rng.integers(0, 2, 2000).astype(float)
        assert (run(objective(X, y, alpha=1e-2))[1] is not None) == ours


def test_rows_are_those_of_the_frame_in_float32():
    X, y, weights = middling()
    rows = rough_rows(objective(X, y, weights), X.size * 2)
    p, share = X.shape[1], weights / weights.sum()
    expected = np.ldexp(X - share @ X, -rows.frame.exponent)
    np.testing.assert_allclose(rows.x[:, :p], expected, rtol=1e-6, atol=1e-6)
    assert (rows.x[:, p] == 1.0).all()
    np.testing.assert_allclose(rows.size, np.append(share @ expected**2, 1.0), rtol=1e-5)
    look = rows.look(np.full(p + 1, 0.1))
    hessian = rows.hessian(look).astype(float)
    np.testing.assert_allclose(np.diag(hessian), rows.diagonal(look), rtol=0.3)
    v = np.random.default_rng(0).standard_normal((p + 1, 1))
    np.testing.assert_allclose(rows.hessian_at(look.z[:, None])(v), hessian @ v, atol=1e-5)
    assert rows.bend_along(look, v[:, 0]) == pytest.approx((v.T @ hessian @ v).item(), rel=1e-5)


@pytest.mark.parametrize("n", [60, 2000])
@pytest.mark.parametrize("intercept", [True, False])
def test_constant_columns_have_no_coefficient(n, intercept):
    """And lose none of the others their digits: of few rows, and of middling ones."""
    X, y, _ = middling(n, 6 if n < 100 else 60)
    X = X / X.std(axis=0)
    X[:, 3] = 5.0 if intercept else 0.0
    ours, theirs = (fitted(s, X, y, alpha=1e-3, fit_intercept=intercept) for s in ("auto", "newton"))
    assert ours.coef_[0, 3] == 0.0
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=1e-9, atol=1e-12)


K = 4


def classes(n=600, p=160, activation="softmax", alpha=1e-3):
    rng = np.random.default_rng(7)
    X = rng.standard_normal((n, p))
    codes = (X @ rng.standard_normal((p, K)) / 8 + rng.gumbel(size=(n, K))).argmax(axis=1)
    X = X * 10.0 ** rng.uniform(-2, 2, p) + 1.0
    weights = rng.uniform(0.2, 3.0, n)
    pair = get_pointwise(activation, "cross_entropy")
    problem = Objective(RowSource(X), np.eye(K)[codes], weights, pair, ElasticNet(alpha, 0.0), True)
    return X, codes, weights, problem


def test_rows_of_classes_see_the_objective():
    X, _, _, problem = classes()
    rows = class_rows(problem, X.size * 2)
    inner = 0.1 * np.random.default_rng(0).standard_normal((X.shape[1] + 1, K))
    seen, look = problem.evaluate(rows.frame.outward(inner)), rows.look(inner.T.ravel())
    assert look.loss == pytest.approx(seen.loss.sum(), rel=1e-5)
    gradient = rows.frame.gradient(seen.gradient)
    np.testing.assert_allclose(look.gradient.reshape(K, -1).T, gradient, atol=1e-5 * np.abs(gradient).max())


def test_products_of_classes_are_the_change_of_the_gradient():
    X, _, _, problem = classes()
    rows, rng, h = class_rows(problem, X.size * 2), np.random.default_rng(1), 1e-5
    inner, v = (0.1 * rng.standard_normal((X.shape[1] + 1, K)) for _ in range(2))
    ends = [rows.frame.gradient(problem.evaluate(rows.frame.outward(inner + s * h * v)).gradient) for s in (1, -1)]
    expected = (ends[0] - ends[1]) / (2 * h)
    product = rows.hessian_at(problem.evaluate(rows.frame.outward(inner)).z)(v)
    np.testing.assert_allclose(product, expected, atol=1e-5 * np.abs(expected).max())
    metric = rows.metric(rows.look(inner.T.ravel()))
    own = v.copy()
    own[:, 1:] = 0.0  # one class: its block is its Hessian
    block = rows.hessian_at(problem.evaluate(rows.frame.outward(inner)).z)(own)[:, [0]]
    solved = metric.solve(np.column_stack([block, np.zeros_like(own[:, 1:])]).T.ravel()).reshape(K, -1)[0]
    np.testing.assert_allclose(solved, own[:, 0], atol=1e-3)


def test_a_step_of_classes_is_never_worse_than_the_whole_one():
    X, _, _, problem = classes()
    rows = class_rows(problem, X.size * 2)
    start = rows.look(np.zeros(rows.ridge.size))
    direction = -rows.metric(start).solve(start.gradient)
    for factor in (0.05, 1.0, 3.0):
        whole = rows.look(factor * direction)
        length, end = rows.farther(start, factor * direction, whole)
        assert end.loss <= whole.loss
        np.testing.assert_allclose(end.params, length * factor * direction, rtol=1e-12)


@pytest.mark.parametrize("accuracy", [1e-2, 1e-5, 1e-8])
@pytest.mark.parametrize("weighted", [True, False])
def test_classes_to_an_accuracy(accuracy, weighted):
    X, codes, weights, problem = classes()
    weights = weights if weighted else None
    assert run(problem, accuracy)[1] is not None  # it is this method that "auto" takes
    assert run(problem)[1] is None  # and to rounding another
    ours, best = (fitted(s, X, codes, weights, "softmax", alpha=1e-3) for s in (Auto(accuracy=accuracy), "auto"))
    assert ours.status_ is Status.CONVERGED
    gap = ours.loss_curve_[-1] - best.loss_curve_[-1]
    assert gap <= accuracy * best.loss_curve_[-1]


def test_classes_that_are_left_to_others():
    for _, _, _, problem in (classes(alpha=0.0), classes(activation="sigmoid"), classes(n=50, p=3)):
        assert run(problem, 1e-6)[1] is None
