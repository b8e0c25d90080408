"""Data that say the same in other words give the same fit."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from logitscope import LogisticRegression, Status

SOLVERS = ["newton", "lbfgs", "auto"]
SYMMETRIC = ["sigmoid", "tanh", "probit", "cauchit", "softsign", "algebraic"]
CONCAVE = ["sigmoid", "tanh", "probit", "cloglog", "loglog"]
FEW = settings(max_examples=12, deadline=None)


def problem(seed, n=60, p=3):
    """Overlapping classes: every row occurs with both labels, one of them with little weight."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    y = (X[:, 0] - X[:, -1] + rng.logistic(size=n) > 0).astype(int)
    X, y = np.vstack([X, X[:8]]), np.r_[y, 1 - y[:8]]
    return X, y, rng.uniform(0.2, 3.0, n + 8)


def fit(X, y, weights, solver="newton", activation="sigmoid", **how):
    clf = LogisticRegression(activation, solver=solver, max_iter=500, **how).fit(X, y, weights)
    assert clf.status_ is Status.CONVERGED
    return clf


def close(ours, theirs, rtol=1e-9):
    largest = np.abs(theirs).max()
    np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol * largest)


@pytest.mark.parametrize("solver", SOLVERS)
@FEW
@given(
    seed=st.integers(0, 10**6),
    exponents=st.lists(st.one_of(st.integers(-40, 40), st.sampled_from([-200, 200])), min_size=3, max_size=3),
    intercept=st.booleans(),
    activation=st.sampled_from(CONCAVE),
)
def test_powers_of_two_change_no_bit(solver, seed, exponents, intercept, activation):
    X, y, weights = problem(seed)
    plain = fit(X, y, weights, solver, activation, fit_intercept=intercept)
    scaled = fit(np.ldexp(X, exponents), y, weights, solver, activation, fit_intercept=intercept)
    assert np.array_equal(np.ldexp(scaled.coef_, exponents), plain.coef_)
    assert np.array_equal(scaled.intercept_, plain.intercept_)
    assert scaled.n_iter_ == plain.n_iter_
    assert scaled.certificate_ == plain.certificate_


@pytest.mark.parametrize("solver", SOLVERS)
@FEW
@given(
    seed=st.integers(0, 10**6),
    factors=st.lists(st.sampled_from([1e8, 1e-8, 1.0, -3.7]), min_size=3, max_size=3),
    activation=st.sampled_from(CONCAVE),
)
def test_any_scale(solver, seed, factors, activation):
    X, y, weights = problem(seed)
    plain, scaled = fit(X, y, weights, solver, activation), fit(X * factors, y, weights, solver, activation)
    close(scaled.coef_ * factors, plain.coef_)
    close(scaled.decision_function(X * factors), plain.decision_function(X))


@pytest.mark.parametrize("solver", SOLVERS)
@FEW
@given(seed=st.integers(0, 10**6), offset=st.sampled_from([1e6, -1e6, 1e3]), activation=st.sampled_from(CONCAVE))
def test_any_offset(solver, seed, offset, activation):
    X, y, weights = problem(seed)
    X = np.ldexp(np.round(np.ldexp(X, 20)), -20)  # so that X + offset is exact
    plain, moved = fit(X, y, weights, solver, activation), fit(X + offset, y, weights, solver, activation)
    close(moved.coef_, plain.coef_)
    close(moved.decision_function(X + offset), plain.decision_function(X))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("how", [{}, {"alpha": 0.01}], ids=["unpenalised", "ridge"])
@FEW
@given(seed=st.integers(0, 10**6), activation=st.sampled_from(CONCAVE))
def test_rows_and_columns_in_another_order(solver, how, seed, activation):
    X, y, weights = problem(seed)
    rng = np.random.default_rng(seed + 1)
    rows, columns = rng.permutation(len(y)), rng.permutation(X.shape[1])
    plain = fit(X, y, weights, solver, activation, **how)
    close(fit(X[rows], y[rows], weights[rows], solver, activation, **how).coef_, plain.coef_)
    close(fit(X[:, columns], y, weights, solver, activation, **how).coef_, plain.coef_[:, columns])


@pytest.mark.parametrize("solver", SOLVERS)
@FEW
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.0, 0.01]), activation=st.sampled_from(CONCAVE))
def test_a_row_twice_is_a_row_of_weight_two(solver, seed, alpha, activation):
    X, y, _ = problem(seed)
    twice = np.arange(len(y)) % 3 == 0
    doubled = fit(np.vstack([X, X[twice]]), np.r_[y, y[twice]], None, solver, activation, alpha=alpha)
    close(doubled.coef_, fit(X, y, np.where(twice, 2.0, 1.0), solver, activation, alpha=alpha).coef_)


