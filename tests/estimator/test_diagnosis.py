"""What a fit says of itself: certificates, ranks, separation named and overlap never accused; memory and imports."""

import re
import subprocess
import sys
import tracemalloc
import warnings

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning

from logitscope import LogisticRegression, Status, backward
from logitscope._exceptions import SeparationError
from logitscope.estimator import _diagnosis
from logitscope.sources import hold_freed_memory

SOLVERS = ["newton", "lbfgs", "gd"]
LINE = np.arange(10.0)[:, None] - 4.5
HALF = np.repeat([0, 1], 5)
PREFIX = "separated: a hyperplane tells the classes apart, so that the optimum lies at infinity. "
CUT = (
    "The classes are completely separated: label 1 exactly where x0 > 0. The unpenalised likelihood has no maximum."
    " Use a penalty (such as alpha=0.01) or penalty='firth', or leave out 'x0'."
)


def quietly(clf, *data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return clf.fit(*data)


def overlapping(seed, n=40, p=3):
    """Every third row occurs with both labels, in general position: no direction separates."""
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p))
    y = (X @ np.arange(1, p + 1) + rng.logistic(size=n) > 0).astype(int)
    return np.vstack([X, X[::3]]), np.r_[y, 1 - y[::3]]


@pytest.mark.parametrize("how", ["dense", "sparse", "memory in Fortran order", "float32"])
@pytest.mark.parametrize("solver", SOLVERS)
def test_separated_data_are_named(solver, how):
    X = {
        "dense": LINE, "sparse": sp.csr_matrix(LINE), "memory in Fortran order": np.asfortranarray(LINE),
        "float32": LINE.astype(np.float32),
    }[how]  # fmt: skip
    message = f"{PREFIX}{CUT} (label 1 is class b)"
    clf = LogisticRegression(solver=solver)
    with pytest.warns(ConvergenceWarning, match=f"^LogisticRegression: {re.escape(message)}$"):
        clf.fit(X, np.array(["a", "b"])[HALF])
    assert (clf.status_, clf.status_message_) == (Status.SEPARATED, message)
    assert clf.separation_.kind == "complete"


@pytest.mark.parametrize("solver", SOLVERS)
def test_separated_data_are_refused_or_ignored_when_asked(solver):
    message = f"LogisticRegression: {PREFIX}{CUT} (label 1 is class 1)"
    with pytest.raises(SeparationError, match=f"^{re.escape(message)}$"):
        LogisticRegression(solver=solver, on_separation="raise").fit(LINE, HALF)
    clf = quietly(LogisticRegression(solver=solver, on_separation="ignore", max_iter=300), LINE, HALF)
    assert clf.separation_ is None
    assert clf.status_ in (Status.STOPPED, Status.OUT_OF_EPOCHS, Status.STUCK)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "probit", "cauchit", "cloglog", "loglog", "softsign"])
@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
def test_quasi_complete_separation(solver, activation):
    X = np.array([[0.0], [0], [1], [1], [1], [2], [2]])
    clf = quietly(LogisticRegression(activation, solver=solver), X, [0, 0, 0, 1, 1, 1, 1])
    assert clf.status_ is Status.SEPARATED
    assert clf.separation_.kind == "quasi-complete"
    assert "quasi-completely separated: label 1 wherever x0 > 1 and label 0 wherever x0 < 1" in clf.status_message_


@pytest.mark.parametrize(("activation", "solver"), [("sigmoid", "newton"), ("sigmoid", "lbfgs"), ("softmax", "lbfgs")])
def test_several_classes(activation, solver):
    X, y = np.r_[LINE, LINE + 20], np.r_[np.tile(["a", "b"], 5), np.repeat("c", 10)]
    clf = quietly(LogisticRegression(activation, solver=solver), X, y)
    assert clf.status_ is Status.SEPARATED
    assert clf.status_message_.endswith("(label 1 is class c, 0 the rest)")
    assert "label 1 exactly where x0 > 10" in clf.status_message_


@pytest.mark.parametrize("how", [{"alpha": 1e-4}, {"alpha": 1e-4, "l1_ratio": 0.5}])
def test_a_penalty_settles_it(how):
    clf = LogisticRegression(solver="lbfgs", **how).fit(LINE, HALF)
    assert (clf.status_, clf.separation_) == (Status.CONVERGED, None)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), solver=st.sampled_from(SOLVERS), factor=st.sampled_from([1.0, 1e3, 1e-3]))
