"""The function that judges solvers, against scikit-learn's loss, finite differences and a textbook loop."""

import math

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss

from benchmarks import _contestants, _objective, _shapes
from benchmarks._objective import Problem, curved, gradient, objective, polish, suboptimality

RNG = np.random.default_rng(0)


def problem(n_classes, *, intercept=True, sparse=False):
    X = RNG.normal(size=(40, 3)) * (RNG.random((40, 3)) > 0.3)
    y = np.arange(40) % n_classes
    return Problem(csr_array(X) if sparse else X, y, n_classes, 0.05, intercept)


def start(case):
    return RNG.normal(size=(3 + case.fit_intercept, case.n_columns))


CASES = [(2, True, False), (2, False, True), (3, True, False), (4, False, True)]


@pytest.fixture(params=CASES, ids=str)
def case(request):
    n_classes, intercept, sparse = request.param
    return problem(n_classes, intercept=intercept, sparse=sparse)


def test_it_is_scikit_learns_loss_and_the_penalty(case):
    params = start(case)
    X = case.X if isinstance(case.X, np.ndarray) else case.X.toarray()
    z = X @ params[:3] + (params[3] if case.fit_intercept else 0.0)
    z = np.column_stack([np.zeros(40), z]) if case.n_columns == 1 else z
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    penalty = 0.05 / 2 * math.fsum(w * w for w in params[:3].ravel())
    assert objective(case, params) == pytest.approx(log_loss(case.y, p) + penalty, rel=1e-13)


def test_far_out_it_is_right():
    case = Problem(np.array([[1.0], [-1.0]]), np.array([0, 1]), 2, 0.0, False)
    assert objective(case, np.array([[1e4]])) == 1e4
    assert objective(case, np.array([[-800.0]])) == 0.0


def test_gradient_and_curvature_are_its_differences(case):
    params, direction, h = start(case), start(case), 1e-5
    up, down = objective(case, params + h * direction), objective(case, params - h * direction)
    assert np.vdot(gradient(case, params), direction) == pytest.approx((up - down) / (2 * h), rel=1e-7)
    change = gradient(case, params + h * direction) - gradient(case, params - h * direction)
    np.testing.assert_allclose(curved(case, params, direction), change / (2 * h), rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("direct", [True, False])
def test_polish_ends_at_the_optimum(case, direct, monkeypatch):
    monkeypatch.setattr(_objective, "_DIRECT", 2100 if direct else 0)
    best = polish(case, np.zeros_like(start(case)))
    assert (gradient(case, best) ** 2).sum() / (2 * 0.05) < 1e-14  # bounds how far it is above the optimum
    clf = LogisticRegression(C=1 / (0.05 * 40), tol=1e-12, max_iter=10_000, fit_intercept=case.fit_intercept)
    clf.fit(case.X, case.y)
    parts = [clf.coef_.T, clf.intercept_[None]] if case.fit_intercept else [clf.coef_.T]
    theirs = np.vstack(parts)
    assert objective(case, best) <= objective(case, theirs) * (1 + 1e-15)
    assert suboptimality(case, theirs, objective(case, best)) < 1e-12


def test_suboptimality_is_relative():
    case = problem(2)
    params = np.zeros((4, 1))
    assert suboptimality(case, params, objective(case, params) / 1.5) == pytest.approx(0.5)
    assert suboptimality(case, params, 2 * objective(case, params)) == 0.0


def test_blocks_make_no_difference(case, monkeypatch):
    params = start(case)
    whole = objective(case, params), gradient(case, params)
    monkeypatch.setattr(_objective, "_ROWS", 7)
    assert objective(case, params) == pytest.approx(whole[0], rel=1e-14)
    np.testing.assert_allclose(gradient(case, params), whole[1], rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("make", _shapes.QUICK.values(), ids=_shapes.QUICK)
def test_everybody_solves_the_same_problem(make):
    case = make()
    optimum = objective(case, polish(case, np.zeros((case.X.shape[1] + case.fit_intercept, case.n_columns))))
    notes = []
    contestants = {"ours": _contestants.ours, **_contestants.rivals(case, notes)}
    for name in ("sag", "saga"):  # the same estimator as the others, and they take long
        contestants.pop(name, None)
    for name, solve in contestants.items():
        assert suboptimality(case, solve(case, 1e-9), optimum) < 1e-8, name


def test_there_are_as_many_problems_as_promised():
    assert len(_shapes.SHAPES) >= 12
