"""What the tests of gradients share: every loss of every activation in mpmath, written in p, q and dp/dz."""

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import mpmath
import numpy as np
import pytest
from mpmath import mpf


class Point(NamedTuple):
    p: mpf
    q: mpf
    slope: mpf  # dp/dz


def _logistic(z: mpf, rate: int = 1) -> Point:
    p, q = 1 / (1 + mpmath.exp(-rate * z)), 1 / (1 + mpmath.exp(rate * z))
    return Point(p, q, rate * p * q)


def _gumbel(z: mpf) -> Point:
    u = mpmath.exp(z)
    return Point(-mpmath.expm1(-u), mpmath.exp(-u), u * mpmath.exp(-u))


def _mirrored(point: Point) -> Point:
    return Point(point.q, point.p, point.slope)


def _from_output(a: mpf, slope: mpf) -> Point:
    """A point of an activation with range (−1, 1) whose tails are not thin."""
    return Point((1 + a) / 2, (1 - a) / 2, slope / 2)


class ExactActivation(NamedTuple):
    width: int  # upper − lower
    at: Callable[[mpf], Point]


# A new activation gets one row here: p, q and dp/dz as its paper has them, not as our code has them.
ACTIVATIONS: dict[str, ExactActivation] = {
    "sigmoid": ExactActivation(1, _logistic),
    "tanh": ExactActivation(2, lambda z: _logistic(z, 2)),
    "probit": ExactActivation(
        1, lambda z: Point(mpmath.erfc(-z / mpmath.sqrt(2)) / 2, mpmath.erfc(z / mpmath.sqrt(2)) / 2, mpmath.npdf(z))
    ),
    "cauchit": ExactActivation(
        1,
        lambda z: Point(
            mpf(1) / 2 + mpmath.atan(z) / mpmath.pi,
            mpf(1) / 2 - mpmath.atan(z) / mpmath.pi,
            1 / (mpmath.pi * (1 + z**2)),
        ),
    ),
    "softsign": ExactActivation(2, lambda z: _from_output(z / (1 + abs(z)), 1 / (1 + abs(z)) ** 2)),
    "algebraic": ExactActivation(2, lambda z: _from_output(z / mpmath.sqrt(1 + z**2), (1 + z**2) ** mpf(-1.5))),
    "cloglog": ExactActivation(1, _gumbel),
    "loglog": ExactActivation(1, lambda z: _mirrored(_gumbel(-z))),
    "hard": ExactActivation(2, lambda z: _from_output(min(max(z, mpf(-1)), mpf(1)), mpf(1) if abs(z) < 1 else mpf(0))),
}


def exact_form(table: dict[str, Any], name: str, of: str) -> Any:
    """The row of a name, or what to do about it: nothing may be tested against a form that is not its own."""
    if name not in table:
        raise LookupError(f"{name!r} has no exact form: give it in {of} of tests/pointwise/conftest.py")
    return table[name]


@cache
def cached_point(activation: str) -> Callable[[mpf], Point]:
    return cache(exact_form(ACTIVATIONS, activation, "ACTIVATIONS").at)


@cache
def logs(p: mpf, q: mpf) -> tuple[mpf, mpf]:
    """log p and log q, without 1 − p."""
    return (
        mpmath.log(p) if p < q else mpmath.log1p(-q),
        mpmath.log(q) if q < p else mpmath.log1p(-p),
    )


def _off(p: mpf, q: mpf, y: mpf) -> mpf:
    """p − y."""
    return (1 - y) * p - y * q


def _focal_value(gamma: mpf, p: mpf, q: mpf, y: mpf) -> mpf:
    log_p, log_q = logs(p, q)
    one = -y * q**gamma * log_p if y else mpf(0)
    return one - ((1 - y) * p**gamma * log_q if y != 1 else 0)


def _focal_slope(gamma: mpf, p: mpf, q: mpf, y: mpf) -> mpf:
    log_p, log_q = logs(p, q)
    slope = mpf(0)
    if y:
        slope -= y * (q**gamma / p - (gamma * q ** (gamma - 1) * log_p if gamma else 0))
    if y != 1:
        slope += (1 - y) * (p**gamma / q - (gamma * p ** (gamma - 1) * log_q if gamma else 0))
    return slope


class ExactLoss(NamedTuple):
    """Value and dℓ/dp, each of (loss, p, q, y, width of the activation's range)."""

    value: Callable[..., mpf]
    slope: Callable[..., mpf]
    tells_class_0: bool  # in a column of softmax: (p − y)² does; −log q would tell what the other columns tell


