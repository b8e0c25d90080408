"""Summing forms: Σ ℓ over the rows, as the logarithm of products, and the slopes, of cross-entropy with hard labels.

A logarithm for several rows is a fraction of one for each. A form says by NaN where it does not hold: where a product
overflows, or where the mean loss is so small that factors near 1 have lost its digits. It never knows the form that
does, nor a single row's loss.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from logitscope._typing import BoolArray, FloatArray
from logitscope.activations import Activation
from logitscope.losses import CrossEntropy, Loss
from logitscope.pointwise._sides import HALF_LOG_2_PI, by_class, mills_ratio

SummingForm: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray], tuple[FloatArray, FloatArray]]
"""(z, y, sign) ↦ (Σ ℓ over the samples, ∂ℓ/∂z), laid out as for `TrainingForm`, of labels 0 and 1."""
ClassSums: TypeAlias = Callable[[FloatArray, int], tuple[FloatArray, FloatArray]]
"""(z, axis of the samples) ↦ (Σ ℓ, ∂ℓ/∂z) of one class; z may be written over."""

# Factors in a product, of one column and of many: it overflows only where z is beyond 44, or 177.
_FACTORS, _FACTORS_OF_MANY = 16, 4  # of many, rows in memory are short, and many pieces of them cost more
_LEAST_MEAN = 2.0**-6  # where rounding 1 + e loses no digit of the mean loss that matters


def summing_form(activation: Activation, loss: Loss, is_hard: bool) -> SummingForm | None:
    """Return the form of a pair; None if there is none."""
    sum_up = unsure_form(activation, loss, is_hard)
    if sum_up is None:
        return None

    def form(z: FloatArray, y: FloatArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
        total, slope = sum_up(z, y, sign)
        is_sure = have_digits(total, z.shape[-1])
        return total if is_sure.all() else np.where(is_sure, total, math.nan), slope

    return form


def unsure_form(activation: Activation, loss: Loss, is_hard: bool) -> SummingForm | None:
    """Return the form of a pair for who asks `have_digits` of the sum of all its tiles; None if there is none."""
    return _FORMS.get(type(activation)) if type(loss) is CrossEntropy and is_hard else None


def have_digits(total: FloatArray, n_rows: int) -> BoolArray:
    """Whether sums of so many losses are right to all digits."""
    return (total >= _LEAST_MEAN * n_rows) & (total < math.inf)


def _log_of_product(factors: FloatArray, axis: int) -> FloatArray:
    """Return Σ log of factors over an axis."""
    axis %= factors.ndim
    n_factors = _FACTORS if factors.ndim == 1 else _FACTORS_OF_MANY
    before, n, after = factors.shape[:axis], factors.shape[axis], factors.shape[axis + 1 :]
    whole = n - n % n_factors
    all_before = (slice(None),) * axis
    pieces = factors[*all_before, :whole].reshape(*before, n_factors, whole // n_factors, *after)
    products = np.multiply.reduce(pieces, axis=axis)
    total: FloatArray = np.add.reduce(np.log(products, out=products), axis=axis)
    return total if whole == n else total + np.log(np.multiply.reduce(factors[*all_before, whole:], axis=axis))


def _sigmoid(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """ℓ = log(1 + e), ∂ℓ = e/(1 + e), with e = exp z."""
    e = np.exp(z, out=z)
    f = e + 1.0
    return _log_of_product(f, axis), np.divide(e, f, out=e)


def _tanh(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """The sigmoid at 2z."""
    z += z
    total, slope = _sigmoid(z, axis)
    slope += slope
    return total, slope


def _probit(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """ℓ = log f and ∂ℓ = φ f with f = 1/q, where q = φR above 0 and 1 − φR below, R Mills' ratio and φ both at |z|."""
    below = (z < 0).astype(z.dtype)
    x = np.abs(z, out=z)
    density = x * x
    density *= -0.5
    density -= HALF_LOG_2_PI
    np.exp(density, out=density)
    tail = mills_ratio(x)
    tail *= density
    below -= tail
    f = np.divide(1.0, np.abs(below, out=below), out=below)
    density *= f
    return _log_of_product(f, axis), density


