"""Linear algebra and Gordan's alternative over the integers, without rounding.

It knows matrices of Python integers; it never knows floats, tolerances or where the rows come from.
"""

from math import gcd
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Integers: TypeAlias = NDArray[Any]
"""An array of dtype object whose elements are Python integers (or of dtype int64, where they fit)."""


class Alternative(NamedTuple):
    """One of the two of Gordan's theorem: δ with Aδ > 0, or the rows that carry λ ≥ 0, λ ≠ 0, Aᵀλ = 0."""

    direction: Integers | None
    support: list[int]


def gordan(A: Integers) -> Alternative:
    """Decide whether some δ has Aδ > 0, by the simplex method on its alternative.

    Phase 1 of: find λ ≥ 0 with Aᵀλ = 0, Σλ = 1. Pivots are fraction-free (Edmonds 1967; Bareiss 1968): the
    tableau stays integer over one common denominator, its last pivot. Bland's rule (1977) makes it finite, and
    favours the first rows: put those first that are likely to carry λ.

    Parameters
    ----------
    A : ndarray of shape (n_rows, n_columns)
        Integers.

    Examples
    --------
    >>> import numpy as np
    >>> gordan(np.array([[1, 2], [2, 1]], dtype=object)).direction is not None
    True
    >>> gordan(np.array([[5, 5], [1, 0], [-3, 0]], dtype=object)).support
    [1, 2]
    """
    n, q = A.shape
    rows = q + 1
    # Columns: λ (n), artificials (q + 1), right-hand side. The last row is the cost of phase 1.
    T = np.zeros((rows + 1, n + rows + 1), dtype=object)
    T[:q, :n] = A.T.astype(object)
    T[q, :n] = 1
    T[:rows, n : n + rows] = np.eye(rows, dtype=int).astype(object)
    T[q, -1] = 1
    T[rows, :] = -T[:rows, :].sum(axis=0)
    T[rows, n : n + rows] = 0
    basis = list(range(n, n + rows))
    denominator = 1
    while True:
        entering = next((j for j in range(n) if T[rows, j] < 0), None)
        if entering is None or T[rows, -1] == 0:
            break
        leaving = _leaving_row(T, entering, basis, rows)
        denominator = _pivot(T, leaving, entering, denominator)
        basis[leaving] = entering
    if T[rows, -1] == 0:
        support = [basis[k] for k in range(rows) if basis[k] < n and T[k, -1] > 0]
        return Alternative(None, sorted(support))
    # The reduced cost of artificial k is 1 − y_k, over the denominator; −y is the direction.
    return Alternative(primitive(T[rows, n : n + q] - denominator), [])


def _leaving_row(T: Integers, entering: int, basis: list[int], rows: int) -> int:
    """The smallest ratio, compared by cross products; ties to the smallest index (Bland)."""
    best = -1
    for k in range(rows):
        if T[k, entering] <= 0:
            continue
        if best < 0:
            best = k
            continue
        here, there = T[k, -1] * T[best, entering], T[best, -1] * T[k, entering]
        if here < there or (here == there and basis[k] < basis[best]):
            best = k
    return best


def _pivot(T: Integers, row: int, column: int, denominator: int) -> int:
    """T ← (pivot · T − T[:, column] T[row]) / denominator off the row; the division has no remainder."""
    pivot = T[row, column]
    kept = T[row].copy()
    factor = T[:, column].copy()
    T *= pivot
    for k in np.flatnonzero(factor != 0):
        if k != row:
            T[k] -= factor[k] * kept
    T //= denominator
    T[row] = kept
    return int(pivot)


def null_space(B: Integers) -> tuple[Integers, list[int]]:
    """Return an integer basis N of {x : Bx = 0}, a column each, and the rows of B that are a basis of its rows.

    Examples
    --------
    >>> import numpy as np
    >>> N, rows = null_space(np.array([[2, 4, 0], [1, 2, 0], [0, 0, 3]], dtype=object))
    >>> N.T.tolist(), rows
    ([[-2, 1, 0]], [0, 2])
    """
    n, p = B.shape
    T = np.zeros((0, p), dtype=object)
    pivots: list[int] = []
    rows: list[int] = []
    denominator = 1
    for i in range(n):
        # Each accepted row has `denominator` at its own pivot and 0 at the others' (fraction-free Gauss–Jordan).
        new = B[i].astype(object) * denominator
        for k, column in enumerate(pivots):
            if B[i, column]:
                new = new - int(B[i, column]) * T[k]
        first = next((j for j in range(p) if new[j]), None)
        if first is None:
            continue
        T = np.vstack([(T * new[first] - np.outer(T[:, first], new)) // denominator, new])
        denominator = int(new[first])
        pivots.append(first)
        rows.append(i)
        if len(rows) == p:
            break
    free = [j for j in range(p) if j not in pivots]
    N = np.zeros((p, len(free)), dtype=object)
    for m, j in enumerate(free):
        N[j, m] = denominator
        for k, column in enumerate(pivots):
            N[column, m] = -T[k, j]
        N[:, m] = primitive(N[:, m])
        if N[j, m] < 0:
            N[:, m] = -N[:, m]
    return N, rows


def primitive(v: Integers) -> Integers:
    """Divide a vector by the greatest common divisor of its elements."""
    divisor = gcd(*(int(a) for a in v))
    return v if divisor <= 1 else v // divisor


def exact_product(A: Integers, B: Integers) -> Integers:
    """Return A B, in 64-bit integers where no sum can leave their range."""
    if not A.size or not B.size:
        return np.zeros((A.shape[0], *B.shape[1:]), dtype=object)
    if A.dtype != object:
        reach_b = max(abs(int(b)) for b in B.flat)
        if int(np.abs(A).max()) * reach_b * A.shape[1] < 2**62:
            product: Integers = A @ B.astype(np.int64)
            return product
    wide: Integers = A.astype(object) @ B.astype(object)
    return wide


__all__ = ["Alternative", "Integers", "exact_product", "gordan", "null_space", "primitive"]
