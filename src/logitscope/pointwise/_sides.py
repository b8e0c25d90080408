"""−log q and its slope in z, one activation a function: the fast forms that training runs on.

Each is a handful of NumPy's fast operations, without a branch, right to about 1e-13 relative at every depth of
saturation. They never know when they overflow, far out (beyond |z| of 350 for tanh, 709 for the exponentials, 1e15 for
probit, 1e100 for the others; of float32, sooner): then loss or slope is NaN, and whoever calls takes the form that is
right everywhere.
"""

import math
from collections.abc import Callable
from typing import TypeAlias, TypeVar

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import ACTIVATIONS

Side: TypeAlias = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""z ↦ (ℓ, ∂ℓ/∂z) of one class, two new arrays."""

Odds: TypeAlias = Callable[..., tuple[FloatArray, FloatArray]]
"""(z, out=None, slope=None) ↦ (e, ∂ℓ/∂z) where ℓ = log(1 + e) is class 0's and e = p/q, the odds against it.

Two arrays, e in `out` if that is given, which may be z, and ∂ℓ/∂z in `slope`.
"""
Out: TypeAlias = FloatArray | None
_Form = TypeVar("_Form")


HALF_LOG_2_PI = 0.5 * math.log(2.0 * math.pi)
_ONE = np.array(1.0)  # NumPy takes as long to read a number of Python's as to add it to hundreds

# Mills' ratio (1 − Φ(x))/φ(x) is N(x)/D(x) for x >= 0, to 4e-16: least squares, then Lawson's weights, in 110 digits at
# Chebyshev nodes of 3/(x + 3). All coefficients are positive: nothing cancels. Highest power first.
_MILLS_N = (
    0.9999999999999996, 25.39829226968698, 319.0216053995532, 2553.4968771144695, 14217.810375646694,
    56845.48572774321, 163065.43520783717, 324630.0946717055, 410446.4220312195, 255766.4784415852,
)  # fmt: skip
_MILLS_D = (
    25.398292269685978, 320.0216053999623, 2578.8951693196045, 14534.831986331084, 59348.18575868662,
    176655.2109848519, 376622.3685321633, 548195.9354446486, 490314.86046021234, 204072.12431945984,
)  # fmt: skip  # below x¹⁰


def mirrored(side: Side) -> Side:
    """Return the other class's side of a symmetric activation: q(z) = p(−z)."""

    def other(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = side(-z)
        return value, np.negative(slope, out=slope)

    return other


def _of_odds(odds: Odds) -> Side:
    """Return ℓ = log(1 + e) and its slope, given the odds e."""

    def side(z: FloatArray) -> tuple[FloatArray, FloatArray]:
        e, slope = odds(z)
        return np.log1p(e, out=e), slope

    return side


def _sigmoid(z: FloatArray, out: Out = None, slope: Out = None) -> tuple[FloatArray, FloatArray]:
    """Odds e = exp z, ∂ℓ = e/(1 + e)."""
    e = np.exp(z, out)  # of few numbers a call takes longer with names
    slope = e + 1.0 if slope is None else np.add(e, _ONE, slope)  # _ONE would widen float32
    return e, np.divide(e, slope, slope)


def _tanh(z: FloatArray, out: Out = None, slope: Out = None) -> tuple[FloatArray, FloatArray]:
    """The sigmoid at 2z."""
    double = np.add(z, z, out=out)
    e, slope = _sigmoid(double, double, slope)
    slope += slope
    return e, slope


def _probit(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """With Mills' ratio R and φ at |z|, q is Rφ above 0 and 1 − Rφ below; above, exp never sees z²/2."""
    above = (z >= 0).astype(z.dtype)
    below = 1.0 - above
    x = np.abs(z)
    h = 0.5 * x
    h *= x
    h += HALF_LOG_2_PI
    density = np.exp(-h)
    density *= below
    density += above  # above, it is taken out of q, and the logarithm of what is left is subtracted from h
    tail = mills_ratio(x)
    tail *= density
    tail *= above - below  # R above, −Rφ below
    slope = np.divide(density, tail + below, out=density)
    tail -= above
    h *= above
    h -= np.log1p(tail, out=tail)
    return _no_infinity(h), slope


def mills_ratio(x: FloatArray) -> FloatArray:
    """Return (1 − Φ(x))/φ(x) of x >= 0."""
    numerator = _horner(_MILLS_N[0] * x, x, _MILLS_N[1:])
    numerator /= _horner(x.copy(), x, _MILLS_D)
    return numerator


def _no_infinity(value: FloatArray) -> FloatArray:
    """Put NaN in place of an infinity that only the form has; there are true ones too, those of hard."""
    value += 0.0 * value
    return value


def _horner(total: FloatArray, x: FloatArray, coefficients: tuple[float, ...]) -> FloatArray:
    """Go on with Horner's rule from the product of x and the coefficients before these; `total` is written over."""
    for coefficient in coefficients[:-1]:
        total += coefficient
        total *= x
    total += coefficients[-1]
    return total


def _cauchit(z: FloatArray, out: Out = None, slope: Out = None) -> tuple[FloatArray, FloatArray]:
    """Odds e = (1 − t)/t above 0 and t/(1 − t) below, of the tail t = arctan(1/|z|)/π."""
    signed = np.arctan(1.0 / z)
    signed *= 1.0 / math.pi  # t above, −t below; of 1/z, since z may be −0
    above = (signed >= 0).astype(z.dtype)
    p = above - signed
    signed += np.subtract(1.0, above, out=above)
    square = z * z
    square += 1.0
    square *= math.pi
    e = np.divide(p, signed, out=out)  # q is signed now
    e += 0.0 * square  # NaN beyond 7e153, where the slope would be 0
    return e, np.divide(e + 1.0, square, out=square if slope is None else slope)


def _softsign(z: FloatArray, out: Out = None, slope: Out = None) -> tuple[FloatArray, FloatArray]:
    """Odds e = 1 + 2z above 0 and 1/(1 − 2z) below; where 2z is infinite, beyond 8e307, so is e."""
    m = np.abs(z)
    below = (m - z) + 1.0
    e = np.divide((m + z) + 1.0, below, out=out)
    return e, np.divide(1.0, (1.0 + m) * below, out=slope)


def _algebraic(z: FloatArray, out: Out = None, slope: Out = None) -> tuple[FloatArray, FloatArray]:
    """The sigmoid at 2 arcsinh z: e = (r + z)², which is 1/(r − z)² below 0, with r = √(1 + z²)."""
    above = (z >= 0).astype(z.dtype)
    r = np.sqrt(z * z + 1.0)
    far = r + np.abs(z)
    far *= far
    e = np.add(above * far, (1.0 - above) / far, out=out)
    return e, np.multiply(e / (e + 1.0), 2.0 / r, out=slope)


def _cloglog(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ℓ = u, ∂ℓ = u, with u = exp z."""
    u = np.exp(z)
    return u, u.copy()


def _cloglog_one(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ℓ = log(1 + e), ∂ℓ = −u e, with e = 1/(eᵘ − 1) and u = exp z."""
    u = np.exp(z)
    e = _no_infinity(1.0 / _no_infinity(np.expm1(u)))
    u *= e
    return np.log1p(e, out=e), np.negative(u, out=u)


def _hard(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """ℓ = log(1 + e) with e = (1 + a)/(1 − a) of the clipped line a; outside it nothing is passed back."""
    a = np.clip(z, -1.0, 1.0)
    outside = (np.abs(z) >= 1.0).astype(z.dtype)
    room = 1.0 - a
    a += 1.0
    a /= room
    room += outside
    slope = np.subtract(1.0, outside, out=outside)
    slope /= room
    return np.log1p(a, out=a), slope


def by_class(forms: dict[str, _Form]) -> dict[type, _Form]:
    """Return forms by the class of their activation, not by its name: a user's own may be called `sigmoid` too."""
    return {type(ACTIVATIONS[name]): form for name, form in forms.items()}


ODDS: dict[type, Odds] = by_class(
    {
        "sigmoid": _sigmoid,
        "tanh": _tanh,
        "softsign": _softsign,
        "algebraic": _algebraic,
        "cauchit": _cauchit,
    }
)

# Class 0, then class 1.
_ZERO: dict[type, Side] = by_class({"probit": _probit, "hard": _hard}) | {
    activation: _of_odds(odds) for activation, odds in ODDS.items()
}
SYMMETRIC = frozenset(_ZERO)
SIDES: dict[type, tuple[Side, Side]] = {activation: (zero, mirrored(zero)) for activation, zero in _ZERO.items()}
SIDES |= by_class({"cloglog": (_cloglog, _cloglog_one), "loglog": (mirrored(_cloglog_one), mirrored(_cloglog))})

__all__ = ["HALF_LOG_2_PI", "ODDS", "SIDES", "SYMMETRIC", "Odds", "Side", "by_class", "mills_ratio", "mirrored"]
