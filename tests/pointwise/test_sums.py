"""Sums of ℓ as logarithms of products, against the forms that hold for every single row."""

import numpy as np
import pytest

from logitscope.activations import ACTIVATIONS
from logitscope.losses import CrossEntropy
from logitscope.objective import Objective, _small
from logitscope.pointwise import get_pointwise, summing_form
from logitscope.sources import RowSource

NAMES = ["sigmoid", "tanh", "probit", "cauchit", "softsign", "algebraic", "cloglog", "loglog"]
rng = np.random.default_rng(0)


def summed(name, z, y):
    pair = get_pointwise(name, "cross_entropy")
    form = summing_form(pair.activation, pair.loss, True)
    with np.errstate(all="ignore"):
        return form(z.copy(), y, 1 - 2 * y), pair.exact(z, np.broadcast_to(y, z.shape))


@pytest.mark.parametrize("n", [1, 3, 64, 503])
@pytest.mark.parametrize("shape", ["one column", "models", "labels of their own"])
@pytest.mark.parametrize("name", NAMES)
def test_sums_and_slopes_are_those_of_the_rows(name, shape, n):
    z = np.clip(rng.normal(scale=2.0, size=n if shape == "one column" else (7, n)), -6.0, 6.0)
    z[..., 0] = 0.0
    y = rng.integers(0, 2, z.shape if shape == "labels of their own" else n).astype(float)
    (total, slope), (value, grad) = summed(name, z, y)
    expected, held = value.sum(axis=-1), ~np.isnan(total)
    assert np.all(held | (expected < n * 2.0**-5))
    np.testing.assert_allclose(total[held], expected[held], rtol=1e-13)
    np.testing.assert_allclose(slope, grad, rtol=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_a_sum_that_would_lose_digits_is_not_given(name):
    side = -1.0 if name == "loglog" else 1.0
    good = np.full((1, 40), 1e12 if name in ("cauchit", "softsign", "algebraic") else 5.0)
    z = np.vstack([side * good * np.where(np.arange(40) % 2, 1.0, -1.0), rng.normal(size=40)])
    y = (np.arange(40) % 2 == (1 if side > 0 else 0)).astype(float)
    (total, _), (value, _) = summed(name, z, y)
    assert np.isnan(total[0]) == (value[0].sum() < 40 / 64)
    assert total[1] == pytest.approx(value[1].sum(), rel=1e-13)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("size", [1e-3, 30.0, 600.0, 1e160])
def test_models_for_which_no_fast_form_holds_are_mended_alone(name, size, monkeypatch):
    monkeypatch.setattr(_small, "LIMIT", 0)
    pair = get_pointwise(name, "cross_entropy")
    n = 90
    X, y = rng.normal(size=(n, 2)), rng.integers(0, 2, n).astype(float)
    params = rng.normal(size=(3, 5))
    params[:, 2] *= size
    objective = Objective(RowSource(X), np.repeat(y[:, None], 5, axis=1), np.ones(n), pair)
    seen = objective.evaluate(params, with_grad_z=True)
    z = X @ params[:2] + params[2]
    value, grad = pair.value(z, y[:, None]), pair.grad_z(z, y[:, None])
    np.testing.assert_allclose(seen.loss, value.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(seen.grad_z, grad, rtol=1e-11, atol=1e-300)


def test_there_is_none_for_soft_labels_or_other_losses():
    phi, entropy = ACTIVATIONS["sigmoid"], get_pointwise("sigmoid", "cross_entropy").loss
    assert summing_form(phi, entropy, False) is None
    assert summing_form(phi, get_pointwise("sigmoid", "squared_error").loss, True) is None
    assert summing_form(ACTIVATIONS["softmax"], entropy, True) is None


def test_a_loss_that_a_user_has_derived_is_not_taken_for_its_parent():
    class Twice(CrossEntropy):
        """Not cross-entropy any more."""

    assert summing_form(ACTIVATIONS["sigmoid"], Twice(), True) is None