# A new loss gets one row here: its textbook form, not that of our code.
LOSSES: dict[str, ExactLoss] = {
    "cross_entropy": ExactLoss(
        lambda loss, p, q, y, width: _focal_value(mpf(0), p, q, y),
        lambda loss, p, q, y, width: _focal_slope(mpf(0), p, q, y),
        tells_class_0=False,
    ),
    "focal": ExactLoss(
        lambda loss, p, q, y, width: _focal_value(mpf(loss.gamma), p, q, y),
        lambda loss, p, q, y, width: _focal_slope(mpf(loss.gamma), p, q, y),
        tells_class_0=False,
    ),
    "squared_error": ExactLoss(
        lambda loss, p, q, y, width: (width * _off(p, q, y)) ** 2 / 2,
        lambda loss, p, q, y, width: width**2 * _off(p, q, y),
        tells_class_0=True,
    ),
    "brier": ExactLoss(
        lambda loss, p, q, y, width: _off(p, q, y) ** 2,
        lambda loss, p, q, y, width: 2 * _off(p, q, y),
        tells_class_0=True,
    ),
}


def loss_value(loss, p: mpf, q: mpf, y: mpf, width: int) -> mpf:
    return exact_form(LOSSES, loss.name, "LOSSES").value(loss, p, q, y, width)


def loss_slope(loss, p: mpf, q: mpf, y: mpf, width: int) -> mpf:
    """dℓ/dp."""
    return exact_form(LOSSES, loss.name, "LOSSES").slope(loss, p, q, y, width)


class Exact:
    """Value, gradient and curvature in z of one pair of activation and loss, to 60 digits."""

    def __init__(self, activation: str, loss) -> None:
        self._point, self._loss = cached_point(activation), loss
        self.width = ACTIVATIONS[activation].width

    def value(self, z: mpf, y: mpf) -> mpf:
        p, q, _ = self._point(z)
        return loss_value(self._loss, p, q, y, self.width)

    def upstream(self, z: mpf, y: mpf) -> mpf:
        p, q, _ = self._point(z)
        return loss_slope(self._loss, p, q, y, self.width) / self.width

    def grad_z(self, z: mpf, y: mpf) -> mpf:
        p, q, slope = self._point(z)
        return slope * loss_slope(self._loss, p, q, y, self.width) if slope else mpf(0)

    def curvature(self, z: mpf, y: mpf) -> mpf:
        step = mpf(10) ** -18
        return (self.grad_z(z + step, y) - self.grad_z(z - step, y)) / (2 * step)


def softmax(z: list[mpf]) -> tuple[list[mpf], list[mpf]]:
    """p and q of every column."""
    e = [mpmath.exp(x - max(z)) for x in z]
    total = mpmath.fsum(e)
    return [x / total for x in e], [mpmath.fsum(e[:k] + e[k + 1 :]) / total for k in range(len(e))]


@mpmath.workdps(700)  # equal columns cancel; what is left may be 1e-304 of them
def softmax_grad_z(loss, z: list[float], y: list[float]) -> list[mpf]:
    """∂/∂z_j of the whole loss of a sample: Σ_k dℓ/dp_k p_k (δ_kj − p_j), class 0 of a column left out."""
    p, q = softmax([mpf(x) for x in z])
    tells_class_0 = exact_form(LOSSES, loss.name, "LOSSES").tells_class_0
    sent = [
        loss_slope(loss, a, b, mpf(t), 1) if tells_class_0 else t * loss_slope(loss, a, b, mpf(1), 1)
        for a, b, t in zip(p, q, y, strict=True)
    ]
    columns = range(len(z))
    return [mpmath.fsum(sent[k] * p[k] * (q[j] if j == k else -p[j]) for k in columns) for j in columns]


@pytest.fixture(autouse=True)
def sixty_digits():
    with mpmath.workdps(60):
        yield


@pytest.fixture(scope="session")
def exact() -> type[Exact]:
    return Exact


@pytest.fixture(scope="session")
def exact_softmax() -> Callable[..., list[mpf]]:
    return softmax_grad_z


def relative_error(got: float, truth: mpf) -> float:
    """Relative where the truth is a normal float; below, 0 if no normal float is made up; ∞ for NaN."""
    if np.isnan(got):
        return np.inf
    if abs(truth) > np.finfo(float).max:
        return 0.0 if got == (np.inf if truth > 0 else -np.inf) else np.inf
    if abs(truth) < np.finfo(float).tiny:
        return 0.0 if abs(got) <= 1.001 * np.finfo(float).tiny else np.inf
    return float(abs(mpf(float(got)) - truth) / abs(truth)) if np.isfinite(got) else np.inf


@pytest.fixture(scope="session")
def worst() -> Callable[..., tuple[float, float]]:
    """Largest relative error against exact values, and the point where it is."""

    def find(got, truth, where) -> tuple[float, float]:
        errors = [relative_error(g, t) for g, t in zip(np.ravel(got), truth, strict=True)]
        return max(errors), where[int(np.argmax(errors))]

    return find