def _cauchit(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """With the angle Q of (z, 1), q = Q/π and ∂ℓ = 1/Q(1 + z²); beyond 1e154, where that would be 0, ℓ is NaN."""
    square = z * z
    square += 1.0
    angle = np.arctan2(np.ones_like(z), z, out=z)  # twice as fast as with the number 1
    angle *= square
    f = np.divide(square, angle, out=square)
    f *= math.pi
    return _log_of_product(f, axis), np.divide(1.0, angle, out=angle)


def _softsign(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """With d = 1 above 0 and 1 − 2z below, q = d/2(1 + |z|) and ∂ℓ = 1/d(1 + |z|)."""
    m = np.abs(z)
    d = np.subtract(m, z, out=z)
    d += 1.0
    m += 1.0
    f = m / d
    f += f
    d *= m
    return _log_of_product(f, axis), np.divide(1.0, d, out=d)


def _algebraic(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """ℓ = log 2r(r + z), ∂ℓ = (r + z)/r², with r = √(1 + z²); r + z = 1/(r + |z|) + (z + |z|) cancels nothing."""
    m = np.abs(z)
    square = z * z
    square += 1.0
    r = np.sqrt(square)
    z += m
    m += r
    f = np.divide(1.0, m, out=m)
    f += z
    slope = np.divide(f, square, out=square)
    f *= r
    f += f
    return _log_of_product(f, axis), slope


def _exponential(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """ℓ = ∂ℓ = exp z: class 0 of cloglog."""
    u = np.exp(z, out=z)
    return np.add.reduce(u, axis=axis), u


def _cloglog(z: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
    """Class 1 of cloglog: ℓ = log(1 + e), ∂ℓ = −u e, with e = 1/(eᵘ − 1) and u = exp z.

    Where eᵘ is infinite, a slope below 1e-305 is 0; where u is, it is NaN.
    """
    u = np.exp(z, out=z)
    e = np.expm1(u)
    e = np.divide(-1.0, e, out=e)
    u *= e
    return _log_of_product(np.subtract(1.0, e, out=e), axis), u


def _cloglog_of_both(z: FloatArray, y: FloatArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ℓ = u of class 0 and log(1 + e) of class 1, ∂ℓ = u and −u e, with e = 1/(eᵘ − 1) and u = exp z."""
    zero = 1.0 - y
    u = np.exp(z)
    e = np.expm1(u)
    np.divide(y, e, out=e)
    slope = np.subtract(zero, e)
    slope *= u
    e += 1.0
    return np.vecdot(u, zero) + _log_of_product(e, -1), slope


def _loglog_of_both(z: FloatArray, y: FloatArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The other class of cloglog at −z."""
    total, slope = _cloglog_of_both(-z, 1.0 - y, sign)
    return total, np.negative(slope, out=slope)


def _of_both(zero: ClassSums) -> SummingForm:
    """Class 1 at z is class 0 at −z."""

    def form(z: FloatArray, y: FloatArray, sign: FloatArray) -> tuple[FloatArray, FloatArray]:
        total, slope = zero(z * sign, -1)
        slope *= sign
        return total, slope

    return form


# Of the symmetric ones class 0 tells all.
ZERO: dict[type, ClassSums] = by_class(
    {
        "sigmoid": _sigmoid,
        "tanh": _tanh,
        "probit": _probit,
        "cauchit": _cauchit,
        "softsign": _softsign,
        "algebraic": _algebraic,
    }
)
CLOGLOG: tuple[ClassSums, ClassSums] = (_exponential, _cloglog)
"""Its two classes."""

_FORMS: dict[type, SummingForm] = {activation: _of_both(zero) for activation, zero in ZERO.items()} | by_class(
    {"cloglog": _cloglog_of_both, "loglog": _loglog_of_both}
)

__all__ = ["CLOGLOG", "ZERO", "ClassSums", "SummingForm", "have_digits", "summing_form", "unsure_form"]
