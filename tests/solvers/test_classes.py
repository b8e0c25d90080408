"""Softmax's classes: one Hessian for all, what they share, and optima that are proved however hard the data."""

import warnings
from itertools import count, islice, pairwise

import mpmath as mp
import numpy as np
import pytest
import scipy.sparse as sp

from logitscope import LogisticRegression, Status
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import Auto, Newton, Subsampled, _newton
from logitscope.solvers._frame import same_units
from logitscope.solvers._hessians import HessianProduct, class_moments, exact_hessians, joint_hessian
from logitscope.solvers._memory import Dot
from logitscope.solvers._preconditioner import PerColumn, factorise
from logitscope.solvers._proof import newton_step
from logitscope.solvers._shared import Apart, balanced
from logitscope.solvers._truncated import Truncated
from logitscope.sources import RowSource
from logitscope.training import train

N, P, K = 90, 4, 3
SHARED = np.kron(np.ones((K, K)) / K, np.eye(P + 1))  # projects on what all classes have in common


def make(alpha=0.02, intercept=True, wrap=np.asarray, n=N, p=P, k=K, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.geomspace(0.1, 10, p) + 1.0
    target = np.eye(k)[(X @ rng.normal(size=(p, k)) + rng.gumbel(size=(n, k))).argmax(axis=1)]
    weights, pointwise = rng.uniform(0.2, 3.0, n), get_pointwise("softmax", "cross_entropy")
    return Objective(RowSource(wrap(X)), target, weights, pointwise, ElasticNet(alpha), intercept)


def solve(solver, objective, **how):
    params = np.zeros((objective.n_params, objective.n_columns))
    more = (count(),) if isinstance(solver, Truncated) else ()
    return train(objective, solver.steps(objective, params, *more), params, **{"max_iter": 60, "tol": 1e-12, **how})


@pytest.mark.parametrize("alpha", [0.0, 0.3])
@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array])
def test_the_hessian_is_the_change_of_the_gradient(alpha, wrap):
    objective = make(alpha, wrap=wrap)
    params, h = 0.1 * np.random.default_rng(1).normal(size=(P + 1, K)), 1e-6
    changes = []
    for unit in np.eye(K * (P + 1)):
        move = h * unit.reshape(K, P + 1).T
        up, down = (objective.evaluate(params + sign * move).gradient for sign in (1, -1))
        changes.append(((up - down) / (2 * h)).T.ravel())
    ours = joint_hessian(objective, objective.z(params))
    assert np.array_equal(ours, ours.T)
    assert np.linalg.eigvalsh(ours).min() > 1e-5  # also along what classes share, where the loss has no curvature
    apart = np.eye(len(SHARED)) - SHARED
    np.testing.assert_allclose(apart @ ours @ apart, apart @ np.array(changes) @ apart, atol=1e-8)
    np.testing.assert_allclose(
        SHARED @ ours @ apart, 0.0, atol=1e-12
    )  # a gradient without that part makes no such step


def test_the_hessian_of_certain_rows_keeps_its_digits():
    """Row 0 is certain of its class to 1e-26 and more: 1 − p of it is no number that float64 holds."""
    objective = make(0.0, n=2, p=1, intercept=False)
    z = np.array([[60.0, 0.0, -30.0], [0.3, 0.1, -0.2]])
    x, share = objective.source.X[:, 0], objective.share()
    mp.mp.dps = 50
    exact = mp.zeros(K)
    for i in range(2):
        e = [mp.exp(mp.mpf(v)) for v in z[i]]
        q = [v / sum(e) for v in e]
        for a in range(K):
            for b in range(K):
                exact[a, b] += mp.mpf(share[i]) * mp.mpf(x[i]) ** 2 * q[a] * ((a == b) - q[b])
    ours = class_moments(objective, z).reshape(K, K)
    np.testing.assert_allclose(ours, [[float(exact[a, b]) for b in range(K)] for a in range(K)], rtol=1e-9)
    alone = make(0.0, n=1, p=1, intercept=False)
    own = np.diagonal(class_moments(alone, z[:1]).reshape(K, K)) / np.square(alone.source.X[0, 0])
    np.testing.assert_allclose(own, np.exp([-60.0, -60.0, -90.0]), rtol=1e-12)


