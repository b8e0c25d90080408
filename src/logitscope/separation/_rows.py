"""The signed rows (2y − 1)(x, 1) in two forms: equilibrated floats for speed, and the integers that they stand for.

It knows X, y and powers of two; it never knows what is to be decided about them.
"""

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.separation._integers import Integers, exact_product

UNIT = 2.0**-53
"""Unit roundoff of float64."""


class Partition(NamedTuple):
    """A direction with aᵢᵀδ > 0 on the rows `separated` and = 0 on all others; None if there are no such rows."""

    direction: Integers | None
    separated: IntArray
    is_exact: bool = True


@dataclass(frozen=True, eq=False)
class SignedRows:
    """Rows aᵢ = sᵢ ((xᵢ − c) / 2ᵏ, 1), with s = ±1, c a value of the column and 2ᵏ its reach.

    Scaling by 2ᵏ and shifting by c (only with an intercept) maps recession directions one to one, so that every
    verdict about a is one about the data. c ≠ 0 only where a column is far from 0: so integers stay small.

    Attributes
    ----------
    A : ndarray of shape (n_rows, n_columns)
        The rows in float64. Each element is within a relative `UNIT` of the exact one, or within 1e-320 of it.
    X : ndarray of shape (n_rows, n_columns - fit_intercept)
        The features as given.
    sign : ndarray of shape (n_rows,)
        2y − 1.
    shift, exponent : ndarray of shape (n_columns - fit_intercept,)
        c and k.
    keeps_zeros : bool
        Whether an element of `A` is 0 only where the exact one is.
    """

    A: FloatArray
    X: FloatArray
    sign: FloatArray
    shift: FloatArray
    exponent: IntArray
    keeps_zeros: bool
    fit_intercept: bool

    @classmethod
    def of(cls, X: FloatArray, y: FloatArray, fit_intercept: bool) -> "SignedRows":
        """Equilibrate; X is (n_rows, n_features) and finite, y is 0 or 1."""
        sign = np.where(y > 0, 1.0, -1.0)
        shift = _shifts(X) if fit_intercept else np.zeros(X.shape[1])
        moved = X - shift
        reach = np.abs(moved).max(axis=0, initial=0.0)
        exponent = np.frexp(reach)[1].astype(np.intp)
        scaled = _ldexp(moved, -exponent)
        keeps_zeros = bool(np.array_equal(scaled == 0, moved == 0))
        A = np.column_stack([scaled, np.ones(len(X))]) if fit_intercept else scaled
        return cls(A * sign[:, None] + 0.0, X, sign, shift, exponent, keeps_zeros, fit_intercept)

    @property
    def n_rows(self) -> int:
        """How many rows."""
        return self.A.shape[0]

    @property
    def n_columns(self) -> int:
        """How many columns, the intercept's included."""
        return self.A.shape[1]

    @cached_property
    def lowest(self) -> IntArray:
        """For every column an e ≤ 0 such that 2^e divides each of its exact elements, (n_columns,)."""
        of_values = _lowest_exponents(self.X, self.exponent)
        of_shifts = _lowest_exponents(self.shift[None, :], self.exponent)
        return np.append(np.minimum(of_values, of_shifts), [0] * self.fit_intercept)

    def integers(self, rows: IntArray, columns: IntArray | None = None) -> tuple[Integers, int]:
        """Return integers m and e with aᵢⱼ = m 2^e, exactly, for some rows and columns (all where None)."""
        columns = np.arange(self.n_columns) if columns is None else columns
        lowest = int(self.lowest[columns].min(initial=0))
        features = columns[columns < self.X.shape[1]]
        at = self.exponent[features] + lowest
        whole = _integers_at(self.X[np.ix_(rows, features)], at) - _integers_at(self.shift[None, features], at)
        if len(features) < len(columns):
            one = np.full((len(rows), 1), 2**-lowest, dtype=np.int64 if lowest > -62 else object)
            whole = np.hstack([whole, one])
        sign = self.sign[rows].astype(np.int64)[:, None]
        return whole * (sign.astype(object) if whole.dtype == object else sign), lowest

    def product(self, rows: IntArray, N: Integers) -> tuple[Integers, int]:
        """Return integers v and e with aᵢᵀN = v 2^e, exactly."""
        columns = np.flatnonzero((N != 0).reshape(len(N), -1).any(axis=1))
        A, e = self.integers(rows, columns)
        return exact_product(A, N[columns]), e

    def signs(self, direction: Integers, among: IntArray) -> IntArray:
        """Return the exact signs (−1, 0, 1) of aᵢᵀδ: by floats where their error bound allows, else by integers.

        The bound is Higham's (2002, section 3.1): |fl(aᵀδ) − aᵀδ| ≤ γ |a|ᵀ|δ|, with two roundings more for a, δ.
        """
        largest = max(abs(int(d)) for d in direction)
        delta = np.array([int(d) / largest for d in direction])  # true division of integers rounds once
        A = self.A if among.size == self.n_rows else self.A[among]
        value = A @ delta
        bound = 2 * (self.n_columns + 4) * UNIT * (np.abs(A) @ np.abs(delta)) + 1e-300
        result: IntArray = np.sign(value).astype(np.intp)
        unsure = np.flatnonzero(np.abs(value) <= bound)
        if self.keeps_zeros:  # rows that are 0 wherever δ is not are no matter of rounding
            takes_part = np.flatnonzero(direction != 0)
            unsure = unsure[np.any(A[np.ix_(unsure, takes_part)] != 0, axis=1)]
        if unsure.size:
            exact, _ = self.product(among[unsure], direction)
            result[unsure] = [(v > 0) - (v < 0) for v in exact.tolist()]
        return result

    def user_direction(self, direction: Integers) -> tuple[Fraction, ...]:
        """Express δ in the units of X: δⱼ / 2ᵏ, and the intercept less Σ cⱼ δⱼ / 2ᵏ."""
        slopes = [Fraction(int(d)) / Fraction(2) ** int(k) for d, k in zip(direction, self.exponent, strict=False)]
        if not self.fit_intercept:
            return tuple(slopes)
        moved = sum((Fraction(float(c)) * d for c, d in zip(self.shift, slopes, strict=True)), Fraction(0))
        return (*slopes, Fraction(int(direction[-1])) - moved)


