"""The fast solver against slower ones and scikit-learn: every path, and what is handed over."""

import pickle
import warnings
from itertools import islice

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression as Reference

from logitscope import LogisticRegression, Status
from logitscope._exceptions import InvalidInputError
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import Auto, Solver, Subsampled
from logitscope.solvers._finish import hand_over
from logitscope.sources import RowSource

SMOOTH = ["sigmoid", "tanh", "probit", "cloglog", "loglog", "cauchit", "softsign", "algebraic"]


def problem(n, p, seed=0, *, rho=0.0, n_classes=2):
    rng = np.random.default_rng(seed)
    X = np.sqrt(1 - rho) * rng.standard_normal((n, p)) + np.sqrt(rho) * rng.standard_normal((n, 1))
    W = rng.standard_normal((p, n_classes)) / np.sqrt(p)
    y = (X @ W + rng.gumbel(size=(n, n_classes))).argmax(axis=1)
    return X, y, rng.uniform(0.2, 3.0, n)


def objective_of(X, y, coef, intercept, alpha, weights=None):
    """Five lines that no solver shares: mean cross-entropy of two classes plus ridge."""
    weights = np.ones(len(y)) if weights is None else weights
    z = X @ np.ravel(coef) + intercept
    loss = np.logaddexp(0, np.where(y == 1, -z, z))
    return weights @ loss / weights.sum() + alpha / 2 * np.square(coef).sum()


def fit(X, y, weights=None, *, activation="sigmoid", solver="auto", max_iter=1000, **how):
    clf = LogisticRegression(activation, solver=solver, max_iter=max_iter, **how).fit(X, y, weights)
    assert clf.status_ is Status.CONVERGED
    return clf


def close(ours, theirs, rtol=1e-9):
    np.testing.assert_allclose(ours.coef_, theirs.coef_, rtol=rtol, atol=rtol * np.abs(theirs.coef_).max())
    np.testing.assert_allclose(ours.intercept_, theirs.intercept_, rtol=rtol, atol=rtol * np.abs(theirs.coef_).max())


@pytest.mark.parametrize("activation", SMOOTH)
@pytest.mark.parametrize("alpha", [0.0, 0.03])
def test_every_activation_with_weights(activation, alpha):
    X, y, weights = problem(701, 4)
    ours = fit(X, y, weights, activation=activation, alpha=alpha)
    close(ours, fit(X, y, weights, activation=activation, alpha=alpha, solver="newton"), 1e-8)
    assert ours.certificate_.distance < 1e-10


@pytest.mark.parametrize("loss", ["squared_error", "brier", "focal"])
def test_every_loss(loss):
    X, y, weights = problem(701, 4)
    close(fit(X, y, weights, loss=loss, alpha=0.03), fit(X, y, weights, loss=loss, alpha=0.03, solver="newton"), 1e-8)


@pytest.mark.parametrize("rho", [0.0, 0.9])
@pytest.mark.parametrize("kind", ["C", "F", "csr", "memmap", "float32"])
@pytest.mark.parametrize("weighted", [False, True])
def test_samples_of_many_rows(kind, rho, weighted, tmp_path):
    X, y, weights = problem(30_011, 12, rho=rho)
    weights = weights if weighted else None
    given = {"C": X, "F": np.asfortranarray(X), "csr": sp.csr_array(X), "float32": X.astype(np.float32)}.get(kind)
    if kind == "memmap":
        given = np.memmap(tmp_path / "X", dtype=float, mode="w+", shape=X.shape)
        given[:] = X
    ours = fit(given, y, weights, alpha=1e-4)
    theirs = fit(
        np.asarray(X, dtype=X.dtype if kind != "float32" else np.float32), y, weights, alpha=1e-4, solver="newton"
    )
    close(ours, theirs, 1e-5 if kind == "float32" else 1e-10)
    assert ours.n_iter_ <= 10  # passes over all rows


def test_no_intercept():
    X, y, _ = problem(20_000, 9, rho=0.5)
    close(
        fit(X + 0.5, y, alpha=1e-3, fit_intercept=False),
        fit(X + 0.5, y, alpha=1e-3, fit_intercept=False, solver="newton"),
    )


@pytest.mark.parametrize("shape", [(400, 30), (6000, 300), (60, 200), (20_000, 20)])
@pytest.mark.parametrize("accuracy", [1e-4, 1e-8])
def test_accuracy_is_reached(shape, accuracy):
    X, y, _ = problem(*shape, rho=0.6)
    alpha = 1 / len(y)
    best = Reference(C=1.0, tol=1e-11, solver="newton-cholesky", max_iter=1000).fit(X, y)
    ours = fit(X, y, solver=Auto(accuracy=accuracy), alpha=alpha)
    least = objective_of(X, y, best.coef_, best.intercept_, alpha)
    assert objective_of(X, y, ours.coef_, ours.intercept_, alpha) <= least * (1 + accuracy)