@pytest.mark.parametrize("solver", SOLVERS)
@FEW
@given(seed=st.integers(0, 10**6), alpha=st.sampled_from([0.0, 0.01]), place=st.integers(0, 60))
def test_a_row_of_weight_zero_changes_no_bit(solver, seed, alpha, place):
    X, y, weights = problem(seed)
    plain = fit(X, y, weights, solver, alpha=alpha)
    more = fit(
        np.insert(X, place, 1e30, axis=0), np.insert(y, place, 1), np.insert(weights, place, 0.0), solver, alpha=alpha
    )
    assert np.array_equal(more.coef_, plain.coef_)
    assert np.array_equal(more.intercept_, plain.intercept_)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("activation", "mirrored"), [*zip(SYMMETRIC, SYMMETRIC, strict=True), ("cloglog", "loglog")])
def test_labels_swapped(solver, activation, mirrored):
    X, y, weights = problem(5)
    plain, swapped = fit(X, y, weights, solver, activation), fit(X, 1 - y, weights, solver, mirrored)
    close(-swapped.coef_, plain.coef_)
    close(-swapped.intercept_, plain.intercept_)


def redundant(X, kind):
    extra = {"constant": np.full(len(X), 3.3), "duplicate": X[:, 1], "sum": X[:, 0] + X[:, 2]}[kind]
    return np.column_stack([X, extra])


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(
    ("kind", "columns"), [("constant", "'x3' are"), ("duplicate", "'x1', 'x3' are"), ("sum", "'x0', 'x2', 'x3' are")]
)
def test_a_column_too_many_is_named_and_changes_no_prediction(solver, kind, columns):
    X, y, weights = problem(7)
    plain = fit(X, y, weights, solver)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        clf = fit(redundant(X, kind), y, weights, solver)
    assert [str(warning.message) for warning in told] == [
        f"LogisticRegression: the design has rank 4 of 5: columns {columns} constant or depend on each other, so that"
        " their coefficients are not determined. Of all that fit alike, those of smallest norm (in columns of size 1)"
        " were taken. Leave columns out, or use a penalty."
    ]
    assert (clf.rank_, clf.certificate_.n_params) == (4, 5)
    close(clf.decision_function(redundant(X, kind)), plain.decision_function(X))
    if kind == "constant":
        assert clf.coef_[0, 3] == 0
        close(clf.coef_[:, :3], plain.coef_)
    elif kind == "duplicate":  # of all pairs with this sum, equal ones have the smallest norm
        close(clf.coef_[0, [1, 3]], np.repeat(plain.coef_[0, 1] / 2, 2))


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("kind", ["constant", "duplicate", "sum"])
def test_a_column_too_many_with_a_penalty_needs_no_warning(solver, kind):
    X, y, weights = problem(7)
    clf = fit(redundant(X, kind), y, weights, solver, alpha=0.1)
    if kind == "constant":
        assert clf.coef_[0, 3] == 0
    elif kind == "duplicate":
        assert clf.coef_[0, 1] == pytest.approx(clf.coef_[0, 3], rel=1e-9)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("scale", [1e-20, 1e-100, 1e-200, 1e100, 1e200, 1e300])
def test_a_tiny_or_huge_column_with_a_penalty(solver, scale):
    """A tiny one is all but fixed by the penalty, at w = −Σ sᵢ xᵢ ∂ℓᵢ/∂zᵢ/(alpha Σ s); a huge one is not penalised."""
    X, y, _ = problem(9)
    scales = np.array([1.0, scale, 1.0])
    clf = fit(X * scales, y, None, solver, alpha=1e-2)
    if scale < 1:
        others = fit(X[:, [0, 2]], y, None, solver, alpha=1e-2)
        close(clf.coef_[0, [0, 2]], others.coef_[0])
        p = others.predict_proba(X[:, [0, 2]])[:, 1]
        pull = scale * np.mean(X[:, 1] * (y - p)) / 1e-2
        assert clf.coef_[0, 1] == pytest.approx(pull, rel=1e-5)
    else:
        assert np.abs(clf.decision_function(X * scales) - X @ (clf.coef_[0] * scales) - clf.intercept_).max() < 1e-12
        p = clf.predict_proba(X * scales)[:, 1]
        assert abs(np.mean(X[:, 1] * (y - p))) < 1e-12
