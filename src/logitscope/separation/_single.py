"""One column that separates on its own, which is the shortest way to name a separation.

It knows signed rows and a partition of them; it never searches for combinations of columns.
"""

from fractions import Fraction
from math import lcm
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.separation._rows import Partition, SignedRows


class _Cut(NamedTuple):
    """Label 1 where sign · x > sign · at; the wider the gap, the better."""

    column: int
    sign: int
    at: Fraction
    gap: float


def single_column(rows: SignedRows, found: Partition) -> Partition | None:
    """Return a partition by one column that separates the same rows as `found`; None if there is none.

    Of several such columns the one with the widest gap, relative to its range, is taken; then the first.
    """
    if not found.is_exact:
        return None
    cuts = [cut for j in range(rows.X.shape[1]) if (cut := _cut(rows, j, found)) is not None]
    if not cuts:
        return None
    best = max(cuts, key=lambda cut: cut.gap)
    delta = [Fraction(0)] * rows.n_columns
    delta[best.column] = best.sign * Fraction(2) ** int(rows.exponent[best.column])
    if rows.fit_intercept:
        delta[-1] = best.sign * (Fraction(float(rows.shift[best.column])) - best.at)
    unit = lcm(*(d.denominator for d in delta))
    return Partition(np.array([int(d * unit) for d in delta], dtype=object), found.separated)


def _cut(rows: SignedRows, j: int, found: Partition) -> _Cut | None:
    x, ones = rows.X[:, j], rows.sign > 0
    if not rows.fit_intercept:
        cuts = [(sign, 0.0, 0.0) for sign in (1, -1) if np.all(sign * rows.sign * x >= 0)]
    elif ones.all() or not ones.any():
        return None
    else:
        cuts = [(s, *ends) for s in (1, -1) if (ends := _ends(s * x[~ones], s * x[ones], s)) is not None]
    for sign, low, high in cuts:
        at = (Fraction(low) + Fraction(high)) / 2
        strict = x != low if low == high else np.ones(x.size, dtype=bool)
        if np.array_equal(np.flatnonzero(strict), found.separated):
            reach = float(x.max() / 2 - x.min() / 2) or 1.0
            return _Cut(j, sign, _short(at, low, high), abs(high / 2 - low / 2) / reach)
    return None


def _ends(zeros: FloatArray, ones: FloatArray, sign: int) -> tuple[float, float] | None:
    """The two ends of the gap, where label 0 does not reach above label 1."""
    low, high = float(zeros.max()), float(ones.min())
    return (sign * low, sign * high) if low <= high else None


def _short(at: Fraction, low: float, high: float) -> Fraction:
    """The middle as a float where that is inside the gap, so that the direction is one too."""
    near = float(at)
    return Fraction(near) if min(low, high) < near < max(low, high) or low == high else at


__all__ = ["single_column"]