def _shifts(X: FloatArray) -> FloatArray:
    """The median value of a column whose values are far from 0 compared with their range, else 0."""
    if not X.size:
        return np.zeros(X.shape[1])
    low, high = X.min(axis=0), X.max(axis=0)
    far: BoolArray = (low / 4 > high / 4 - low / 4) | (high / 4 < low / 4 - high / 4)
    shift = np.zeros(X.shape[1])
    middle = len(X) // 2
    shift[far] = np.partition(X[:, far], middle, axis=0)[middle]
    return shift


def _ldexp(a: FloatArray, exponent: IntArray) -> FloatArray:
    """Scale by 2^exponent, in two halves so that the factor never overflows."""
    half = exponent // 2
    with np.errstate(over="ignore", under="ignore"):
        result: FloatArray = np.ldexp(np.ldexp(a, half), exponent - half)
    return result


def _odd_parts(a: FloatArray) -> tuple[IntArray, IntArray]:
    """Write a = m 2^e with m odd (or 0, with e = 0)."""
    mantissa, power = np.frexp(a)
    whole = np.ldexp(mantissa, 53).astype(np.int64)
    trailing = np.frexp((whole & -whole).astype(np.float64))[1] - 1
    zero = whole == 0
    trailing[zero] = 0
    return (whole >> trailing).astype(np.intp), np.where(zero, 0, power - 53 + trailing).astype(np.intp)


def _lowest_exponents(a: FloatArray, exponent: IntArray) -> IntArray:
    odd, power = _odd_parts(a)
    lowest: IntArray = np.where(odd == 0, 0, power - exponent).min(axis=0, initial=0)
    return lowest


def _integers_at(a: FloatArray, exponent: IntArray) -> Integers:
    """Divide by 2^exponent, to integers by assumption; as int64 where each is below 2^61."""
    odd, power = _odd_parts(a)
    left = np.where(odd == 0, 0, power - exponent)
    bits = np.frexp(odd.astype(np.float64))[1] + left
    if bits.max(initial=0) <= 61:
        return odd << left
    wide: Integers = odd.astype(object) << left.astype(object)
    return wide


__all__ = ["UNIT", "Partition", "SignedRows"]