def test_wide_rows():
    X, y, weights = problem(90, 700)
    ours = fit(X, y, weights, alpha=0.01)
    theirs = Reference(C=1 / (0.01 * weights.sum()), tol=1e-13, solver="lbfgs", max_iter=10_000).fit(X, y, weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-6 * np.abs(theirs.coef_).max())
    least = objective_of(X, y, theirs.coef_, theirs.intercept_, 0.01, weights)
    assert objective_of(X, y, ours.coef_, ours.intercept_, 0.01, weights) <= least * (1 + 1e-13)
    assert ours.certificate_.distance < 1e-10


def test_sparse_rows_without_a_matrix_of_columns():
    rng = np.random.default_rng(0)
    X = sp.random(900, 2500, density=0.01, format="csr", random_state=0, data_rvs=rng.standard_normal)
    y = (X @ rng.standard_normal(2500) + rng.logistic(size=900) > 0).astype(int)
    ours = fit(X, y, alpha=0.002)
    theirs = Reference(C=1 / (0.002 * 900), tol=1e-13, solver="newton-cg", max_iter=1000).fit(X, y)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-7 * np.abs(theirs.coef_).max())
    assert ours.certificate_.distance < 1e-10


@pytest.mark.parametrize("n", [500, 20_000])
def test_softmax_is_certified(n):
    X, y, weights = problem(n, 6, n_classes=4)
    ours = fit(X, y, weights, activation="softmax", alpha=0.001)
    theirs = Reference(C=1 / (0.001 * weights.sum()), tol=1e-13, solver="newton-cg", max_iter=1000).fit(X, y, weights)
    np.testing.assert_allclose(ours.coef_, theirs.coef_, atol=1e-8 * np.abs(theirs.coef_).max())
    assert ours.certificate_.distance < 1e-9


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_the_way_on_few_rows_is_shown(activation):
    """Each of Newton's steps on all rows is a record: the last is close to the optimum."""
    X, y, weights = problem(300, 4, n_classes=3)
    clf = fit(X, y, weights, activation=activation, alpha=1e-3, record=True)
    log = clf.update_log_
    assert log.n_records == clf.n_iter_ >= 4
    assert np.all(np.diff(np.concatenate([[np.inf], clf.loss_curve_])) <= 1e-15)
    np.testing.assert_allclose(log.z[-1], clf.decision_function(X), atol=1e-5)
    np.testing.assert_allclose(log.z[0], 0.0)


def test_coupled_classes_arrive_together():
    """A class that has arrived while others have not must not end the search of a step for all."""
    X, y, _ = problem(1797, 64, n_classes=10)
    lengths = []

    class Lengths:
        def observe(self, step):
            lengths.append(float(np.min(step.rate)))

    clf = LogisticRegression("softmax", solver="auto", alpha=1e-3, max_iter=1000).fit(X, y, observers=[Lengths()])
    assert clf.status_ is Status.CONVERGED
    assert min(lengths) > 0.0


@pytest.mark.parametrize("n", [500, 20_000])
def test_one_against_the_rest(n):
    X, y, weights = problem(n, 6, n_classes=4)
    close(fit(X, y, weights, alpha=0.001), fit(X, y, weights, alpha=0.001, solver="newton"))


def test_a_column_that_a_sample_hardly_sees():
    X, y, _ = problem(60_000, 5)
    rare = np.zeros(len(y))
    rare[[5, 777, 23_456, 59_999]] = 1.0
    X = np.column_stack([X, rare, np.full(len(y), 3.0)])
    ours = fit(X, y, alpha=1e-4)
    close(ours, fit(X, y, alpha=1e-4, solver="newton"), 1e-8)
    assert ours.coef_[0, -1] == 0.0


def test_hard_data_are_handed_over():
    X, y, _ = problem(400, 3)
    noise = np.random.default_rng(1).standard_normal(400)
    for hard in (X + 1e6, np.column_stack([X, X[:, 0] + 1e-6 * noise])):
        close(fit(hard, y), fit(hard, y, solver="newton"), 1e-9)
    with pytest.warns(UserWarning, match="rank 4 of 5"):
        ours = LogisticRegression(solver="auto").fit(np.column_stack([X, X[:, 0]]), y)
    assert ours.rank_ == 4
    with pytest.warns(UserWarning, match="separated"):
        ours = LogisticRegression(solver="auto").fit(X, (X[:, 0] > 0).astype(int))
    assert ours.status_ is Status.SEPARATED


def test_an_l1_penalty_goes_to_lbfgs():
    X, y, _ = problem(300, 5)
    how = {"alpha": 0.05, "l1_ratio": 0.5}
    assert np.array_equal(fit(X, y, **how).coef_, fit(X, y, solver="lbfgs", **how).coef_)