def test_steps_follow_each_other_from_the_start_that_was_given():
    """Also where classes share something at the start, and where Newton's method needs no matrix."""
    objective = make(1e-3, n=200)
    start = np.random.default_rng(3).normal(size=(P + 1, K)) + 1.0
    for limit in (1000, 10):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_newton, "MOST_INVERTED", limit)
            for solver in (Newton(), Auto(), Subsampled()):
                steps = list(islice(solver.steps(objective, start), 6))
                assert np.array_equal(steps[0].params, start)
                assert [step.epoch for step in steps] == list(range(len(steps)))
                for step, after in pairwise(steps):
                    np.testing.assert_allclose(step.new_params, after.params, rtol=1e-13, atol=1e-14)
                    assert after.evaluation.loss.sum() <= step.evaluation.loss.sum() * (1 + 1e-15)


@pytest.mark.parametrize("solver", [Newton(), Auto(), Subsampled()])
def test_a_good_start_is_kept_but_for_what_classes_share(solver):
    objective = make(0.1, n=200)
    best = solve(Newton(), objective).params
    shifted = best + 2.0
    assert objective.value(shifted).sum() > np.log(K)  # all of it the penalty's
    first = next(iter(solver.steps(objective, shifted)))
    np.testing.assert_allclose(first.new_params[:P], best[:P], rtol=1e-10)


