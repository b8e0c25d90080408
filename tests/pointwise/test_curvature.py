"""Curvature bounds: never below a second derivative of mpmath, and not far above the largest."""

from dataclasses import dataclass

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES, Focal
from logitscope.pointwise import curvature_bound, get_pointwise

SMOOTH = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns and name != "hard"]
# ±1e-9: the second derivative of softsign jumps at 0.
POINTS = [*np.linspace(-9.03, 9.03, 220).tolist(), -1e-9, 1e-9, -650.0, -90.0, -20.0, 20.0, 90.0, 650.0]
ALL_LOSSES = [*LOSSES.values(), Focal(0.5), Focal(5.0)]


@pytest.mark.parametrize("loss", ALL_LOSSES, ids=repr)
@pytest.mark.parametrize("activation", SMOOTH)
def test_bound_is_true_and_tight(activation, loss, exact):
    bound, truth = curvature_bound(get_pointwise(activation, loss)), exact(activation, loss)
    grows = activation in ("cloglog", "loglog") and loss.name in ("cross_entropy", "focal")  # as e^z
    assert bound.kind == ("relative" if grows else "absolute")
    largest = 0.0
    for x in POINTS:
        for y in (mpf(0), mpf(1), mpf("0.3")):
            allowed = 1 + truth.value(mpf(x), y) if grows else 1
            curvature = abs(truth.curvature(mpf(x), y)) / allowed
            assert curvature <= bound.constant * (1 + 1e-12), (x, y)
            largest = max(largest, float(curvature))
    assert largest >= 0.98 * bound.constant


@pytest.mark.parametrize(
    ("activation", "loss", "constant"),
    [
        ("sigmoid", "cross_entropy", mpf(1) / 4),
        ("tanh", "cross_entropy", mpf(1)),
        ("softsign", "cross_entropy", mpf(3)),  # at 0±: p = p′ = ½, p″ = ∓1: p′²/p² + abs(p″)/p
        ("softsign", "squared_error", mpf(3)),  # 4 (p′² + abs(p″)/2)
        ("softmax", "cross_entropy", mpf(1) / 2),
    ],
)
def test_closed_forms(activation, loss, constant):
    bound = curvature_bound(get_pointwise(activation, loss))
    assert bound == (pytest.approx(float(constant), rel=1e-9), "absolute")


def test_squared_error_of_sigmoid_tanh_and_softmax_is_one_number():
    def curvature(p):
        """Of ½q², with p′ = pq: ℓ″ = pq²(2p − q)."""
        return p * (1 - p) ** 2 * (3 * p - 1)

    constant = float(curvature(mpmath.findroot(lambda p: mpmath.diff(curvature, p), mpf("0.6"))))
    assert curvature_bound(get_pointwise("sigmoid", "squared_error")).constant == pytest.approx(constant, rel=1e-10)
    assert curvature_bound(get_pointwise("tanh", "squared_error")).constant == pytest.approx(16 * constant, rel=1e-10)
    softmax = curvature_bound(get_pointwise("softmax", "squared_error")).constant
    assert 4 * constant <= softmax <= 4 * constant * (1 + 1e-10)


def test_probit_approaches_1_from_below():
    bound = curvature_bound(get_pointwise("probit", "cross_entropy"))
    assert 1 <= bound.constant <= 1.002


@pytest.mark.parametrize("loss", LOSSES)
def test_hard_has_no_bound(loss):
    assert curvature_bound(get_pointwise("hard", loss)).kind == "none"


@pytest.mark.parametrize("loss", [*LOSSES.values(), Focal(1.0), Focal(3.5)], ids=repr)
def test_softmax_is_bounded_in_every_direction(loss):
    """Eigenvalues of the Hessian in z, by differences of the gradient, at true and wrong classes alike."""
    pair, rng, step = get_pointwise("softmax", loss), np.random.default_rng(0), 1e-5
    bound = curvature_bound(pair)
    largest = 0.0
    for n_classes in (2, 3, 5):
        scale = rng.choice([0.3, 1.0, 3.0], (300, 1, 1))
        z, y = scale * rng.normal(size=(300, 1, n_classes)), np.eye(n_classes)[0]
        shift = step * np.eye(n_classes)
        label = np.broadcast_to(y, (300, n_classes, n_classes))
        hessian = (pair.grad_z(z + shift, label) - pair.grad_z(z - shift, label)) / (2 * step)
        eigenvalues = np.linalg.eigvalsh((hessian + hessian.swapaxes(1, 2)) / 2)
        largest = max(largest, float(np.abs(eigenvalues).max()))
    assert bound.kind == "absolute"
    assert 0.85 * bound.constant <= largest <= bound.constant * (1 + 1e-8)


def test_softmax_without_a_proof_has_no_bound():
    assert curvature_bound(get_pointwise("softmax", Focal(0.5))).kind == "none"


def test_a_users_loss_may_change_and_needs_no_hash():
    @dataclass
    class Huber:
        """A dataclass that compares has no hash."""

        delta: float

        def value(self, a, t):
            size = np.abs(a - t)
            return np.where(size < self.delta, size**2 / 2, self.delta * (size - self.delta / 2))

        def derivative(self, a, t):
            return np.clip(a - t, -self.delta, self.delta)

    huber = Huber(10.0)
    parabola = curvature_bound(get_pointwise("tanh", "squared_error"))
    assert curvature_bound(get_pointwise("tanh", huber)).constant == pytest.approx(parabola.constant, rel=1e-3)
    huber.delta = 0.1
    assert curvature_bound(get_pointwise("tanh", huber)).constant < 0.5 * parabola.constant
