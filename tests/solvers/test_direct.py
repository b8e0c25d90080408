"""Newton's method in whole steps on a few rows: where it ends, what it says of that, and what it leaves to others."""

from itertools import count, pairwise

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.exceptions import ConvergenceWarning

from logitscope import LogisticRegression, Status
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import Auto, certify
from logitscope.solvers._direct import direct
from logitscope.solvers._few import few_rows
from logitscope.solvers._frame import frame_of, frame_of_moments
from logitscope.sources import RowSource


def problem(n=400, p=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((n, p)) * [1.0, 0.03, 700.0][:p] + [0.0, 1.0, -300.0][:p]
    y = (X[:, 0] + rng.logistic(size=n) > 0.3).astype(float)
    return X, y, rng.uniform(0.2, 3.0, n)


def objective(X, y, weights=None, activation="sigmoid", alpha=0.0, intercept=True, loss="cross_entropy", l1=0.0):
    weights = np.ones(len(y)) if weights is None else weights
    return Objective(
        RowSource(X), y[:, None], weights, get_pointwise(activation, loss), ElasticNet(alpha, l1), intercept
    )


def run(problem, accuracy=None):
    """Return the steps, and what is left to others."""
    course, steps = direct(problem, np.zeros((problem.n_params, 1)), count(), accuracy), []
    while True:
        try:
            steps.append(next(course))
        except StopIteration as end:
            return steps, end.value


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "probit", "cloglog", "loglog"])
@pytest.mark.parametrize("alpha", [0.0, 0.02])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("kind", ["hard", "soft", "float32", "csr"])
def test_it_ends_where_newton_does(activation, alpha, intercept, kind):
    X, y, weights = problem()
    if kind == "soft":
        y = 0.1 + 0.8 * y
    X = {"float32": X.astype(np.float32), "csr": sp.csr_array(X)}.get(kind, X)
    how = {"alpha": alpha, "fit_intercept": intercept, "max_iter": 100}
    ours, theirs = (
        LogisticRegression(activation, solver=solver, **how).fit(X, y, weights) for solver in ("auto", "newton")
    )
    assert ours.status_ is theirs.status_ is Status.CONVERGED
    _, end = run(objective(X, y, weights, activation, alpha, intercept))
    assert end is not None  # it is this method that "auto" takes
    assert ours.rank_ == theirs.rank_
    tolerance = {"rtol": 1e-6 if kind == "float32" else 1e-10}
    np.testing.assert_allclose(ours.coef_, theirs.coef_, **tolerance, atol=1e-12)
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, **tolerance, atol=1e-12)
    assert ours.certificate_.distance < 1e-10
    assert ours.certificate_.residual < 1e-9


@pytest.mark.parametrize("accuracy", [1e-1, 1e-3, 1e-6, 1e-10])
def test_an_accuracy_is_reached(accuracy):
    X, y, _ = problem()
    best = LogisticRegression(solver="newton", alpha=0.01).fit(X, y).loss_curve_[-1]
    assert LogisticRegression(solver=Auto(accuracy=accuracy), alpha=0.01).fit(X, y).loss_curve_[-1] <= best * (
        1 + accuracy
    )


def test_steps_hold_the_objective_at_their_own_parameters():
    X, y, weights = problem()
    steps, params = run(objective(X, y, weights, alpha=0.02))
    for step, following in pairwise(steps):
        assert np.array_equal(following.params, step.new_params)
    assert np.array_equal(steps[-1].params, params)
    assert [step.certificate.is_optimal.all() for step in steps] == [False] * (len(steps) - 1) + [True]
    for step in steps:
        w, b = step.params[:-1, 0], step.params[-1, 0]
        z = X @ w + b
        loss = weights @ np.logaddexp(0, (1 - 2 * y) * z) / weights.sum() + 0.01 * w @ w
        slope = weights * (1 / (1 + np.exp(-z)) - y) / weights.sum()
        gradient = np.append(X.T @ slope + 0.02 * w, slope.sum())
        np.testing.assert_allclose(step.z[:, 0], z, atol=1e-12)
        np.testing.assert_allclose(step.evaluation.loss, loss, rtol=1e-13)
        np.testing.assert_allclose(step.evaluation.gradient[:, 0], gradient, atol=1e-12 * np.abs(X).max())


X, Y, _ = problem()
HARD = {
    "wide": objective(X[:3], np.array([0.0, 1.0, 1.0])),
    "far from 0": objective(X + 1e6, Y),
    "a constant column": objective(np.column_stack([X, np.full(400, 2.0)]), Y),
    "collinear": objective(np.column_stack([X, X[:, 0] + 1e-7 * X[:, 1]]), Y),
    "separated": objective(X, (X[:, 0] > 0).astype(float)),
    "squares that are no numbers": objective(X * 1e200, Y),
    "entries whose squares vanish": objective(X * 1e-200, Y),
    "no convex loss": objective(X, Y, loss="squared_error"),
    "an L1 penalty": objective(X, Y, alpha=0.1, l1=0.5),
    "many rows": objective(np.tile(X, (250, 1)), np.tile(Y, 250)),
}


