"""Newton's method against SciPy and scikit-learn, also far from the optimum and in saturation."""

import re
from fractions import Fraction
from itertools import islice

import numpy as np
import pytest
from scipy.optimize import minimize

from logitscope._exceptions import IncompatibleError
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, get_pointwise
from logitscope.solvers import SOLVERS, Newton, choose_coordinates
from logitscope.solvers._newton import inverse_of
from logitscope.sources import RowSource
from logitscope.status import Status
from logitscope.training import train

rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3)) * [1.0, 4.0, 0.3]
Y = (X[:, 0] - 0.3 * X[:, 1] + rng.normal(size=80) > 0).astype(float)
WEIGHTS = rng.uniform(0.2, 3.0, 80)


def make(activation="sigmoid", loss="cross_entropy", *, alpha=0.05, intercept=True) -> Objective:
    return Objective(RowSource(X), Y[:, None], WEIGHTS, get_pointwise(activation, loss), ElasticNet(alpha), intercept)


def solve(objective, start=None, **how):
    params = np.zeros((objective.n_params, objective.n_columns)) if start is None else start
    return train(objective, Newton().steps(objective, params), params, **{"max_iter": 100, "tol": 1e-12, **how})


@pytest.mark.parametrize("intercept", [True, False])
def test_optimum_is_that_of_scikit_learn(intercept):
    from sklearn.linear_model import LogisticRegression

    result = solve(make(intercept=intercept))
    theirs = LogisticRegression(
        C=1 / (0.05 * WEIGHTS.sum()), solver="newton-cholesky", tol=1e-12, fit_intercept=intercept
    ).fit(X, Y, sample_weight=WEIGHTS)
    assert result.status == (Status.CONVERGED,)
    assert result.n_iter[0] < 10
    np.testing.assert_allclose(result.params[:3, 0], theirs.coef_[0], rtol=1e-10)
    if intercept:
        np.testing.assert_allclose(result.params[3, 0], theirs.intercept_[0], rtol=1e-10)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "focal"])
@pytest.mark.parametrize("activation", ["tanh", "probit", "cauchit", "cloglog", "loglog", "softsign"])
def test_optimum_is_that_of_scipy(activation, loss):
    objective = make(activation, loss, alpha=0.1)
    result = solve(objective)
    theirs = minimize(
        lambda w: objective.value(w[:, None])[0],
        result.params[:, 0] + 0.05,
        jac=lambda w: objective.evaluate(w[:, None]).gradient[:, 0],
        method="BFGS",
        options={"gtol": 1e-10},
    )
    assert result.status == (Status.CONVERGED,)
    np.testing.assert_allclose(result.params[:, 0], theirs.x, rtol=1e-6, atol=1e-8)
    assert objective.value(result.params)[0] == pytest.approx(theirs.fun, rel=1e-10)


def test_newton_does_not_see_the_units_of_z():
    """Seeds S7: tanh and sigmoid walk the same path, w_sigmoid = 2 w_tanh, at no change of rate."""
    tanh, sigmoid = (
        [step.params for step in islice(Newton().steps(make(name, alpha=alpha), np.zeros((4, 1))), 6)]
        for name, alpha in (("tanh", 0.2), ("sigmoid", 0.05))
    )
    for ours, theirs in zip(tanh, sigmoid, strict=True):
        np.testing.assert_allclose(2 * ours, theirs, rtol=1e-10, atol=1e-13)


