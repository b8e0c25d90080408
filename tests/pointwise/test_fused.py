"""Training forms point by point against mpmath, and what they say where they do not hold."""

import numpy as np
import pytest
from mpmath import mpf

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES, Focal
from logitscope.pointwise import Pointwise, get_pointwise, training_form

ELEMENTWISE = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns]
ALL_LOSSES = [*LOSSES.values(), Focal(0.5), Focal(3.5)]
EDGES = (1e-300, 1e-17, 1e-8, 0.49, 0.99, 1.01, 1.5, 5.3, 6.57, 8.4, 19.0, 36.0, 38.5, 177.0, 300.0, 354.3, 700.0)
POINTS = np.concatenate([[0.0], EDGES, np.negative(EDGES), np.random.default_rng(0).uniform(-40, 40, 12)])
SOFT_TOO = ("cross_entropy", "focal")


def form_of(activation, loss, is_hard):
    """Return the fast form of a pair; a new part need not have one."""
    form = training_form(activation, loss, is_hard)
    if form is None:
        pytest.skip("no fast form: a row in pointwise/_sides.py, or of a loss in pointwise/_fused.py, would give one")
    return form


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "brier", "focal"])
@pytest.mark.parametrize(
    "activation",
    ["sigmoid", "tanh", "probit", "cauchit", "softsign", "algebraic", "cloglog", "loglog", "hard"],
)
def test_what_has_a_form_keeps_it(activation, loss):
    assert training_form(ACTIVATIONS[activation], LOSSES[loss], is_hard=True) is not None


@pytest.mark.parametrize("loss", ALL_LOSSES, ids=repr)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_point_is_right_or_said_not_to_be(activation, loss, exact, worst):
    phi, truth = ACTIVATIONS[activation], exact(activation, loss)
    for y in (0.0, 1.0, 0.3) if loss.name in SOFT_TOO else (0.0, 1.0):
        label = np.full_like(POINTS, y)
        form = form_of(phi, loss, is_hard=y != 0.3)
        with np.errstate(all="ignore"):
            value, slope = form(POINTS, label, 1.0 - 2.0 * label)
        holds = np.isfinite(value) & np.isfinite(slope)
        z = POINTS[holds]
        for got, quantity in ((value, truth.value), (slope, truth.grad_z)):
            error, where = worst(got[holds], [quantity(mpf(x), mpf(y)) for x in z.tolist()], z)
            assert error <= 1e-12, (quantity.__name__, y, where, error)
        usual = np.abs(POINTS) <= (0.99 if activation == "hard" else 6.0)  # where most of training is
        assert holds[usual].all()


@pytest.mark.parametrize("loss", ALL_LOSSES, ids=repr)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_an_array_that_holds_no_form_everywhere_is_still_right(activation, loss):
    z, y = np.array([-1e300, -800.0, -1.0, 2.0, 800.0, 1e300]), np.tile([0.0, 1.0], 3)
    pair = Pointwise(ACTIVATIONS[activation], loss)
    for got, expected in zip(pair.value_and_grad(z, y), (pair.value(z, y), pair.grad_z(z, y)), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "focal"])
@pytest.mark.parametrize(("activation", "top"), [("cauchit", 1.0), ("softsign", 1.0), ("algebraic", 2.0)])
def test_far_out_no_slope_is_lost_in_silence(activation, top, loss):
    """On the wrong side −log q goes as log z or 2 log z: where squares overflow, the slope is still far from 0."""
    z = 10.0 ** np.array([51, 77, 103, 150, 154, 155, 200, 300])
    with np.errstate(all="ignore"):
        _, slope = form_of(ACTIVATIONS[activation], LOSSES[loss], is_hard=True)(z, 0 * z, 1 + 0 * z)
    holds = np.isfinite(slope)
    np.testing.assert_allclose(slope[holds], (top / z)[holds], rtol=1e-12)
    assert holds[:4].all()


@pytest.mark.parametrize("labels", [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
def test_softmax_of_any_zeros_and_ones(labels):
    pair, z = get_pointwise("softmax", "cross_entropy"), np.array([[0.3, -1.0, 2.0], [5.0, 0.0, 0.1]])
    y = np.tile(labels, (2, 1))
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    got = pair.value_and_grad(z, y)
    np.testing.assert_allclose(got.value, -y * np.log(p), rtol=1e-13, atol=1e-15)
    np.testing.assert_allclose(got.grad_z, p * y.sum(axis=1, keepdims=True) - y, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_columns_share_labels(activation):
    rng = np.random.default_rng(1)
    z, y = rng.normal(size=(4, 30)), rng.integers(0, 2, 30).astype(float)
    form = form_of(ACTIVATIONS[activation], LOSSES["cross_entropy"], is_hard=True)
    pair = get_pointwise(activation, "cross_entropy")
    with np.errstate(all="ignore"):
        value, slope = form(z, y, 1.0 - 2.0 * y)
    np.testing.assert_allclose(value, pair.value(z, np.tile(y, (4, 1))), rtol=1e-13)
    np.testing.assert_allclose(slope, pair.grad_z(z, np.tile(y, (4, 1))), rtol=1e-13)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_float32_in_float32_out(activation):
    z = np.linspace(-3, 3, 31, dtype=np.float32)
    y = np.tile(np.array([0, 1], dtype=np.float32), 16)[:31]
    pair = get_pointwise(activation, "cross_entropy")
    with np.errstate(all="ignore"):
        value, slope = form_of(pair.activation, pair.loss, is_hard=True)(z, y, 1 - 2 * y)
    assert value.dtype == slope.dtype == np.float32
    inside = np.abs(z) < 0.99 if activation == "hard" else np.isfinite(value)
    z64, y64 = z.astype(float)[inside], y.astype(float)[inside]
    np.testing.assert_allclose(value[inside], pair.value(z64, y64), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(slope[inside], pair.grad_z(z64, y64), rtol=1e-5, atol=1e-6)


def test_what_has_no_form():
    phi, softmax = ACTIVATIONS["sigmoid"], ACTIVATIONS["softmax"]

    class Own:
        value = staticmethod(lambda a, t: np.abs(a - t))
        derivative = staticmethod(lambda a, t: np.sign(a - t))

    assert training_form(phi, get_pointwise(phi, Own()).loss, is_hard=True) is None
    assert training_form(phi, LOSSES["brier"], is_hard=False) is None
    assert training_form(softmax, LOSSES["focal"], is_hard=True) is None
    assert training_form(softmax, LOSSES["cross_entropy"], is_hard=False) is None