@pytest.mark.parametrize("problem", HARD.values(), ids=HARD)
def test_other_data_are_left_to_others(problem):
    with np.errstate(all="ignore"):
        assert run(problem) == ([], None)


@pytest.mark.parametrize("intercept", [True, False])
def test_moments_tell_the_same_units_as_rows(intercept):
    X, _, weights = problem()
    share = weights / weights.sum()
    ours, theirs = (
        frame_of_moments(share @ X, share @ X**2, intercept, lambda columns: None),
        frame_of(X, share, intercept),
    )
    assert np.array_equal(ours.exponent, theirs.exponent)
    np.testing.assert_allclose(ours.center, theirs.center, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.0, 0.02])
def test_figures_of_parameters_that_nobody_vouches_for(alpha):
    """Against Newton's step of five lines, in columns that are centred and of a standard deviation in [1/2, 1)."""
    X, y, weights = problem()
    params = np.array([[0.4], [-3.0], [1e-3], [0.2]])
    assert few_rows(objective(X, y, weights, alpha=alpha)) is not None
    known = certify(objective(X, y, weights, alpha=alpha), params)
    s, w = weights / weights.sum(), params[:3, 0]
    mean, z = s @ X, X @ w + 0.2
    unit = 2.0 ** np.frexp(np.sqrt(s @ (X - mean) ** 2))[1]
    A, p, ridge = (
        np.column_stack([(X - mean) / unit, np.ones(len(X))]),
        1 / (1 + np.exp(-z)),
        np.append(alpha / unit**2, 0),
    )
    inner = np.append(w * unit, 0.2 + mean @ w)
    gradient = A.T @ (s * (p - y)) + ridge * inner
    step = np.linalg.solve(A.T @ ((s * p * (1 - p))[:, None] * A) + np.diag(ridge), gradient)
    assert known.certificate.decrement.item() == pytest.approx(np.sqrt(step @ gradient), rel=1e-10)
    assert known.certificate.distance.item() == pytest.approx(np.linalg.norm(step) / np.linalg.norm(inner), rel=1e-10)
    assert known.certificate.residual.item() == pytest.approx(np.abs(gradient).max() / (s @ np.abs(p - y)), rel=1e-10)
    assert known.rank == (None if alpha else 4)
    assert known.dependent == ()


def test_figures_far_out_have_some_digits_too():
    """Where all rows are saturated, curvatures are of 1e-14, and p − p² has one digit of them at most."""
    X, y, _ = problem(p=1)
    params = np.array([[1.0], [33.0]])
    z = X[:, 0] + 33.0
    assert z.min() > 25
    A, q = np.column_stack([X - X.mean(0), np.ones(len(X))]), 1 / (1 + np.exp(z))  # units change no decrement
    gradient = A.T @ (1 - y - q) / len(y)
    hessian = A.T @ ((q * (1 - q))[:, None] * A) / len(y)
    known = certify(objective(X, y), params).certificate
    assert known.decrement.item() == pytest.approx(np.sqrt(gradient @ np.linalg.solve(hessian, gradient)), rel=1e-3)


def test_a_record_holds_every_step_and_the_last_is_at_the_optimum():
    X, y, weights = problem()
    clf = LogisticRegression(solver="auto", alpha=0.02, record=True).fit(X, y, weights)
    log = clf.update_log_
    assert len(log.z) == clf.n_iter_ == len(clf.loss_curve_) > 2
    np.testing.assert_allclose(log.z[-1], clf.decision_function(X), atol=1e-6)
    with pytest.warns(ConvergenceWarning):
        stopped = LogisticRegression(solver="auto", alpha=0.02, max_iter=2).fit(X, y, weights)
    assert stopped.status_ is Status.OUT_OF_EPOCHS
    assert stopped.n_iter_ == 2


@pytest.mark.parametrize("accuracy", [1e-2, 5.6e-4, 1e-6])
def test_an_accuracy_is_reached_where_the_likelihood_flattens(accuracy):
    """Quasi-separated: in its tail the Hessian falls with the loss, by e a step."""
    X = np.r_[np.zeros(20), np.ones(10)][:, None]
    y = np.r_[np.ones(9), np.zeros(11), np.ones(10)]
    least = (9 * np.log(20 / 9) + 11 * np.log(20 / 11)) / 30
    loss = LogisticRegression(solver=Auto(accuracy=accuracy), on_separation="ignore").fit(X, y).loss_curve_[-1]
    assert (loss - least) / least <= accuracy