def test_steps_are_honest():
    """Every step holds the objective at its own parameters, and the last one a proof; then it goes on without end."""
    X, y, weights = problem(9000, 4, rho=0.5)
    objective = Objective(
        RowSource(X), y[:, None].astype(float), weights, get_pointwise("sigmoid", "cross_entropy"), ElasticNet(0.001)
    )
    before = None
    steps = list(islice(Subsampled().steps(objective, np.zeros((5, 1))), 14))
    assert [step.index for step in steps] == list(range(14))
    assert sum(bool(step.certificate.is_optimal.all()) for step in steps) >= 1
    for step in steps:
        coef, intercept = step.params[:4, 0], step.params[4, 0]
        value = objective_of(X, y, coef, intercept, 0.001, weights)
        assert step.evaluation.loss[0] == pytest.approx(value, rel=1e-12)
        np.testing.assert_allclose(step.z[:, 0], X @ coef + intercept, atol=1e-12)
        if before is not None:
            np.testing.assert_allclose(step.params, before, rtol=1e-12)
        before = step.new_params


def test_the_same_bits_again():
    X, y, weights = problem(30_000, 8)
    first, second = (fit(X, y, weights, alpha=1e-4) for _ in range(2))
    assert np.array_equal(first.coef_, second.coef_)


def test_a_warm_start_at_the_optimum_stays():
    X, y, _ = problem(20_000, 5)
    clf = fit(X, y, alpha=1e-3, warm_start=True)
    coef = clf.coef_.copy()
    clf.fit(X, y)
    np.testing.assert_allclose(clf.coef_, coef, rtol=1e-11)
    assert clf.n_iter_ <= 3


def test_both_are_solvers():
    assert isinstance(Auto(), Solver)
    assert isinstance(Subsampled(), Solver)
    assert callable(hand_over)


@pytest.mark.parametrize("kind", ["float64", "float32", "sparse"])
@pytest.mark.parametrize("shape", [(500, 5), (5000, 30), (20_000, 210)])
def test_nothing_is_warned_of_on_good_data(shape, kind):
    X, y, _ = problem(*shape)
    X = X if kind == "float64" else X.astype(np.float32)
    X = sp.csr_array(np.where(X > 1.0, X, 0.0).astype(np.float32)) if kind == "sparse" else X
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fit(X, y, alpha=1e-4)


@pytest.mark.parametrize("shape", [(300, 4), (3000, 40), (40_000, 60)])
def test_a_column_too_small_for_its_penalty(shape):
    X, y, _ = problem(*shape)
    X[:, 1] *= 1e-160
    close(fit(X, y, alpha=1e-3), fit(X, y, alpha=1e-3, solver="newton"))


@pytest.mark.parametrize("alpha", [1e-2, 1e-4, 1e-7])
@pytest.mark.parametrize("accuracy", [1e-3, None])
@pytest.mark.parametrize("size", [1.0, 100.0])
def test_wide_data_of_any_size_and_penalty(size, alpha, accuracy):
    """α small beside the rows' squares: what single precision can tell of a step is rounding."""
    rng = np.random.default_rng(1)
    X = size * rng.standard_normal((60, 900))
    y = (X[:, 0] + 0.5 * size * rng.standard_normal(60) > 0).astype(int)
    ours = LogisticRegression(solver=Auto(accuracy=accuracy), alpha=alpha, on_separation="ignore").fit(X, y)
    best = LogisticRegression(solver="newton", alpha=alpha, on_separation="ignore", max_iter=500).fit(X, y)
    assert ours.status_ is best.status_ is Status.CONVERGED
    assert ours.loss_curve_[-1] <= best.loss_curve_[-1] * (1 + (1e-10 if accuracy is None else accuracy))


class Watcher:
    """Keeps the steps."""

    def __init__(self):
        self.steps = []

    def observe(self, step):
        self.steps.append(step)


def test_steps_can_be_kept_and_pickled():
    rng = np.random.default_rng(0)
    X = 0.9 * rng.standard_normal((60_000, 8))  # of size 1, as it is to solvers
    y = (X[:, 0] + rng.logistic(size=60_000) > 0).astype(int)
    watcher = Watcher()
    LogisticRegression(solver=Subsampled(), alpha=1e-3).fit(X, y, observers=[watcher])
    first, *others = pickle.loads(pickle.dumps(watcher.steps))
    _, gradient, z, _ = first.evaluation
    assert np.isnan(gradient).all()
    assert gradient.shape == first.params.shape
    assert z.shape == (60_000, 1)
    assert first.certificate.proof == "a sample of the rows"
    exact = np.append(X.T @ (0.5 - y), np.sum(0.5 - y)) / len(y)
    scale = np.abs(0.5 - y).mean()
    np.testing.assert_allclose(first.certificate.residual, np.abs(exact).max() / scale, rtol=0.2)
    assert all(np.isfinite(step.evaluation.gradient).all() for step in others)


@pytest.mark.parametrize("accuracy", [0, -1.0, 1.0, np.inf, np.nan, "x", True])
@pytest.mark.parametrize("solver", [Auto, Subsampled])
def test_an_accuracy_is_a_share(solver, accuracy):
    with pytest.raises(InvalidInputError, match=f"`accuracy` must be a number > 0 and < 1.*got {accuracy!r}"):
        solver(accuracy)


@pytest.mark.parametrize("seed", [-1, 0.5, "a", True, None])
def test_a_seed_is_a_number(seed):
    with pytest.raises(InvalidInputError, match=f"`seed` must be an integer >= 0; got {seed!r}"):
        Subsampled(seed=seed)