def test_overlapping_data_are_never_accused(seed, solver, factor):
    X, y = overlapping(seed)
    clf = quietly(LogisticRegression(solver=solver, max_iter=60), X * factor, y)
    assert clf.separation_ is None
    assert clf.status_ is not Status.SEPARATED


def test_data_too_large_to_look_at_are_fitted_without_a_verdict(monkeypatch):
    monkeypatch.setattr(_diagnosis, "_SEPARATION_LIMIT", 5)
    clf = quietly(LogisticRegression(solver="newton"), LINE, HALF)
    assert clf.separation_ is None
    assert not clf.status_.is_success


@pytest.mark.parametrize("activation", ["sigmoid", "cauchit", "softsign"])
@pytest.mark.parametrize(("solver", "max_iter"), [("newton", 3), ("newton", 4), ("lbfgs", 5), ("lbfgs", 8), ("gd", 50)])
def test_figures_are_true_of_a_fit_that_was_stopped(activation, solver, max_iter):
    X, y = overlapping(3)
    best = LogisticRegression(activation, solver="newton").fit(X, y)
    clf = quietly(LogisticRegression(activation, solver=solver, max_iter=max_iter, tol=1e-12), X, y)
    mean, spread = X.mean(axis=0), X.std(axis=0)
    here, there = (np.r_[c.coef_[0] * spread, c.intercept_ + c.coef_[0] @ mean] for c in (clf, best))
    distance = np.linalg.norm(here - there) / np.linalg.norm(here)
    gap = clf.loss_curve_[-1] - best.loss_curve_[-1]
    assert clf.status_ is Status.OUT_OF_EPOCHS
    assert 0.1 < clf.certificate_.distance / distance < 10
    if gap > 1e-13:
        assert 0.1 < clf.certificate_.gap / gap < 10


def test_a_certificate_in_words():
    known = LogisticRegression(solver="newton").fit(*overlapping(3)).certificate_
    number = r"\d\.\de-\d\d"
    assert re.fullmatch(
        rf"gradient {number} of its terms, objective within {number} of its minimum, coefficients to {number},"
        r" rank 4 of 4",
        str(known),
    )


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("kind", ["tiny", "weights", "collinear", "outlier", "wide", "one row", "equal rows"])
def test_converged_is_only_said_of_a_vanishing_gradient(kind, loss, solver):
    """In the user's terms: the pulls of the samples cancel in every centred column, or there was no such claim."""
    for seed in range(6):
        rng = np.random.default_rng([seed, len(kind)])
        X, weights = rng.standard_normal((25, 3)), np.ones(25)
        y = (X[:, 0] + rng.logistic(size=25) > 0).astype(int)
        y[:2] = [0, 1]
        if kind == "tiny":
            X, y, weights = X[:4], y[:4], weights[:4]
        elif kind == "weights":
            weights = 10.0 ** rng.uniform(-12, 12, 25)
        elif kind == "collinear":
            X = np.column_stack([X, X[:, 0] + 1e-9 * rng.standard_normal(25)])
        elif kind == "outlier":
            X[3] *= 1e6
        elif kind == "wide":
            X = rng.standard_normal((25, 40))
        elif kind == "one row":
            y = np.r_[1, np.zeros(24, dtype=int)]
        else:
            X = np.repeat(X[:1], 25, axis=0)
        activation = ["sigmoid", "cauchit", "probit", "cloglog", "hard", "softsign"][seed]
        clf = quietly(LogisticRegression(activation, loss, solver=solver, max_iter=100), X, y, weights)
        if clf.status_ is not Status.CONVERGED:
            continue
        if activation == "hard" and clf.loss_curve_[-1] < 1e-25:  # separated, and at its minimum 0: no pull is left
            continue
        assert clf.certificate_.residual < 1e-6
        z = X @ clf.coef_[0] + clf.intercept_[0]
        pull = backward(z, y.astype(float), activation=activation, loss=loss)[2] * weights
        centred = X - weights @ X / weights.sum()
        terms = np.abs(pull) @ np.abs(centred)
        constant = np.ptp(X, axis=0) == 0
        # z of collinear columns has cancelled, and with it digits of the pulls.
        limit = {"collinear": 1e-3, "outlier": 1e-5}.get(kind, 1e-7)
        assert np.all((np.abs(pull @ centred) <= limit * terms) | constant)
        assert abs(pull.sum()) <= limit * np.abs(pull).sum()