def test_no_step_of_few_rows_leads_up():
    """Newton's method may begin at the optimum of a part of the rows, which can be above the start."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(6000, 1))
    for seed in range(6):
        y = np.random.default_rng(seed).integers(0, 2, 6000)
        clf = LogisticRegression("softmax", solver="auto", alpha=0.1).fit(X, y)
        curve = np.concatenate([[np.log(2)], clf.loss_curve_])
        assert np.all(np.diff(curve) <= 2e-14)


def test_newton_without_a_matrix_says_where_it_is_stuck(monkeypatch):
    """Separated data have no optimum: the epochs of the run go on, up to max_iter and no further."""
    monkeypatch.setattr(_newton, "MOST_INVERTED", 10)
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(30, 40)), rng.integers(0, 3, 30)
    clf = LogisticRegression("softmax", solver="newton", max_iter=45, record=True, on_separation="ignore")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        clf.fit(X, y)
    assert clf.n_iter_ <= 45
    assert clf.update_log_.epoch.tolist() == list(range(clf.update_log_.n_records))


def test_what_rounding_adds_to_all_classes_is_taken_away():
    objective = make(1e-9)
    params = np.random.default_rng(1).normal(size=(P + 1, K))
    pulled = np.vstack([objective.penalty.gradient(params[:P]), np.zeros(K)])
    gradient = objective.evaluate(params).gradient
    noisy = gradient + 1e-13 * np.random.default_rng(2).normal(size=gradient.shape)
    ours = balanced(objective, params, noisy)
    np.testing.assert_allclose(ours.sum(axis=1), pulled.sum(axis=1), atol=3e-17 + 4e-16 * np.abs(ours).max())
    changed = ours != noisy
    assert (changed.sum(axis=1) <= 1).all()  # the smaller ones keep their digits
    assert np.array_equal(
        np.abs(noisy - pulled).argmax(axis=1)[changed.any(axis=1)], changed.argmax(axis=1)[changed.any(axis=1)]
    )
    alone = make(0.1).take(np.array([0]))
    binary = Objective(alone.source, alone.target, alone.weights, get_pointwise("sigmoid", "cross_entropy"))
    assert balanced(binary, params[:, :1], noisy[:, :1]) is not None
    assert np.array_equal(balanced(binary, params[:, :1], noisy[:, :1]), noisy[:, :1])


@pytest.mark.parametrize("alpha", [0.0, 1e-6])
def test_a_preconditioner_of_blocks_leaves_alone_what_classes_share(alpha):
    """Else conjugate gradients meet the curvature of the penalty there, and need several times as many products."""
    objective = make(alpha, n=400, p=30)
    frame, counts = same_units(30, True), {}
    params = 0.1 * np.random.default_rng(1).normal(size=(31, K))
    params -= params.mean(axis=1, keepdims=True)
    z = objective.z(params)
    gradient = balanced(objective, params, objective.evaluate(params).gradient)
    blocks = PerColumn(tuple(factorise(hessian) for hessian in exact_hessians(objective, frame, z)))
    apart = Apart(blocks)
    np.testing.assert_allclose(apart.solve(gradient).mean(axis=1), 0.0, atol=1e-9)
    for name, preconditioner in (("blocks", blocks), ("apart", apart)):
        product, calls = HessianProduct(objective, frame, z), []
        found = newton_step(lambda v: calls.append(0) or product(v), gradient, preconditioner, Dot(True), 1e-8)  # noqa: B023
        assert found.is_positive
        counts[name] = len(calls)
        moved = product(found.direction)
        np.testing.assert_allclose(moved, -gradient, atol=1e-6 * np.abs(gradient).max())
    assert counts["apart"] <= counts["blocks"]


@pytest.mark.parametrize("alpha", [0.0, 0.05])
@pytest.mark.parametrize("intercept", [True, False])
def test_newton_makes_the_step_that_its_matrix_says(alpha, intercept):
    """Columns see each other: what the gradient of one class does to the parameters of all adds up to the step."""
    objective = make(alpha, intercept)
    for _, step in zip(range(4), Newton().steps(objective, np.zeros((P + intercept, K))), strict=False):
        moved = -np.einsum("ia,ija->j", step.evaluation.gradient, step.factor).reshape(K, -1).T * step.rate
        np.testing.assert_allclose(moved, step.new_params - step.params, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("solver", [Newton, Truncated])
@pytest.mark.parametrize("alpha", [0.0, 1e-8, 0.1])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("wrap", [np.asarray, sp.csr_array])
def test_the_optimum_is_one(solver, alpha, intercept, wrap):
    result = solve(solver(), make(alpha, intercept, wrap, n=300))
    assert result.status == (Status.CONVERGED,) * len(result.status)
    objective = make(alpha, intercept, n=300)
    slope = balanced(objective, result.params, objective.evaluate(result.params).gradient)
    assert np.abs(slope).max() < 1e-14
    assert np.abs(result.params.mean(axis=1)).max() < 1e-10 * np.abs(result.params).max()
    assert result.n_iter[0] <= 15


@pytest.mark.parametrize("solver", ["auto", "newton"])
@pytest.mark.parametrize("alpha", [1e-10, 1e-4, 1.0])
@pytest.mark.parametrize("units", [1e8, 1e-8, "10^±8"])
@pytest.mark.parametrize(("n", "p", "k"), [(60, 4, 3), (50, 30, 3), (400, 3, 10)])
def test_units_do_not_matter(solver, alpha, units, n, p, k):
    """The curvature of the penalty is far below rounding there, along what classes share it is all there is."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, p))
    y = (X @ rng.normal(size=(p, k)) + rng.gumbel(size=(n, k))).argmax(axis=1)
    X = X * (10.0 ** np.linspace(-8, 8, p) if units == "10^±8" else units)
    clf = LogisticRegression("softmax", solver=solver, alpha=alpha).fit(X, y)
    assert clf.status_ is Status.CONVERGED
    assert clf.certificate_.distance < 1e-9
    size = np.abs(clf.coef_).max(axis=0)
    assert np.all(np.abs(clf.coef_.mean(axis=0)) <= 1e-14 * size)
    pulls = clf.predict_proba(X) - np.eye(k)[y]
    slope, terms = pulls.T @ X / n + alpha * clf.coef_, np.abs(pulls).T @ np.abs(X) / n
    assert np.all(np.abs(slope) <= 1e-8 * (terms + alpha * size) + 4e-16 * np.abs(X).mean(axis=0))


