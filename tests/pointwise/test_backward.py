"""The factors of the backward pass: the seeds' question, as a call."""

import re

import numpy as np
import pytest
from mpmath import mpf

from logitscope._exceptions import InvalidInputError
from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES
from logitscope.pointwise import backward

ELEMENTWISE = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_factors(activation, loss, exact, worst):
    z = np.array([-30.0, -6.5, -1.5, -0.4, 0.0, 0.7, 1.5, 6.5, 30.0])
    truth = exact(activation, LOSSES[loss])
    for y in (0.0, 1.0, 0.3):
        got = backward(z, y, activation, loss)
        inside = [truth.upstream(mpf(x), mpf(y)) if truth.grad_z(mpf(x), mpf(y)) else None for x in z.tolist()]
        kept = np.array([value is not None for value in inside])
        assert worst(got.upstream[kept], [v for v in inside if v is not None], z[kept])[0] <= 1e-12
        assert worst(got.grad_z, [truth.grad_z(mpf(x), mpf(y)) for x in z.tolist()], z)[0] <= 1e-12
        np.testing.assert_array_equal(got.local_derivative, ACTIVATIONS[activation].derivative(z))
        bulk = kept & (np.abs(z) < 2)
        np.testing.assert_allclose(
            got.grad_z[bulk], got.upstream[bulk] * got.local_derivative[bulk], rtol=1e-13, atol=1e-16
        )


def test_seed_formula():
    """∂L/∂z = ∂L/∂a · (1 + tanh z)(1 − tanh z), whatever ∂L/∂a is."""
    z, sent = np.linspace(-3, 3, 13), np.random.default_rng(0).normal(size=13)
    got = backward(z, None, "tanh", upstream=sent)
    np.testing.assert_allclose(got.grad_z, sent * (1 + np.tanh(z)) * (1 - np.tanh(z)), rtol=1e-13)
    np.testing.assert_array_equal(got.upstream, sent)


def test_factors_have_the_shape_of_z_whatever_is_broadcast():
    for got in (backward(np.zeros((3, 2)), 1.0), backward(np.zeros((3, 2)), None, upstream=2.0)):
        assert {factor.shape for factor in got} == {(3, 2)}
    assert {np.ndim(factor) for factor in backward(0.5, 1.0)} == {0}


def test_upstream_through_softmax_is_the_whole_jacobian():
    rng = np.random.default_rng(0)
    z, sent = rng.normal(size=(20, 4), scale=3), rng.normal(size=(20, 4))
    got = backward(z, None, "softmax", upstream=sent)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    expected = [(np.diag(row) - np.outer(row, row)) @ u for row, u in zip(p, sent, strict=True)]
    np.testing.assert_allclose(got.grad_z, expected, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(got.local_derivative, p * (1 - p), rtol=1e-12)


def test_a_constant_sent_through_softmax_moves_nothing():
    z = np.array([[700.0, 0.0, -3.0], [0.1, 0.2, 0.3]])
    np.testing.assert_array_equal(backward(z, None, "softmax", upstream=np.full(3, 0.7)).grad_z, 0.0)
    saturated = backward(np.array([[300.0, -300.0]]), None, "softmax", upstream=[[1.0, -1.0]])
    np.testing.assert_allclose(saturated.grad_z, [[2 * np.exp(-600.0), -2 * np.exp(-600.0)]], rtol=1e-13)


def test_softmax_of_one_sample_without_a_sample_axis():
    z, y = np.array([0.3, -0.2, 1.0]), np.array([0.0, 1.0, 0.0])
    p = np.exp(z) / np.exp(z).sum()
    np.testing.assert_allclose(backward(z, y, "softmax", "cross_entropy").grad_z, p - y, rtol=1e-14)


@pytest.mark.parametrize("bad", [-1.0, 1.5, np.nan])
def test_label_outside_its_range(bad):
    message = (
        f"`y` must lie in [0, 1]; got {bad!r} at index 2. "
        "Labels of tanh are given as 0 and 1 too: they stand for lower and upper."
    )
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        backward(np.zeros(4), [0.0, 1.0, bad, 1.0])


def test_inputs_are_left_alone():
    z, y = np.linspace(-1, 1, 5), np.linspace(0, 1, 5)
    z.setflags(write=False)
    y.setflags(write=False)
    backward(z, y, "tanh", "cross_entropy")
    backward(z, y, "softmax", "cross_entropy", upstream=y)
