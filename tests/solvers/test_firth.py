"""Firth's penalised likelihood against closed forms and the penalised likelihood itself in 50 digits."""

import re
from itertools import islice

import numpy as np
import pytest
from mpmath import mp, mpf

import logitscope.solvers._firth as firth
from logitscope._exceptions import IncompatibleError
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers._firth import Firth
from logitscope.sources import RowSource
from logitscope.status import Status
from logitscope.training import train

rng = np.random.default_rng(3)
X = np.round(rng.normal(size=(14, 2)) * 1024) / 1024
SEPARATED = (X[:, 0] + 0.3 * X[:, 1] > 0).astype(float)
MIXED = np.where(np.arange(14) % 4 == 0, 1 - SEPARATED, SEPARATED)
COUNTS = rng.integers(1, 4, 14).astype(float)


def make(X=X, y=SEPARATED, weights=None, activation="sigmoid", loss="cross_entropy", alpha=0.0, intercept=True):
    weights = np.ones(len(y)) if weights is None else weights
    y = np.asarray(y, float).reshape(len(X), -1)
    return Objective(RowSource(X), y, weights, get_pointwise(activation, loss), ElasticNet(alpha), intercept)


def solve(objective, start=None, **how):
    params = np.zeros((objective.n_params, objective.n_columns)) if start is None else start
    return train(objective, Firth().steps(objective, params), params, **{"max_iter": 60, "tol": 1e-12, **how})


def penalised(X, y, weights, units=1):
    """log L + ½ log det I as a function of β, by its definition."""
    rows = [mp.matrix([*map(mpf, row), mpf(1)]) for row in X.tolist()]

    def value(*beta):
        total, information = mpf(0), mp.matrix(len(beta))
        for x, label, s in zip(rows, y.tolist(), weights.tolist(), strict=True):
            p = 1 / (1 + mp.exp(-units * mp.fdot(x, beta)))
            total += s * mp.log(p if label else 1 - p)
            information += s * units**2 * p * (1 - p) * (x * x.T)
        return total + mp.log(mp.det(information)) / 2

    return value


def score(value, beta):
    orders = np.eye(len(beta), dtype=int).tolist()
    return [mp.diff(value, tuple(beta), tuple(order)) for order in orders]


@pytest.mark.parametrize("counts", [(9, 1, 3, 7), (9, 0, 3, 7), (9, 0, 0, 7)])
def test_a_saturated_table_gets_half_an_observation_in_each_cell(counts):
    """Haldane (1955), Anscombe (1956); Firth (1993), section 3.3. Zero cells are (quasi-)complete separation."""
    table = np.array([[1.0], [1.0], [0.0], [0.0]])
    kept = np.array(counts) > 0
    result = solve(make(table[kept], np.array([1, 0, 1, 0])[kept], np.array(counts, dtype=float)[kept]))
    a, b, c, d = np.array(counts) + 0.5
    assert result.status == (Status.CONVERGED,)
    np.testing.assert_allclose(result.params[:, 0], [np.log(a * d / (b * c)), np.log(c / d)], rtol=1e-13)


@pytest.mark.parametrize("y", [SEPARATED, MIXED], ids=["separated", "mixed"])
@pytest.mark.parametrize("weights", [np.ones(14), COUNTS], ids=["plain", "weighted"])
def test_optimum_is_that_of_the_penalised_likelihood(y, weights):
    result = solve(make(y=y, weights=weights))
    assert result.status == (Status.CONVERGED,)
    assert result.n_iter[0] <= 12
    with mp.workdps(40):
        value = penalised(X, y, weights)
        start = [mpf(b) for b in result.params[:, 0].tolist()]
        slopes = mp.matrix(score(value, start))
        bend = mp.matrix(3)
        for i in range(3):
            for j in range(3):
                order = [int(k == i) + int(k == j) for k in range(3)]
                bend[i, j] = mp.diff(value, tuple(start), tuple(order))
        off = mp.lu_solve(bend, slopes)
        assert max(abs(o / b) for o, b in zip(off, start, strict=True)) < 1e-13
        assert max(mp.eigsy(bend, eigvals_only=True)) < 0  # a maximum


@pytest.mark.parametrize(("activation", "units"), [("sigmoid", 1), ("tanh", 2)])
def test_value_and_gradient_are_those_of_the_penalised_likelihood(activation, units):
    """Away from the optimum, in the user's units, and relative to β = 0."""
    moved = X * [4.0, 0.5] + [0.0, 8.0]
    objective = make(moved, MIXED, COUNTS, activation)
    params = np.array([[0.3], [-0.2], [0.5]])
    seen = next(Firth().steps(objective, params)).evaluation
    with mp.workdps(40):
        value, total = penalised(moved, MIXED, COUNTS, units), mpf(COUNTS.sum())
        beta = [mpf(b) for b in params[:, 0].tolist()]
        prior = value(0, 0, 0) - total * mp.log(mpf(1) / 2)
        assert float(seen.loss[0]) == pytest.approx(float((prior - value(*beta)) / total), rel=1e-13)
        slopes = [float(-slope / total) for slope in score(value, beta)]
    np.testing.assert_allclose(seen.gradient[:, 0], slopes, rtol=1e-11)


