"""Training forms: value and ∂ℓ/∂z of a pair from one pass of fast operations, for every pair of the registries.

A loss is written in the two sides −log q and −log p of its activation. A form says by NaN, in loss or slope, where it
does not hold; it never knows the form that does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import ACTIVATIONS, Activation
from logitscope.losses import Brier, CrossEntropy, Focal, Loss, SquaredError
from logitscope.pointwise._sides import ODDS, SIDES, SYMMETRIC, Odds, Side

ValueAndSlope: TypeAlias = tuple[FloatArray, FloatArray]
TrainingForm: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], ValueAndSlope]
"""(z, y, sign) ↦ (ℓ, ∂ℓ/∂z), with sign = 1 − 2y.

Columns come first: z is (n_samples,) or (n_models, n_samples), so that labels of (n_samples,) belong to every column.
"""


def training_form(activation: Activation, loss: Loss, is_hard: bool) -> TrainingForm | None:
    """Return the fast form of a pair; None if there is none.

    `is_hard` says that all labels are 0 or 1, and of coupled columns exactly one in each row is 1.
    """
    if type(loss) not in _OF_LOSS:
        return None
    width = activation.upper - activation.lower
    return _form(type(activation), loss, is_hard, width)  # type: ignore[arg-type]  # ours are frozen


@lru_cache(maxsize=256)
def _form(activation: type, loss: Any, is_hard: bool, width: float) -> TrainingForm | None:
    if activation is _SOFTMAX:
        return softmax_cross_entropy if is_hard and type(loss) is CrossEntropy else None
    if activation not in SIDES or (isinstance(loss, SquaredError | Brier) and not is_hard):
        return None  # (p − y)² of soft labels is no mixture of its two sides
    zero, one = _OF_LOSS[type(loss)](loss, width, *SIDES[activation])
    return _by_sign(zero) if is_hard and activation in SYMMETRIC else _mixed(zero, one)


def class_sides(activation: Activation, loss: Loss) -> tuple[Side, Side] | None:
    """Return z ↦ (ℓ, ∂ℓ/∂z) of label 0, and of label 1; None if there is no fast form."""
    if type(loss) not in _OF_LOSS or type(activation) not in SIDES:
        return None
    return _OF_LOSS[type(loss)](loss, activation.upper - activation.lower, *SIDES[type(activation)])


def class_zero(activation: Activation, loss: Loss) -> Side | None:
    """Return the side of label 0 if class 1 at z is class 0 at −z, so that it tells all of hard labels."""
    sides = class_sides(activation, loss) if type(activation) in SYMMETRIC else None
    return None if sides is None else sides[0]


def odds_of(activation: Activation, loss: Loss) -> Odds | None:
    """Return the odds e of class 0 where its loss is log(1 + e), or None."""
    return ODDS.get(type(activation)) if type(loss) is CrossEntropy else None


def _by_sign(side: Side) -> TrainingForm:
    """Labels 0 and 1 of a symmetric activation: class 1 at z is class 0 at −z."""

    def form(z: FloatArray, y: FloatArray, sign: FloatArray) -> ValueAndSlope:
        value, slope = side(z * sign)
        np.multiply(slope, sign, out=slope)
        return value, slope

    return form


def _mixed(zero: Side, one: Side) -> TrainingForm:
    """Any labels: y of class 1 and 1 − y of class 0."""

    def form(z: FloatArray, y: FloatArray, sign: FloatArray) -> ValueAndSlope:
        value, slope = zero(z)
        other_value, other_slope = one(z)
        rest = 1.0 - y
        value *= rest
        value += np.multiply(other_value, y, out=other_value)
        slope *= rest
        slope += np.multiply(other_slope, y, out=other_slope)
        return value, slope

    return form


def _cross_entropy(loss: Loss, width: float, zero: Side, one: Side) -> tuple[Side, Side]:
    return zero, one


def _focal(loss: Focal, width: float, zero: Side, one: Side) -> tuple[Side, Side]:
    """−p^γ log q, with p^γ = exp(γ log p)."""

    def turned_down(own: Side, other: Side) -> Side:
        def side(z: FloatArray) -> ValueAndSlope:
            value, slope = own(z)
            rest, rest_slope = other(z)
            weight = np.exp(-loss.gamma * rest)
            slope -= loss.gamma * rest_slope * value
            return weight * value, weight * slope

        return side

    return turned_down(zero, one), turned_down(one, zero)


def _squared(loss: Loss, width: float, zero: Side, one: Side) -> tuple[Side, Side]:
    """½ c p² of class 0, with p = exp(log p)."""
    half = 1.0 if isinstance(loss, Brier) else 0.5 * width**2

    def parabola(other: Side) -> Side:
        def side(z: FloatArray) -> ValueAndSlope:
            rest, rest_slope = other(z)
            p = np.exp(np.negative(rest, out=rest), out=rest)
            scaled = half * p
            rest_slope *= scaled
            rest_slope *= -2.0
            rest_slope *= p  # last: p² may be subnormal where the slope is not
            return np.multiply(scaled, p, out=scaled), rest_slope

        return side

    return parabola(one), parabola(zero)


def softmax_cross_entropy(z: FloatArray, y: FloatArray, sign: FloatArray) -> ValueAndSlope:
    """Softmax of one class a row, one-hot labels: ℓ = log(1 + Σ_k e_k) over the wrong classes, e_k = exp(z_k − z_true).

    No gradient is the difference of two near numbers: e_k/(1 + Σ) for a wrong class, −Σ/(1 + Σ) for the true one.
    """
    true = (z * y).sum(axis=0)
    e = np.exp(z - true)
    e *= 1.0 - y
    wrong = e.sum(axis=0)
    value = np.log1p(wrong) * y
    e -= y * wrong
    e /= 1.0 + wrong
    return value, e


_SOFTMAX = type(ACTIVATIONS["softmax"])
_OF_LOSS: dict[type, Callable[..., tuple[Side, Side]]] = {
    CrossEntropy: _cross_entropy,
    Focal: _focal,
    SquaredError: _squared,
    Brier: _squared,
}

__all__ = [
    "TrainingForm",
    "ValueAndSlope",
    "class_sides",
    "class_zero",
    "odds_of",
    "softmax_cross_entropy",
    "training_form",
]