def test_first_step_is_the_solution_of_the_linear_system():
    step = next(Newton().steps(make(), np.zeros((4, 1))))
    rows = np.column_stack([X, np.ones(80)])
    share = WEIGHTS / WEIGHTS.sum()
    hessian = rows.T @ (share[:, None] / 4 * rows) + np.diag([0.05, 0.05, 0.05, 0.0])
    direction = np.linalg.solve(hessian, rows.T @ (share * (Y - 0.5)))
    np.testing.assert_allclose(step.new_params[:, 0], direction, rtol=1e-11)
    np.testing.assert_allclose(step.factor[:, :, 0], np.linalg.inv(hessian), rtol=1e-10)
    assert (step.epoch, step.index, step.ends_epoch, step.batch, step.rate.tolist()) == (0, 0, True, None, [1.0])


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "focal"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "probit", "cloglog", "cauchit", "hard"])
def test_the_objective_never_rises_from_far_away(activation, loss):
    """Rows beyond z = 40 too, where p underflows and squared error is concave."""
    objective = make(activation, loss)
    start = np.array([[-8.0], [9.0], [20.0], [3.0]]) * (0.1 if activation == "cloglog" else 1.0)
    assert np.abs(objective.z(start)).max() > (4 if activation == "cloglog" else 80)
    result = solve(objective, start, tol=1e-8, max_iter=60)
    values = result.history.loss[:, 0]
    values = values[np.isfinite(values)]  # hard with cross-entropy starts at ∞
    assert np.isfinite(result.params).all()
    assert np.all(np.diff(values) <= 1e-13 * np.abs(values[:-1]))
    if activation != "hard":
        assert values[-1] < values[0]


def test_columns_are_solved_as_if_alone():
    pairs = [("sigmoid", "cross_entropy"), ("probit", "squared_error")]
    groups = ColumnGroups(tuple(Group(get_pointwise(*pair), slice(m, m + 1)) for m, pair in enumerate(pairs)))
    both = Objective(RowSource(X), np.column_stack([Y, Y]), WEIGHTS, groups, ElasticNet([0.05, 0.2]))
    together = solve(both, models=[0, 1])
    for m, (pair, alpha) in enumerate(zip(pairs, (0.05, 0.2), strict=True)):
        alone = solve(make(*pair, alpha=alpha))
        assert together.status[m] is alone.status[0] is Status.CONVERGED
        np.testing.assert_allclose(together.params[:, m], alone.params[:, 0], rtol=1e-10)


def test_a_constant_and_a_doubled_feature_are_no_obstacle():
    rows = np.column_stack([X, X[:, 0], np.zeros(80)])
    objective = Objective(RowSource(rows), Y[:, None], WEIGHTS, get_pointwise("sigmoid", "cross_entropy"))
    result = solve(objective, tol=1e-10)
    assert result.status == (Status.CONVERGED,)
    assert result.params[0, 0] == pytest.approx(result.params[3, 0], rel=1e-12)  # the smallest of all that fit alike
    assert result.params[4, 0] == 0
    plain = solve(make(alpha=0.0), tol=1e-10)
    np.testing.assert_allclose(objective.z(result.params), make(alpha=0.0).z(plain.params), rtol=1e-7)


@pytest.mark.parametrize(
    ("activation", "loss", "penalty", "message"),
    [
        (
            "softmax",
            "squared_error",
            ElasticNet(),
            "Cannot use `solver='newton'` with softmax and another loss than cross-entropy, of which it has no Hessian."
            " Choose loss='cross_entropy', an elementwise activation (one-vs-rest) or solver='lbfgs'.",
        ),
        (
            "softmax",
            "cross_entropy",
            ElasticNet(0.1, 0.5),
            "Cannot use `solver='newton'` with `l1_ratio` > 0: it needs a smooth penalty. Choose solver='lbfgs'.",
        ),
    ],
)
def test_refusals(activation, loss, penalty, message):
    objective = Objective(RowSource(X), np.column_stack([Y, 1 - Y]), WEIGHTS, get_pointwise(activation, loss), penalty)
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        next(Newton().steps(objective, np.zeros((4, 2))))


def quasi_separated(n=20):
    """The second half has label 1 only, so that its coefficient has no finite optimum."""
    group = np.arange(n) >= n // 2
    rows = np.column_stack([group, np.random.default_rng(3).standard_normal(n)]).astype(float)
    return rows, np.where(group, 1.0, np.arange(n) % 2)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "focal"])
