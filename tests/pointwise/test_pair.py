"""Value and ∂ℓ/∂z of every activation with every loss, at every depth of saturation, against mpmath."""

from functools import partial

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES, Focal
from logitscope.pointwise import Pointwise, get_pointwise

ELEMENTWISE = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns]
# Off the default too; γ = ½ has a pole in its own slope.
CASES = [
    *((loss, (0.0, 1.0, 0.3, 0.85)) for loss in LOSSES.values()),
    *((Focal(gamma), (0.0, 1.0)) for gamma in (0.0, 0.5, 3.5)),
]
# cloglog underflows at 6.6, probit at 38, tanh at 354.
EDGES = (1e-300, 1e-8, 0.99, 1.5, 5.3, 6.5, 6.7, 8.4, 17.0, 19.0, 36.0, 37.3, 38.0, 300.0, 354.6, 700.0)


def points() -> np.ndarray:
    rng = np.random.default_rng(0)
    free, tails = rng.uniform(-40, 40, 14), rng.uniform(-700, 700, 14)
    return np.concatenate([[0.0], EDGES, np.negative(EDGES), free, tails])


@pytest.mark.parametrize(("loss", "labels"), CASES, ids=repr)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_saturated_gradients(activation, loss, labels, exact, worst):
    z, truth, pair = points(), exact(activation, loss), Pointwise(ACTIVATIONS[activation], loss)
    for y in labels:
        label = np.full_like(z, y)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            both, alone = pair.value_and_grad(z, label), (pair.value(z, label), pair.grad_z(z, label))
        for got, quantity in zip((*both, *alone), (truth.value, truth.grad_z) * 2, strict=True):
            error, where = worst(got, [quantity(mpf(x), mpf(y)) for x in z.tolist()], z)
            assert error <= 1e-12, (quantity.__name__, y, where, error)


@pytest.mark.parametrize("activation", ELEMENTWISE)
@pytest.mark.parametrize("loss", [LOSSES["cross_entropy"], LOSSES["brier"]], ids=repr)
def test_sizes_of_saturated_gradients(activation, loss, exact, worst):
    z, truth, pair = points(), exact(activation, loss), Pointwise(ACTIVATIONS[activation], loss)
    usual = z[np.abs(z) <= 0.99]
    for y in (0.0, 1.0):
        for where in (z, usual):  # of usual ones alone, no form overflows
            with np.errstate(all="ignore"):
                got = pair.grad_size(where[:, None], np.full((len(where), 1), 1.0 - 2.0 * y))[:, 0]
            error, place = worst(got, [abs(truth.grad_z(mpf(x), mpf(y))) for x in where.tolist()], where)
            assert error <= 1e-12, (y, place, error)


ROWS = [
    [700.0, 0.0, 0.0, 0.0],
    [-700.0, 0.0, 0.0, 0.0],  # three columns that cancel, but for 1e-304
    [350.0, 350.0, -350.0, -350.0],
    [0.0, -700.0, -700.0, -700.0],
    [0.0, 0.0, 0.0, 0.0],
    [300.0, 299.0, -300.0, 0.0],
    [40.0, -40.0, 1e-8, 36.0],
]


@pytest.mark.parametrize("loss", [case[0] for case in CASES], ids=repr)
def test_saturated_gradients_of_softmax(loss, exact_softmax, worst):
    rng = np.random.default_rng(1)
    z = np.concatenate([ROWS, rng.uniform(-40, 40, (6, 4)), rng.uniform(-350, 350, (6, 4))])
    classes = rng.integers(1, 4, len(z))
    smooth = np.full((len(z), 4), 0.05) + 0.8 * np.eye(4)[classes]
    for y in (np.eye(4)[np.zeros_like(classes)], np.eye(4)[classes], smooth, rng.dirichlet(np.ones(4), len(z))):
        pair = get_pointwise("softmax", loss)
        with np.errstate(over="raise", invalid="raise", divide="raise"):
            got = pair.grad_z(z, y)
            fused = pair.value_and_grad(z, y)
        truth = [exact_softmax(loss, *pairs) for pairs in zip(z.tolist(), y.tolist(), strict=True)]
        for grad in (got, fused.grad_z):
            error, where = worst(grad, np.ravel(truth), np.repeat(np.arange(len(z)), 4))
            assert error <= 1e-12, (z[where], y[where], grad[where], truth[where])
        sums = pair.value(z, y).sum(axis=1)
        np.testing.assert_allclose(fused.value.sum(axis=1), sums, rtol=1e-12)