@pytest.mark.parametrize("solver", ["auto", "newton"])
@pytest.mark.parametrize("alpha", [1e-12, 1e-8])
def test_columns_that_all_but_depend_on_each_other_end_at_rounding(solver, alpha):
    """No step has more digits than another: that is told, and not that there were too few epochs."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    y = (X @ rng.normal(size=(5, 4)) + rng.gumbel(size=(300, 4))).argmax(axis=1)
    X = np.column_stack([X, X[:, 0] + X[:, 1]])
    clf = LogisticRegression("softmax", solver=solver, alpha=alpha).fit(X, y)
    assert clf.status_ is Status.CONVERGED
    assert 1e-12 < clf.certificate_.distance < 1e-4
    assert clf.certificate_.residual < 1e-14


@pytest.mark.parametrize("scale", [10.0, 1000.0, 1e300])
@pytest.mark.parametrize("alpha", [1e-8, 1e-3])
def test_every_row_may_be_certain_at_the_start(alpha, scale):
    objective = make(n=60)
    X, codes = np.asarray(objective.source.X), objective.target.argmax(axis=1)
    best = LogisticRegression("softmax", solver="newton", alpha=alpha).fit(X, codes)
    init = np.random.default_rng(5).normal(size=(P + 1, K)) * scale
    clf = LogisticRegression("softmax", solver="auto", alpha=alpha, init=init, record=True).fit(X, codes)
    assert clf.status_ is Status.CONVERGED
    np.testing.assert_allclose(clf.coef_, best.coef_, atol=1e-9 * np.abs(best.coef_).max())
    # The first record is of the parameters that were given; classes share nothing afterwards.
    np.testing.assert_allclose(clf.update_log_.z[0], X @ init[:P] + init[P], rtol=1e-12)
    assert np.all(np.abs(clf.coef_.mean(axis=0)) <= 1e-14 * np.abs(clf.coef_).max())
    assert clf.n_iter_ <= 30


def test_updates_are_those_of_all_classes():
    """The sample's own term in t H⁻¹ g, of every class, by plain loops."""
    objective, alpha = make(0.1), 0.1
    X, codes = np.asarray(objective.source.X), objective.target.argmax(axis=1)
    clf = LogisticRegression("softmax", solver="newton", alpha=alpha, max_iter=2, tol=0, record=True)
    log = clf.fit(X, codes, sample_weight=objective.weights).update_log_
    rows, share = np.column_stack([X, np.ones(N)]), objective.share()
    for record in range(2):
        p = np.exp(log.z[record]) / np.exp(log.z[record]).sum(axis=1, keepdims=True)
        hessian = np.kron(np.eye(K), np.diag([alpha] * P + [0.0]))
        for i in range(N):
            hessian += share[i] * np.kron(np.diag(p[i]) - np.outer(p[i], p[i]), np.outer(rows[i], rows[i]))
        inverse = np.linalg.pinv(hessian, rcond=1e-10)
        for i in range(0, N, 7):
            for a in range(K):
                own = np.zeros((K, P + 1))
                own[a] = share[i] * (p[i, a] - objective.target[i, a]) * rows[i]
                term = log.learning_rate[record, a] * inverse @ (own - own.mean(axis=0)).ravel()
                assert log.update_norm[record, i, a] == pytest.approx(np.linalg.norm(term), rel=1e-6)


HARD = [
    (seed, n, p, k)
    for seed, (n, p, k) in enumerate(
        [(60, 30, 4), (200, 40, 10), (400, 5, 4), (80, 200, 3), (300, 300, 5), (50, 1200, 4)]
    )
]


@pytest.mark.parametrize("alpha", [1e-3, 1e-5, 1e-7])
@pytest.mark.parametrize(("seed", "n", "p", "k"), HARD)
def test_hard_classes_are_proved(seed, n, p, k, alpha):
    """Nearly separated, in units of 1e-2 to 1e2, far from 0, wide: with the default number of epochs."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * 10 ** rng.uniform(-2, 2, size=p) + 10 * rng.normal(size=p)
    W = rng.normal(size=(p, k)) / X.std(axis=0)[:, None] * 10 / np.sqrt(p)
    y = ((X - X.mean(axis=0)) @ W + rng.gumbel(size=(n, k))).argmax(axis=1)
    clf = LogisticRegression("softmax", solver="auto", alpha=alpha).fit(X, y)
    assert clf.status_ is Status.CONVERGED
    assert clf.certificate_.distance < 1e-9
    proba, target = clf.predict_proba(X), np.eye(k)[np.searchsorted(clf.classes_, y)][:, : len(clf.classes_)]
    terms = np.abs(proba - target).T @ np.abs(X) / n
    slope = (proba - target).T @ X / n + alpha * clf.coef_
    rounding = 4e-16 * np.abs(X).mean(axis=0)  # of p − 1 here, which the fit does not form
    assert np.all(np.abs(slope) <= 1e-9 * (terms + alpha * np.abs(clf.coef_).max()) + rounding)


def test_many_classes_and_columns_need_no_matrix_of_all(monkeypatch):
    """Newton's method goes on by products where the matrix of all classes would have thousands of columns."""
    monkeypatch.setattr(_newton, "MOST_INVERTED", 10)
    few = solve(Newton(), make(1e-3, n=300))
    monkeypatch.setattr(_newton, "joint_hessian", None)
    objective = make(1e-3, n=300)
    result = solve(Newton(), objective)
    assert result.status == few.status == (Status.CONVERGED,) * len(few.status)
    np.testing.assert_array_equal(result.params, few.params)
