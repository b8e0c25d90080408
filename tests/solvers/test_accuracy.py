"""Digits of the fits with default settings, against certified references; run as a script for the table.

Digits are −log10 of the largest relative error over the coefficients and the intercept.
"""

import warnings
from collections import defaultdict

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Reference

from logitscope import LogisticRegression, Status
from tests.references.load import cases, penalised_cases

EXACT = 16.0
ROW_LIMIT = 5000  # larger tables are fitted by the script only
LEAST = {"sigmoid": 11.0, "tanh": 11.0}


def digits(ours, theirs):
    ours, theirs = np.ravel(ours), np.ravel(theirs)
    error = np.max(np.abs(ours - theirs) / np.abs(theirs))
    return EXACT if error == 0 else min(EXACT, -float(np.log10(error)))


def fit(case, solver):
    """Fit with defaults; the cauchit, softsign and algebraic likelihoods are not concave, so that a start counts."""
    return LogisticRegression(case.activation, solver=solver).fit(case.X, case.y, case.weights)


def digits_of(clf, case):
    return digits(np.r_[clf.coef_[0], clf.intercept_], np.r_[case.coef, case.intercept])


CASES = cases()
SMALL = [case for case in CASES if len(case.y) <= ROW_LIMIT]


@pytest.mark.parametrize("solver", ["newton", "auto"])
@pytest.mark.parametrize("case", SMALL, ids=str)
def test_newton(case, solver):
    clf = fit(case, solver)
    assert clf.status_ is Status.CONVERGED
    assert digits_of(clf, case) >= LEAST.get(case.activation, 10.0)
    assert clf.certificate_.distance < 1e-11
    assert clf.rank_ == case.X.shape[1] + 1


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_lbfgs(case):
    clf = fit(case, "lbfgs")
    assert clf.status_ is Status.CONVERGED
    assert digits_of(clf, case) >= 9.0
    assert clf.certificate_.distance < 1e-9


PENALISED = penalised_cases()


@pytest.mark.parametrize(
    ("case", "solver"),
    [
        (case, solver)
        for case in PENALISED
        for solver in ("newton", "lbfgs", "auto")
        if solver != "newton" or case.l1_ratio == 0
    ],
    ids=str,
)
def test_penalised(case, solver):
    clf = LogisticRegression(
        case.activation, solver=solver, alpha=case.alpha, l1_ratio=case.l1_ratio, max_iter=2000
    ).fit(case.X, case.y, case.weights)
    assert clf.status_ is Status.CONVERGED
    kept = np.asarray(case.coef) != 0
    assert np.array_equal(clf.coef_.reshape(kept.shape) != 0, kept)  # exact zeros
    np.testing.assert_allclose(clf.coef_.reshape(kept.shape)[kept], case.coef[kept], rtol=1e-10)
    np.testing.assert_allclose(clf.intercept_.ravel(), np.ravel(case.intercept), rtol=1e-10)


@pytest.mark.parametrize("case", [c for c in PENALISED if c.l1_ratio == 0 and c.name != "softmax"], ids=str)
def test_ridge_of_scikit_learn(case):
    """Ours to 1e-10 of the largest coefficient; theirs, at its tightest tolerance, as far as it comes."""
    used = case.weights > 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says that its line search found nothing better
        theirs = Reference(C=1 / (case.alpha * case.weights.sum()), solver="newton-cholesky", tol=1e-14, max_iter=1000)
        theirs.fit(case.X[used], case.y[used], sample_weight=case.weights[used])
    ours = LogisticRegression(solver="newton", alpha=case.alpha).fit(case.X, case.y, case.weights)
    largest = np.abs(case.coef).max()
    assert np.abs(ours.coef_[0] - case.coef).max() < 1e-10 * largest
    theirs_off = np.abs(theirs.coef_[0] - case.coef).max()
    np.testing.assert_allclose(ours.coef_[0], theirs.coef_[0], rtol=0, atol=1e-10 * largest + theirs_off)


def main():
    print(__doc__)
    print(f"{'activation':12s}{'solver':8s}{'fits':>5s}{'least':>7s}{'median':>7s}   worst at")
    found = defaultdict(list)
    for case in CASES:
        for solver in ("newton", "lbfgs"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                clf = fit(case, solver)
            found[case.activation, solver].append((digits_of(clf, case), case.name, clf.status_.name))
    for (activation, solver), rows in found.items():
        least = min(rows)
        median = np.median([row[0] for row in rows])
        print(f"{activation:12s}{solver:8s}{len(rows):5d}{least[0]:7.1f}{median:7.1f}   {least[1]} ({least[2]})")


if __name__ == "__main__":
    main()