def test_terms_of_softmax_sum_to_the_loss_of_scikit_learn():
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(2)
    z, codes = rng.normal(size=(40, 5), scale=3), rng.integers(0, 5, 40)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    value = get_pointwise("softmax", "cross_entropy").value(z, np.eye(5)[codes]).sum(axis=1).mean()
    assert value == pytest.approx(log_loss(codes, p, labels=range(5)), rel=1e-13)
    squared = get_pointwise("softmax", "squared_error").value(z, np.eye(5)[codes]).sum(axis=1)
    np.testing.assert_allclose(squared, ((p - np.eye(5)[codes]) ** 2).sum(axis=1) / 2, rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_curvature_is_that_of_mpmath_also_where_p_underflows(activation, loss, exact):
    tails = [6.5, 6.7, 20.0, 37.5, 39.0, 45.0, 100.0, 354.6, 600.0]
    z = np.concatenate([np.linspace(-5.05, 5.05, 12), tails, np.negative(tails)])
    pair, truth = get_pointwise(activation, loss), exact(activation, LOSSES[loss])
    for y in (0.0, 1.0, 0.3):
        got = pair.curvature(z, np.full_like(z, y))
        expected = [float(truth.curvature(mpf(x), mpf(y))) for x in z.tolist()]
        np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-12)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_fused_forms_are_found_by_class_not_by_name(activation):
    """A user's own arctan, unluckily called as one of ours."""

    class Arctan:
        name, lower, upper = activation, 0.0, 1.0
        value = staticmethod(lambda z: 0.5 + np.arctan(z) / np.pi)
        derivative = staticmethod(lambda z: 1 / np.pi / (1 + z**2))

    z, y = np.linspace(-4, 4, 9), np.tile([0.0, 1.0, 0.5], 3)
    got = get_pointwise(Arctan(), "cross_entropy").value_and_grad(z, y)
    expected = get_pointwise("cauchit", "cross_entropy").value_and_grad(z, y)
    np.testing.assert_allclose(got, expected, rtol=1e-13)


def test_float_errors_raise_nothing_at_infinity_and_nan_stays():
    z = np.array([-np.inf, np.inf, np.nan])
    for activation, loss in [("sigmoid", "cross_entropy"), ("tanh", "squared_error"), ("probit", "focal")]:
        with np.errstate(all="raise", under="ignore"):
            grad = get_pointwise(activation, loss).grad_z(z, np.array([0.0, 1.0, 1.0]))
        np.testing.assert_array_equal(np.isnan(grad), [False, False, True])
        np.testing.assert_array_equal(grad[:2], [0.0, 0.0])


def test_the_logistic_line_beyond_the_floats_of_exp():
    pair = get_pointwise("sigmoid", "cross_entropy")
    value, grad = pair.value_and_grad(np.array([-1e300, 1e300]), np.array([1.0, 0.0]))
    np.testing.assert_array_equal(value, [1e300, 1e300])
    np.testing.assert_array_equal(grad, [-1.0, 1.0])


def test_peaks_of_squared_error_are_off_zero():
    """Seeds S4: tanh, t = +1 at −½ log 2 with height 32/27; sigmoid, y = 1 at −log 2 with height 4/27."""
    for activation, peak, height in [
        ("tanh", -mpmath.log(2) / 2, mpf(32) / 27),
        ("sigmoid", -mpmath.log(2), mpf(4) / 27),
    ]:
        magnitude = partial(get_pointwise(activation, "squared_error").grad_z, y=np.float64(1))
        assert abs(magnitude(np.float64(peak))) == pytest.approx(float(height), rel=1e-15)
        grid = np.linspace(-6, 6, 120001)
        assert grid[np.argmax(np.abs(magnitude(grid)))] == pytest.approx(float(peak), abs=1e-4)
        assert np.abs(magnitude(grid)).max() <= float(height) * (1 + 1e-15)


def test_a_confidently_wrong_sample_is_pulled_by_cross_entropy_and_not_by_squared_error():
    z, y = np.array([-300.0]), np.array([1.0])
    assert get_pointwise("tanh", "cross_entropy").grad_z(z, y) == [-2.0]
    assert get_pointwise("tanh", "squared_error").grad_z(z, y) == pytest.approx(-8 * np.exp(-600.0), rel=1e-14)