def test_the_matrix_of_a_step_is_the_inverse_hessian():
    steps = Firth().steps(make(y=MIXED, weights=COUNTS), np.array([[0.3], [-0.2], [0.5]]))
    factor = next(steps).factor[:, :, 0]
    with mp.workdps(40):
        value, beta = penalised(X, MIXED, COUNTS), (mpf(0.3), mpf(-0.2), mpf(0.5))
        pairs = [[[int(k == i) + int(k == j) for k in range(3)] for j in range(3)] for i in range(3)]
        hessian = [[float(-mp.diff(value, beta, tuple(order)) / COUNTS.sum()) for order in row] for row in pairs]
    np.testing.assert_allclose(factor, np.linalg.inv(hessian), rtol=1e-9)


def test_tanh_is_the_sigmoid_at_twice_the_coefficients():
    sigmoid, tanh = (solve(make(weights=COUNTS, activation=name)) for name in ("sigmoid", "tanh"))
    np.testing.assert_allclose(2 * tanh.params, sigmoid.params, rtol=1e-14)
    np.testing.assert_allclose(tanh.history.loss, sigmoid.history.loss, rtol=1e-12)


def test_a_weight_counts_rows():
    repeated = np.repeat(np.arange(14), COUNTS.astype(int))
    weighted, rows = solve(make(weights=COUNTS)), solve(make(X[repeated], SEPARATED[repeated]))
    np.testing.assert_allclose(weighted.params, rows.params, rtol=1e-13)


def test_units_change_the_answer_as_mathematics_says():
    plain = solve(make()).params[:, 0]
    scaled = solve(make(np.ldexp(X, [30, -30]))).params[:, 0]
    np.testing.assert_array_equal(scaled, np.append(np.ldexp(plain[:2], [-30, 30]), plain[2]))
    moved = solve(make(X + np.array([1e6, 0.0]))).params[:, 0]
    np.testing.assert_allclose(moved[:2], plain[:2], rtol=1e-9)


def test_labels_swapped_change_the_sign():
    np.testing.assert_allclose(solve(make(y=1 - MIXED)).params, -solve(make(y=MIXED)).params, rtol=1e-13)


@pytest.mark.parametrize("start", [[30.0, -40.0, 20.0], [-5.0, 3.0, 100.0], [0.0, 0.0, -20.0]])
def test_the_objective_falls_from_anywhere_to_the_same_optimum(start):
    result = solve(make(y=MIXED), np.array(start)[:, None])
    assert result.status == (Status.CONVERGED,)
    assert np.all(np.diff(result.history.loss[:, 0]) <= 1e-14)
    np.testing.assert_allclose(result.params, solve(make(y=MIXED)).params, rtol=1e-12)


def test_fisher_scoring_alone_ends_at_the_same_place(monkeypatch):
    newton = solve(make(weights=COUNTS))
    monkeypatch.setattr(firth, "_TENSOR_LIMIT", 0)
    scoring = solve(make(weights=COUNTS), max_iter=200)
    assert scoring.status == (Status.CONVERGED,)
    assert scoring.n_iter[0] > newton.n_iter[0]
    np.testing.assert_allclose(scoring.params, newton.params, rtol=1e-10)


def test_columns_are_solved_as_if_alone():
    both = solve(make(y=np.column_stack([SEPARATED, MIXED])), models=[0, 1])
    for column, y in enumerate((SEPARATED, MIXED)):
        np.testing.assert_allclose(both.params[:, column], solve(make(y=y)).params[:, 0], rtol=1e-12)


def test_without_an_intercept():
    """x = 1 alone is an intercept: ½ is added to both counts."""
    result = solve(make(np.ones((7, 1)), [1, 1, 1, 1, 1, 0, 0], intercept=False))
    assert result.params[0, 0] == pytest.approx(np.log(5.5 / 2.5), rel=1e-14)


def test_a_doubled_column_is_no_obstacle():
    objective, plain = make(np.column_stack([X, X[:, 0]])), make()
    result = solve(objective)
    assert result.status == (Status.CONVERGED,)
    np.testing.assert_allclose(objective.z(result.params), plain.z(solve(plain).params), rtol=1e-11)


def test_rows_far_from_0_and_many_of_them():
    many = np.random.default_rng(0).normal(size=(3000, 12))
    y = (many[:, 0] > 0).astype(float)
    result = solve(make(many, y))
    assert result.status == (Status.CONVERGED,)
    certificate = next(islice(Firth().steps(make(many, y), result.params), 1)).certificate
    assert certificate.residual[0] < 1e-13
    assert certificate.distance[0] < 1e-13


NEEDS = (
    " it needs the likelihood of logistic regression. Choose activation='sigmoid' or 'tanh' with loss='cross_entropy'."
)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        (
            {"activation": "probit"},
            "Cannot use `penalty='firth'` with activation 'probit' and loss 'cross_entropy':" + NEEDS,
        ),
        (
            {"activation": "softmax"},
            "Cannot use `penalty='firth'` with activation 'softmax' and loss 'cross_entropy':" + NEEDS,
        ),
        (
            {"loss": "squared_error"},
            "Cannot use `penalty='firth'` with activation 'sigmoid' and loss 'squared_error':" + NEEDS,
        ),
        ({"alpha": 0.1}, "Cannot use `penalty='firth'` with `alpha` > 0: Jeffreys' prior is the penalty. Set alpha=0."),
    ],
)
def test_refusals(how, message):
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        next(Firth().steps(make(**how), np.zeros((3, 1))))