@pytest.mark.parametrize(("solver", "has_norms"), [("newton", True), ("lbfgs", False)])
def test_recorded_updates(solver, has_norms):
    """Newton's: −η H⁻¹ sᵢ/Σs ∂ℓᵢ in the user's units; L-BFGS has no matrix to tell."""
    X, y = overlapping(5, p=2)
    X = X * [100.0, 0.1] + [3.0, 1.0]
    weights = np.random.default_rng(0).uniform(0.5, 2, len(y))
    log = LogisticRegression(solver=solver, record=True).fit(X, y, weights).update_log_
    if not has_norms:
        assert np.isnan(log.update_norm).all()
        return
    rows, share = np.column_stack([X, np.ones(len(X))]), weights / weights.sum()
    for z, norms in zip(log.z[:3], log.update_norm[:3], strict=True):
        p = 1 / (1 + np.exp(-z))
        inverse = np.linalg.inv(rows.T @ ((share * p * (1 - p))[:, None] * rows))
        own = np.linalg.norm((rows * (share * (p - y))[:, None]) @ inverse, axis=1)
        np.testing.assert_allclose(norms, own, rtol=1e-8)


@pytest.mark.parametrize("solver", ["newton", "lbfgs"])
@pytest.mark.parametrize("kind", ["C", "F", "memmap", "float32", "sparse"])
def test_no_second_copy_of_the_data(kind, solver, tmp_path):
    n, p = 20_000, 60
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    y = (X[:, 0] + rng.logistic(size=n) > 0).astype(int)
    if kind == "memmap":
        disk = np.memmap(tmp_path / "X", dtype=float, mode="w+", shape=X.shape)
        disk[:] = X
        disk.flush()
        X = np.memmap(tmp_path / "X", dtype=float, mode="r", shape=X.shape)
    elif kind == "sparse":
        X = sp.random(n, 2 * p, density=0.05, format="csr", random_state=0)
    else:
        X = {"C": X, "F": np.asfortranarray(X), "float32": X.astype(np.float32)}[kind]
    hold_freed_memory()  # what a process does once, whatever the data
    tracemalloc.start()
    clf = LogisticRegression(solver=solver).fit(X, y)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert clf.status_ is Status.CONVERGED
    assert clf.coef_.dtype == X.dtype
    assert peak < 0.7 * n * p * 8  # a dense copy in float64 would be 1


def test_the_estimator_does_not_import_linear_programming():
    """scikit-learn brings scipy.optimize itself; ours adds neither it nor a solver before data ask for one."""
    script = (
        "import sys, sklearn.base, sklearn.model_selection; before = set(sys.modules); import logitscope.estimator;"
        " print(sorted(m for m in set(sys.modules) - before if m.startswith(('scipy.optimize', 'matplotlib'))))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_heavy_row_without_loss_does_not_end_a_run():
    X, y = overlapping(3)
    weights = np.ones(len(y))
    weights[0] = 1e18
    clf = LogisticRegression(solver="newton").fit(X, y, sample_weight=weights)
    assert clf.status_ is Status.CONVERGED


def test_a_design_of_zeros_without_intercept_has_the_coefficients_0():
    for solver in ("newton", "lbfgs"):
        clf = quietly(
            LogisticRegression(solver=solver, fit_intercept=False), np.zeros((4, 2)), [0, 1, 0, 1], np.ones(4)
        )
        np.testing.assert_array_equal(clf.coef_, np.zeros((1, 2)))


def test_soft_labels_stand_on_both_sides():
    rng = np.random.default_rng(0)
    sure = (rng.random(60) < 0.3).astype(float)
    X = np.column_stack([rng.standard_normal(60), sure])
    y = np.where(sure > 0, 1.0, rng.uniform(0.2, 0.8, 60))
    clf = quietly(LogisticRegression(solver="newton"), X, y, np.ones(60))
    assert clf.status_ is Status.SEPARATED
    assert clf.separation_.kind == "quasi-complete"
    assert clf.separation_.columns.tolist() == [1]
    y[sure > 0] = 0.9
    assert quietly(LogisticRegression(solver="newton"), X, y, np.ones(60)).status_ is Status.CONVERGED
