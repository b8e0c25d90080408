"""Run long enough, descent ends where scikit-learn's solvers do."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.multiclass import OneVsRestClassifier

import logitscope as ls
from logitscope import LogisticRegression, Status

# Data that a plane can separate have no unpenalised optimum.
SEPARABLE = {"breast_cancer", "iris", "wine", "digits"}


def data(name):
    X, y, *_ = ls.load_dataset(name, n_samples=None if name in ("iris", "wine") else 200)
    return ls.standardize(X).X, y


def reference(X, y, C, joint):
    model = Reference(C=C, tol=1e-10, max_iter=10_000, solver="newton-cg")
    if len(np.unique(y)) > 2 and not joint:
        model = OneVsRestClassifier(model).fit(X, y)
        parts = model.estimators_
        return np.concatenate([part.coef_ for part in parts]), np.concatenate([part.intercept_ for part in parts])
    model.fit(X, y)
    return model.coef_, model.intercept_


@pytest.mark.parametrize("name", [name for name in ls.DATASETS if name not in SEPARABLE])
def test_unpenalised(name):
    X, y = data(name)
    clf = LogisticRegression(max_iter=20_000, tol=1e-8).fit(X, y)
    coef, intercept = reference(X, y, np.inf, joint=False)
    assert clf.status_ is Status.CONVERGED
    # Features of `classification` are collinear: what is unique is z.
    np.testing.assert_allclose(X @ clf.coef_.T + clf.intercept_, X @ coef.T + intercept, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
@pytest.mark.parametrize("name", ls.DATASETS)
def test_penalised(name, activation):
    X, y = data(name)
    alpha = 0.1
    clf = LogisticRegression(activation, alpha=alpha, max_iter=20_000, tol=1e-8).fit(X, y)
    assert clf.status_ is Status.CONVERGED
    if activation == "softmax" and len(clf.classes_) == 2:
        # Two penalised columns w and -w: |w|² + |-w|² is half of |2w|².
        coef, intercept = reference(X, y, 2 / (alpha * len(X)), joint=False)
    else:
        coef, intercept = reference(X, y, 1 / (alpha * len(X)), joint=activation == "softmax")
    np.testing.assert_allclose(clf.coef_, coef, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(clf.intercept_, intercept, rtol=1e-5, atol=1e-6)


def test_weighted_optimum():
    X, y = data("moons")
    weights = np.random.default_rng(0).uniform(0, 3, len(y))
    clf = LogisticRegression(alpha=0.05, max_iter=20_000, tol=1e-10).fit(X, y, weights)
    theirs = Reference(C=1 / (0.05 * weights.sum()), tol=1e-12, solver="newton-cholesky").fit(X, y, weights)
    np.testing.assert_allclose(clf.coef_, theirs.coef_, rtol=1e-6)


def test_elastic_net_optimum():
    X, y = data("breast_cancer")
    alpha, l1_ratio = 0.05, 0.6
    clf = LogisticRegression(alpha=alpha, l1_ratio=l1_ratio, max_iter=20_000, tol=1e-8).fit(X, y)
    theirs = Reference(C=1 / (alpha * len(X)), l1_ratio=l1_ratio, solver="saga", tol=1e-8, max_iter=50_000).fit(X, y)
    np.testing.assert_allclose(clf.coef_, theirs.coef_, atol=1e-5)
    np.testing.assert_array_equal(clf.coef_ == 0, theirs.coef_ == 0)
    assert 0 < (clf.coef_ == 0).sum() < clf.coef_.size


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # sgd is never quite there
@pytest.mark.parametrize("solver", [*ls.OPTIMIZERS, *ls.SOLVERS])
def test_every_solver_ends_at_the_same_optimum(solver):
    X, y = data("moons")
    optimum = Reference(C=1 / (0.1 * len(X)), tol=1e-12, solver="newton-cholesky").fit(X, y)
    rules = {
        "sgd": ls.SGD(learning_rate=0.5, schedule=ls.InverseTime(0.01)),
        "rmsprop": ls.RMSprop(learning_rate=0.02, schedule=ls.Exponential(0.01)),
    }
    clf = LogisticRegression(solver=rules.get(solver, solver), alpha=0.1, max_iter=2000, tol=1e-4, random_state=0)
    clf.fit(X, y)
    np.testing.assert_allclose(clf.coef_, optimum.coef_, atol=5e-3 if solver == "sgd" else 1e-3)


# What a line can do, and what chance is; circles, xor and spirals are symmetric: no line does better than chance.
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", [name for name in ls.DATASETS if name not in ("circles", "xor", "spirals")])
def test_beats_chance_clearly(name):
    X, y = data(name)
    chance = np.bincount(y).max() / len(y)
    score = LogisticRegression().fit(X[::2], y[::2]).score(X[1::2], y[1::2])
    assert score > chance + 0.15


def test_a_constant_column_counts_for_its_penalty():
    """Small data are certified in units in which a constant column is nothing: not where it has a coefficient."""
    rng = np.random.default_rng(0)
    X = np.column_stack([rng.standard_normal((200, 2)), np.full(200, 5.0)])
    y = (X[:, 0] + rng.logistic(size=200) > 0).astype(int)
    how = {"alpha": 0.1, "tol": 1e-3, "init": np.array([[0.0], [0.0], [0.3], [0.0]])}
    clf = LogisticRegression(**how, max_iter=2000).fit(X, y)
    many = LogisticRegression(**how, max_iter=2000).fit(np.tile(X, (60, 1)), np.tile(y, 60))
    assert clf.coef_[0, 2] == pytest.approx(many.coef_[0, 2], rel=1e-9)
    assert clf.certificate_.gap == pytest.approx(many.certificate_.gap, rel=1e-3)
