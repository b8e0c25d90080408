"""The pass over turned rows against one product of the whole, in the loss's plain form."""

import numpy as np
import pytest

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES
from logitscope.objective import Objective, _objective, _turned
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, get_pointwise
from logitscope.sources import RowSource

ELEMENTWISE = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns]
rng = np.random.default_rng(0)
N, MODELS = 203, 7
LABELS = rng.integers(0, 2, N).astype(float)


def plainly(X, y, pair, params):
    """Loss, gradient and z, from two products and the forms that hold everywhere."""
    rows = np.column_stack([X, np.ones(len(X))])[:, : len(params)]
    z = rows @ params
    target = np.broadcast_to(y[:, None], z.shape)
    return pair.value(z, target).mean(axis=0), rows.T @ pair.grad_z(z, target) / len(X), z


def check(X, y, pair, params, fit_intercept=True):
    target = np.repeat(y[:, None], params.shape[1], axis=1)
    objective = Objective(RowSource(X), target, np.ones(len(X)), pair, fit_intercept=fit_intercept)
    assert objective._turned is not None
    got, expected = objective.evaluate(params), plainly(X, y, pair, params)
    with np.errstate(invalid="ignore"):  # infinite losses are no different from themselves
        for part, known in zip((got.loss, got.gradient, got.z), expected, strict=True):
            np.testing.assert_allclose(part, known, rtol=1e-12, atol=1e-14)
    return objective


@pytest.mark.parametrize("p", [1, 3, 12])
@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_pair(activation, loss, fit_intercept, p):
    scale = 0.1 if activation == "hard" else 0.7  # beyond its corners the loss is infinite
    params = scale * rng.normal(size=(p + fit_intercept, MODELS)) / np.sqrt(p)
    check(rng.normal(size=(N, p)), LABELS, get_pointwise(activation, loss), params, fit_intercept)


@pytest.mark.parametrize("label", [0.0, 1.0])
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_one_class_alone(activation, label):
    params = 0.05 * rng.normal(size=(3, MODELS))
    check(rng.normal(size=(N, 2)), np.full(N, label), get_pointwise(activation, "cross_entropy"), params)


@pytest.mark.parametrize("size", [1e-9, 30.0, 700.0, 1e5, 1e160])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_columns_for_which_sums_do_not_hold_are_mended(activation, loss, size):
    """Losses so small that factors near 1 lose them, or so large that products overflow."""
    X = rng.normal(size=(N, 2))
    params = 0.05 * rng.normal(size=(3, MODELS))
    params[:, 2] *= size
    params[:, 4] = [0.0, 0.0, -min(size, 1e12)]
    y = LABELS if size > 1 else (X @ params[:2, 2] > 0).astype(float)
    with np.errstate(all="ignore"):
        check(X, y, get_pointwise(activation, loss), params)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_only_those_are_mended(activation, monkeypatch):
    """A loss of class 1 of cloglog far out is no reason."""
    mended = []
    monkeypatch.setattr(_turned.TurnedPass, "_mend", lambda self, lost, *sums: mended.append(lost))
    X = rng.normal(size=(N, 2))
    target, pair = np.repeat(LABELS[:, None], 3, axis=1), get_pointwise(activation, "cross_entropy")
    objective = Objective(RowSource(X), target, np.ones(N), pair)
    moderate = np.array([[0.05, 0.1, 0.2], [0.1, 0.0, -0.1], [0.0, 0.1, 0.1]])
    objective.evaluate(moderate)
    assert mended == []
    if activation != "hard":
        objective.evaluate(moderate * [1.0, 25.0 if "log" in activation else 5.0, 1.0])
        assert mended == []
    with np.errstate(all="ignore"):
        objective.evaluate(moderate * [1.0, 1e300, 1.0])
    assert [lost.tolist() for lost in mended] == ([] if activation == "hard" else [[False, True, False]])


def test_rows_that_are_right_far_out_keep_their_small_losses():
    X = np.concatenate([rng.uniform(1, 2, N), -rng.uniform(1, 2, N)])[:, None]
    y = (X[:, 0] > 0).astype(float)
    for activation in ELEMENTWISE:
        target, pair = np.repeat(y[:, None], 2, axis=1), get_pointwise(activation, "cross_entropy")
        params = np.array([[0.1, 9.0], [0.0, 0.0]])
        got = Objective(RowSource(X), target, np.ones(len(X)), pair).evaluate(params)
        expected, _, _ = plainly(X, y, pair, params)
        np.testing.assert_allclose(got.loss, expected, rtol=1e-12)


@pytest.mark.parametrize("tile", [1, 2 * N, 10**6])
def test_groups_of_pairs_tiles_and_penalties(tile, monkeypatch):
    monkeypatch.setattr(_turned, "TILE", tile)
    X, params = rng.normal(size=(N, 3)), 0.3 * rng.normal(size=(4, 9))
    groups = ColumnGroups(
        (
            Group(get_pointwise("cloglog", "cross_entropy"), slice(0, 3)),
            Group(get_pointwise("tanh", "squared_error"), slice(3, 5)),
            Group(get_pointwise("softmax", "cross_entropy"), slice(5, 6)),
            Group(get_pointwise("probit", "cross_entropy"), slice(6, 9)),
        )
    )
    objective = check(X, LABELS, groups, params)
    kept = np.array([1, 2, 6])
    for got, known in zip(objective.take(kept).evaluate(params[:, kept]), objective.evaluate(params), strict=True):
        if known is not None:
            np.testing.assert_allclose(got, known[..., kept], rtol=1e-13)
    penalty = ElasticNet(0.3, 0.25)
    bent = Objective(objective.source, objective.target, objective.weights, groups, penalty).evaluate(params)
    plain = objective.evaluate(params)
    np.testing.assert_allclose(bent.loss, plain.loss + penalty.value(params[:3]), rtol=1e-13)
    np.testing.assert_allclose(bent.gradient[:3], plain.gradient[:3] + penalty.gradient(params[:3]), rtol=1e-12)


class Arctan:
    """A user's own."""

    lower, upper = -1.0, 1.0
    value = staticmethod(lambda z: 2 / np.pi * np.arctan(z))
    derivative = staticmethod(lambda z: 2 / np.pi / (1 + z**2))


def test_a_function_of_a_users_beside_ours():
    groups = ColumnGroups(
        (
            Group(get_pointwise("sigmoid", "cross_entropy"), slice(0, 2)),
            Group(get_pointwise(Arctan(), "cross_entropy"), slice(2, 4)),
        )
    )
    check(rng.normal(size=(N, 2)), LABELS, groups, 0.3 * rng.normal(size=(3, 4)))


@pytest.mark.parametrize("reason", ["weights", "soft labels", "labels of their own", "one column", "many rows"])
def test_what_it_leaves_to_the_others(reason, monkeypatch):
    n_models = 1 if reason == "one column" else 3
    target, weights = np.repeat(LABELS[:, None], n_models, axis=1), np.ones(N)
    if reason == "weights":
        weights[0] = 2.0
    elif reason == "soft labels":
        target[0] = 0.5
    elif reason == "labels of their own":
        target[0, 0] = 1.0 - target[0, 0]
    elif reason == "many rows":
        monkeypatch.setattr(_objective, "small_rows", lambda *_: None)
    pair = get_pointwise("sigmoid", "cross_entropy")
    assert Objective(RowSource(rng.normal(size=(N, 2))), target, weights, pair)._turned is None
