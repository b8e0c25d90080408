"""Everybody who solves a penalised logistic regression: how each is asked, and how its answer is laid out.

It never knows how fast they are, nor whether they were right.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

import logitscope as ls
from benchmarks._clock import optional
from benchmarks._objective import Problem
from logitscope.solvers import Auto

OURS, PROVEN = "logitscope", "logitscope, proven"
SOLVER = "auto"

Solve = Callable[[Problem, float], Any]
"""`solve(problem, tol)`: the parameters, (p [+ 1], n_columns)."""


def ours(problem: Problem, tol: float) -> Any:
    """Fit with our fast solver, to an accuracy as the others."""
    return _fitted(problem, Auto(accuracy=tol))


def proven(problem: Problem, tol: float) -> Any:
    """Fit with our fast solver as it is by default: to rounding, with a proof, whatever the tolerance."""
    return _fitted(problem, SOLVER)


def _fitted(problem: Problem, solver: Any) -> Any:
    activation = "sigmoid" if problem.n_columns == 1 else "softmax"
    clf = ls.LogisticRegression(
        activation, solver=solver, alpha=problem.alpha, fit_intercept=problem.fit_intercept, max_iter=10_000
    )
    return _params(problem, clf.fit(problem.X, problem.y))


def scikit_learn(solver: str, problem: Problem, tol: float) -> Any:
    """Fit with one of scikit-learn's solvers."""
    from sklearn.linear_model import LogisticRegression

    clf = LogisticRegression(
        C=1.0 / (problem.alpha * len(problem.y)),
        solver=solver,
        tol=tol,
        fit_intercept=problem.fit_intercept,
        max_iter=100_000,
        random_state=0,
    )
    return _params(problem, clf.fit(problem.X, problem.y))


def glum(problem: Problem, tol: float) -> Any:
    """Fit with glum."""
    from glum import GeneralizedLinearRegressor

    model = GeneralizedLinearRegressor(
        family="binomial", alpha=problem.alpha, l1_ratio=0.0, fit_intercept=problem.fit_intercept, gradient_tol=tol,
        max_iter=1000,
    )  # fmt: skip
    model.fit(problem.X, problem.y)
    params = [*model.coef_, model.intercept_] if problem.fit_intercept else model.coef_
    return np.asarray(params)[:, None]


def _params(problem: Problem, clf: Any) -> Any:
    rows = [clf.coef_.T, np.reshape(clf.intercept_, (1, -1))] if problem.fit_intercept else [clf.coef_.T]
    return np.vstack(rows).astype(np.float64)


def rivals(problem: Problem, notes: list[str]) -> dict[str, Solve]:
    """Return those who solve this problem, the one that is usually fastest first."""
    found: dict[str, Solve] = {}
    if optional("sklearn", notes) is not None:
        names = ["lbfgs", "newton-cholesky", "newton-cg", "liblinear", "sag", "saga"]
        if problem.fit_intercept or problem.n_columns > 1:
            names.remove("liblinear")  # it penalises the intercept: another problem
        if problem.X.shape[1] > 5_000:
            names.remove("newton-cholesky")  # its Hessian alone would need 20 GB
        found |= {name: partial(scikit_learn, name) for name in names}
    if problem.n_columns == 1 and optional("glum", notes) is not None:
        found["glum"] = glum
    return found


__all__ = ["OURS", "PROVEN", "SOLVER", "Solve", "glum", "ours", "proven", "rivals", "scikit_learn"]
