"""The same objective in other coordinates, and steps in the user's again."""

import numpy as np
import pytest
import scipy.sparse as sp

from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import Newton, choose_coordinates
from logitscope.sources import RowSource

rng = np.random.default_rng(0)
PLAIN = rng.standard_normal((50, 3)) * [1.0, 1e4, 1e-4] + [1.0, 0.0, -3.0]
COLLINEAR = np.column_stack([PLAIN, PLAIN[:, 0] + 1e-5 * rng.standard_normal(50)])
SPARSE = sp.csr_matrix(np.column_stack([np.eye(4)[rng.integers(0, 4, 50)], rng.standard_normal(50)]))
WEIGHTS = rng.uniform(0.2, 3.0, 50)
Y = rng.integers(0, 2, (50, 2)).astype(float)
DATA = {"plain": PLAIN, "collinear": COLLINEAR, "sparse": SPARSE, "duplicate": PLAIN[:, [0, 1, 1]]}


def make(data, penalty=ElasticNet(), intercept=True):  # noqa: B008 - frozen
    return Objective(RowSource(data), Y, WEIGHTS, get_pointwise("sigmoid", "cross_entropy"), penalty, intercept)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("penalty", [ElasticNet(), ElasticNet(0.1), ElasticNet([0.1, 0.3], 0.5)], ids=str)
@pytest.mark.parametrize("name", DATA)
def test_values_are_the_same(name, penalty, intercept):
    outer = make(DATA[name], penalty, intercept)
    view = choose_coordinates(outer)
    inner = rng.standard_normal((view.objective.n_params, 2))
    params = view.outward(inner)
    np.testing.assert_allclose(view.objective.value(inner), outer.value(params), rtol=1e-9)
    np.testing.assert_allclose(view.objective.z(inner), outer.z(params), rtol=1e-7, atol=1e-7)
    np.testing.assert_allclose(view.inward(params), inner, rtol=1e-6, atol=1e-6)
    assert (view.spectrum is None) == (not penalty.is_zero)


@pytest.mark.parametrize("penalty", [ElasticNet(), ElasticNet(0.1)], ids=str)
@pytest.mark.parametrize("name", ["plain", "collinear", "sparse"])
def test_gradients_follow_the_chain_rule(name, penalty):
    outer = make(DATA[name], penalty)
    view = choose_coordinates(outer)
    inner = 0.1 * rng.standard_normal((view.objective.n_params, 2))
    chained = view.jacobian.T @ outer.evaluate(view.outward(inner)).gradient
    np.testing.assert_allclose(view.objective.evaluate(inner).gradient, chained, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize(
    ("name", "penalty"), [("plain", ElasticNet()), ("plain", ElasticNet(0.1)), ("sparse", ElasticNet(0.1))]
)
def test_gradients_are_those_of_the_users_units(name, penalty):
    outer = make(DATA[name], penalty)
    view = choose_coordinates(outer)
    inner = 0.1 * rng.standard_normal((view.objective.n_params, 2))
    expected = outer.evaluate(view.outward(inner)).gradient
    np.testing.assert_allclose(view.gradient(view.objective.evaluate(inner).gradient), expected, rtol=1e-9, atol=1e-12)


def test_gradients_of_many_columns_need_no_matrix(monkeypatch):
    outer = make(sp.csr_array(SPARSE), ElasticNet(0.1, 0.5))
    view = choose_coordinates(outer)
    monkeypatch.setattr(type(view), "outward", None)  # of which the matrix is made
    inner = np.zeros((view.objective.n_params, 2))
    np.testing.assert_allclose(
        view.gradient(view.objective.evaluate(inner).gradient), outer.evaluate(inner).gradient, rtol=1e-9, atol=1e-15
    )


def test_only_what_needs_it_is_rotated():
    assert choose_coordinates(make(PLAIN)).objective.source.n_features == 3
    assert choose_coordinates(make(DATA["duplicate"])).objective.source.n_features == 2
    assert choose_coordinates(make(DATA["duplicate"], ElasticNet(0.1))).objective.source.n_features == 3
    assert choose_coordinates(make(SPARSE)).spectrum.rank == 4
    assert choose_coordinates(make(SPARSE, intercept=False)).spectrum.rank == 5


@pytest.mark.parametrize("name", ["plain", "collinear"])
def test_steps_are_in_the_users_units(name):
    outer = make(DATA[name])
    step = next(Newton().steps(outer, np.zeros((outer.n_params, 2))))
    seen = outer.evaluate(step.params, with_grad_z=True)
    np.testing.assert_allclose(step.evaluation.loss, seen.loss, rtol=1e-14)
    size = np.append(np.abs(DATA[name]).max(axis=0), 1)[:, None]
    np.testing.assert_allclose(step.evaluation.gradient / size, seen.gradient / size, atol=1e-9)
    assert np.array_equal(step.evaluation.z, np.zeros((50, 2)))
    rows = np.column_stack([DATA[name], np.ones(50)])
    share = WEIGHTS / WEIGHTS.sum()
    for column in range(2):  # −η H⁻¹ g is what was added
        pulls, factor = share * seen.grad_z[:, column], step.factor[:, :, column]
        moved = -step.rate[column] * factor @ (rows.T @ pulls)
        update = (step.new_params - step.params)[:, column]
        # Units of 1e±4, and the way back from nearly collinear columns, make entries of 1e9 that cancel.
        rounding = np.abs(rows) @ (np.abs(factor) @ (np.abs(rows).T @ np.abs(pulls))) * np.finfo(float).eps
        assert rounding.max() < (1e-4 if name == "collinear" else 1e-5)
        assert np.all(np.abs(rows @ update - rows @ moved) <= 16 * rounding + 1e-9)
