"""Stable elementary functions: what plain floating point loses, carried in an exact split or in two pieces.

It never knows what its numbers mean.

Where a product or a square would round, a number is split in two of 26 bits, whose products are exact; where
a rounding error would be multiplied, it is carried along as a second, small number: x = head + rest.
Floating-point warnings are the caller's to silence, once for a whole formula.
"""

import decimal
from functools import cache

import numpy as np

from logitscope._typing import FloatArray, IntArray

# exp in two pieces has a table at the multiples of 1/32 up to 7: exp(−exp 7) is 0 in float64.
_STEPS_PER_UNIT = 32
_TABLE_START, _TABLE_STOP = -1, 7


def times(factor: FloatArray, other: FloatArray) -> FloatArray:
    """Return `factor` · `other`, where a factor 0 decides: 0·∞ and ∞·0 are 0. NaN stays NaN.

    Examples
    --------
    >>> times(np.array([0.0, 0.0, np.inf, 2.0]), np.array([-np.inf, np.nan, 0.0, 3.0]))
    array([ 0., nan,  0.,  6.])
    """
    with np.errstate(all="ignore"):
        product: FloatArray = np.asarray(factor * other)
    lost = np.isnan(product)
    if not lost.any():
        return product
    return np.where(lost & ~np.isnan(factor) & ~np.isnan(other), 0.0, product)  # only 0·∞ makes a new NaN


def scaled(x: FloatArray, exponent: IntArray, out: FloatArray | None = None) -> FloatArray:
    """Return x · 2^exponent, each column by its own: the bits of `numpy.ldexp`, at the speed of a product.

    `out` takes it, if given, and may be x itself.
    A power of two that is a float makes a product that is rounded as ldexp rounds, once.

    Examples
    --------
    >>> scaled(np.array([[3.0, 5.0]]), np.array([1, -1]))
    array([[6. , 2.5]])
    """
    if ((exponent >= -1074) & (exponent <= 1023)).all():
        return np.asarray(np.multiply(x, np.ldexp(1.0, exponent), out=out))
    return np.asarray(np.ldexp(x, exponent, out=out))


def split(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return head + rest = x exactly, each of at most 26 bits, for |x| < 2⁹⁹⁶.

    Source: Dekker, A floating-point technique for extending the available precision (1971), eq. 5.5.

    Examples
    --------
    >>> head, rest = split(np.array([0.1]))
    >>> print(head + rest, head * 2**29 % 1 == 0)
    [0.1] [ True]
    """
    scaled = (2.0**27 + 1.0) * x
    head = scaled - (scaled - x)
    return head, x - head


def difference(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return head + rest = x − y exactly, head the rounded difference.

    Equal infinities differ by 0; rest is 0 where head is not finite. Source: Knuth's TwoSum, The Art of
    Computer Programming 2, section 4.2.2, theorem B.

    Examples
    --------
    >>> difference(np.array([1.0]), np.array([1e-20]))
    (array([1.]), array([-1.e-20]))
    """
    head = np.where(x == y, 0.0, x - y)
    back = head - x
    rest = (x - (head - back)) - (y + back)
    return head, np.where(np.isfinite(head) & np.isfinite(rest), rest, 0.0)


def gaussian(z: FloatArray, factor: FloatArray | float) -> FloatArray:
    """Return `factor` · exp(−z²/2), for a factor up to about 1e100, to a few ulp.

    exp would multiply the rounding error of z² by up to 700. With z = head + rest, head² is exact and
    z² = head² + rest·(z + head). In the tails exp is taken 64 higher, so that no factor of a result that is
    a normal number is subnormal.

    Examples
    --------
    >>> print(gaussian(np.array([0.0, 38.0, np.inf]), 2.0))
    [2.00000000e+000 5.50065062e-314 0.00000000e+000]
    """
    near = np.clip(z, -40.0, 40.0)  # exp(−40²/2) is 0 in float64
    head, rest = split(near)
    lift = np.where(np.abs(near) > 30.0, 64.0, 0.0)
    bulk = factor * np.exp(lift - 0.5 * head * head)
    result: FloatArray = (bulk + bulk * np.expm1(-0.5 * rest * (near + head))) * np.exp(-lift)
    return result


def exp_in_two_pieces(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return head + rest = exp z, for z on [−1, 7], to a relative error of about 2⁻⁶⁴.

    exp z = exp(k/32)·exp f with |f| ≤ 1/64, the first from a table and exp f = 1 + f + f·t.

    Examples
    --------
    >>> head, rest = exp_in_two_pieces(np.array([1.0]))  # e = 2.71828 18284 59045 23536 …
    >>> print(head, rest)
    [2.71828183] [1.44564688e-16]
    """
    k = np.rint(z * _STEPS_PER_UNIT)
    f = z - k / _STEPS_PER_UNIT
    t = np.zeros_like(f)
    for n in range(9, 1, -1):  # t = f/2·(1 + f/3·(1 + f/4·(…))), to f⁸/9! < 2⁻⁶⁶
        t = f / n * (1.0 + t)
    power, power_rest = _powers()[:, k.astype(np.intp) - _TABLE_START * _STEPS_PER_UNIT]
    f_head, f_rest = split(f)
    step = power * f_head  # exact: 26 bits each
    small = power * (f_rest + f * t) + power_rest * (1.0 + (f + f * t))
    head = power + (step + small)
    return head, ((power - head) + step) + small


def exp_of_minus_exp(z: FloatArray, factor: FloatArray | float = 1.0) -> FloatArray:
    """Return `factor` · exp(−exp z), for a factor up to about 1e100, to a few ulp.

    exp(−u) multiplies the rounding error of u = exp z by up to 700, so u is carried in two pieces. The root
    exp(−u/2) is used twice, so that no factor of a result that is a normal number is subnormal.

    Examples
    --------
    >>> print(exp_of_minus_exp(np.array([-np.inf, 0.0, 6.5, np.inf])))
    [1.00000000e+000 3.67879441e-001 1.35724761e-289 0.00000000e+000]
    """
    near = np.clip(z, _TABLE_START, _TABLE_STOP)
    head, rest = exp_in_two_pieces(np.where(np.isnan(z), 0.0, near))
    head = np.where(z < _TABLE_START, np.exp(z), head)
    rest = np.where(z < _TABLE_START, 0.0, rest)
    root = np.exp(-0.5 * head)
    result: FloatArray = np.where(np.isnan(z), z, factor * root * (1.0 - rest) * root)
    return result


@cache
def _powers() -> FloatArray:
    """exp(k/32) for the k of the table: a row of 26-bit heads and one of rests, from 40-digit decimals."""
    steps = range(_TABLE_START * _STEPS_PER_UNIT, _TABLE_STOP * _STEPS_PER_UNIT + 1)
    with decimal.localcontext(prec=40):
        exact = [(decimal.Decimal(k) / _STEPS_PER_UNIT).exp() for k in steps]
        heads, _ = split(np.array([float(power) for power in exact]))
        rests = [float(power - decimal.Decimal(head)) for power, head in zip(exact, heads.tolist(), strict=True)]
    return np.array([heads, rests])


__all__ = ["difference", "exp_in_two_pieces", "exp_of_minus_exp", "gaussian", "scaled", "split", "times"]