@pytest.mark.parametrize("activation", ["sigmoid", "probit", "cauchit", "cloglog", "loglog", "softsign", "algebraic"])
def test_what_has_no_optimum_never_converges(activation, loss):
    rows, y = quasi_separated()
    objective = Objective(RowSource(rows), y[:, None], np.ones(20), get_pointwise(activation, loss))
    result = solve(objective, max_iter=300)
    assert result.status[0] in (Status.OUT_OF_EPOCHS, Status.STUCK)


def test_a_plateau_is_no_optimum():
    """Every row far in the flat parts of the clipped line, half of them wrong: the gradient is exactly 0."""
    objective = Objective(
        RowSource(np.array([[-1.0], [1.0], [2.0], [-2.0]])), np.array([[1.0], [1.0], [0.0], [0.0]]), np.ones(4),
        get_pointwise("hard", "squared_error"), fit_intercept=False,
    )  # fmt: skip
    result = solve(objective, np.array([[50.0]]))
    assert result.history.loss[0, 0] > 0
    assert result.status == (Status.STUCK,)


def test_a_perfect_fit_is_an_optimum_though_the_hessian_vanishes():
    objective = Objective(
        RowSource(np.array([[-1.0], [1.0]])), np.array([[0.0], [1.0]]), np.ones(2),
        get_pointwise("hard", "squared_error"), fit_intercept=False,
    )  # fmt: skip
    result = solve(objective, np.array([[5.0]]))
    assert result.status == (Status.CONVERGED,)
    assert objective.value(result.params)[0] == 0


def test_soft_labels_that_start_at_the_optimum_are_one():
    objective = Objective(RowSource(X), np.full((80, 1), 0.5), WEIGHTS, get_pointwise("sigmoid", "cross_entropy"))
    result = solve(objective)
    assert (result.status[0], result.n_iter[0]) == (Status.CONVERGED, 0)


@pytest.mark.parametrize("activation", ["sigmoid", "cauchit", "softsign"])
def test_the_certificate_is_right_on_the_way(activation):
    """Gap and distance against the finished fit, within a factor of 2 from the fourth step on."""
    objective = make(activation, alpha=0.0)
    view = choose_coordinates(objective)
    best = solve(objective)
    least = objective.value(best.params)[0]
    there = view.inward(best.params)
    for step in islice(Newton().steps(objective, np.zeros((4, 1))), 3, 7):
        here = view.inward(step.params)
        distance = np.linalg.norm(here - there) / np.linalg.norm(here)
        gap = step.evaluation.loss[0] - least
        if distance > 1e-7:
            assert 0.5 < step.certificate.distance[0] / distance < 2
            assert 0.5 < step.certificate.decrement[0] ** 2 / 2 / gap < 2
            assert not step.certificate.is_optimal[0]


def test_inverse_keeps_the_digits_of_tiny_entries():
    tiny = np.array([[2.0, 1e-100], [1e-100, 1e-180]])
    inverse, least = inverse_of(tiny)
    determinant = Fraction(2.0) * Fraction(1e-180) - Fraction(1e-100) ** 2
    exact = [[Fraction(1e-180), -Fraction(1e-100)], [-Fraction(1e-100), Fraction(2.0)]]
    for i in range(2):
        for j in range(2):
            assert inverse[i, j] == pytest.approx(float(exact[i][j] / determinant), rel=1e-14)
    assert 0.1 < least <= 1
    assert inverse_of(np.array([[1.0, 1.0], [1.0, 1.0]]))[1] == pytest.approx(0, abs=1e-15)
    assert inverse_of(np.array([[1.0, 0.0], [0.0, -1.0]]))[1] == -1
    assert np.isnan(inverse_of(np.array([[np.nan]]))[1])


def test_registry():
    assert SOLVERS["newton"] is Newton
