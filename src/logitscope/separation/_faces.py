"""The search: linear programs propose, integers decide, and every rejected hyperplane narrows the space of directions.

It knows signed rows; it never knows features' names or units.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.separation._integers import Integers, exact_product, gordan, null_space, primitive
from logitscope.separation._rows import Partition, SignedRows
from logitscope.separation._tolerant import partition_within_tolerance

_TIGHT = 1e-7  # the feasibility tolerance of HiGHS
_MAX_ROUNDS = 200
_MAX_EXACT = 100  # columns; the integers of a pivot have some 60 bits a column


class _Face(NamedTuple):
    """Directions N u that the boundary rows allow, and the rows that are not 0 for all of them."""

    N: Integers
    rows: IntArray
    M: FloatArray
    """The rows as functions of u, (n_rows, n_free), each scaled to a largest element of 1."""


class _Program(NamedTuple):
    """What the linear program proposes: u with M u ≥ t, and its multipliers."""

    u: FloatArray
    t: float
    multiplier: FloatArray


def partition(rows: SignedRows, first: IntArray) -> Partition:
    """Divide the rows into those that one direction separates strictly and those that none can.

    Facial reduction (Borwein and Wolkowicz 1981) with Gordan's alternative at each step: either u has N u > 0 on
    all remaining rows, which ends the search; or λ ≥ 0 with Σ λᵢ aᵢᵀN = 0 shows that every separating direction is
    0 on the rows that carry λ, and N shrinks to the directions that are. Each step loses a dimension at least.

    Parameters
    ----------
    rows : SignedRows
        Distinct rows.
    first : ndarray
        Rows to begin with: those likely to bind.
    """
    p = rows.n_columns
    boundary: list[int] = []
    N = np.eye(p, dtype=int).astype(object)
    remaining = np.arange(rows.n_rows)
    while True:
        face = _face(rows, N, remaining)
        if not face.rows.size:
            return Partition(None, face.rows)
        found = _alternative(rows, face, first)
        if found is None:
            return partition_within_tolerance(rows)
        if isinstance(found, list):
            boundary += found
            N, independent = null_space(rows.integers(np.array(boundary))[0])
            boundary = [boundary[k] for k in independent]
            remaining = face.rows
            continue
        return Partition(found, face.rows)


def _face(rows: SignedRows, N: Integers, remaining: IntArray) -> _Face:
    """Project the remaining rows on N; drop those that become exactly 0, and keep the digits of the others."""
    if not N.shape[1]:
        return _Face(N, remaining[:0], np.zeros((0, 0)))
    reach = _reach(N)
    floats = np.array([[int(a) / r for a, r in zip(row, reach, strict=True)] for row in N])
    A = rows.A[remaining]
    M = A @ floats
    keep = np.any(M != 0, axis=1)
    keeps_zeros = rows.keeps_zeros and np.array_equal(floats == 0, N == 0)
    if N.shape[1] < N.shape[0] or not keeps_zeros:
        size = np.abs(A) @ np.abs(floats)
        cancels = (np.abs(M) <= 1e-9 * size) & ((size > 0) | (not keeps_zeros))
        doubtful = np.flatnonzero(cancels.any(axis=1))
        exact, e = rows.product(remaining[doubtful], N)
        for i, values in zip(doubtful, exact.tolist(), strict=True):
            M[i] = [float(Fraction(v) / r * Fraction(2) ** e) for v, r in zip(values, reach, strict=True)]
            keep[i] = any(values)
    M = M[keep]
    return _Face(N, remaining[keep], M / np.abs(M).max(axis=1, initial=1e-300)[:, None])


def _alternative(rows: SignedRows, face: _Face, first: IntArray) -> Integers | list[int] | None:
    """Return δ with aᵢᵀδ > 0 for all rows of the face, or the rows that carry a λ; None if it would take too long."""
    working = _start(face, first)
    batch = max(2 * face.N.shape[1], 50)
    for _ in range(_MAX_ROUNDS):
        program = _solve(face.M[working])
        if program.t <= 1e-13:
            break
        direction = _lift(face.N, program.u)
        wrong = np.flatnonzero(rows.signs(direction, face.rows) <= 0)
        if not wrong.size:
            return direction
        fresh = np.setdiff1d(wrong, working)
        if not fresh.size:
            break
        working = np.concatenate([working, _lowest(face, program.u, fresh, batch)])
    if face.N.shape[1] > _MAX_EXACT:
        return None
    carriers = working[program.multiplier > 1e-12]
    if _carry(rows, face, carriers):
        return [int(i) for i in face.rows[carriers]]
    return _exact_alternative(rows, face, _binding(face, working, program))


def _carry(rows: SignedRows, face: _Face, carriers: IntArray) -> bool:
    """Whether λ > 0 on just these rows is exact: one elimination, where the simplex method takes many."""
    if not 1 < carriers.size <= face.N.shape[1] + 1:
        return False
    kernel, _ = null_space(rows.product(face.rows[carriers], face.N)[0].T)
    return kernel.shape[1] == 1 and (bool(np.all(kernel > 0)) or bool(np.all(kernel < 0)))


def _exact_alternative(rows: SignedRows, face: _Face, working: IntArray) -> Integers | list[int]:
    """The same without floats, on rows that grow by those that the last direction leaves on the wrong side."""
    while True:
        exact, _ = rows.product(face.rows[working], face.N)
        small = np.array([primitive(row) for row in exact.astype(object)], dtype=object)
        found = gordan(small)
        if found.direction is None:
            return [int(face.rows[working[k]]) for k in found.support]
        direction = primitive(exact_product(face.N, found.direction))
        wrong = np.flatnonzero(rows.signs(direction, face.rows) <= 0)
        if not wrong.size:
            return direction
        scaled = [int(d) * r for d, r in zip(found.direction, _reach(face.N), strict=True)]
        u = np.array([d / max(map(abs, scaled)) for d in scaled])
        worst = _lowest(face, u, np.setdiff1d(wrong, working), face.N.shape[1] + 5)
        working = np.concatenate([worst, working])


def _start(face: _Face, first: IntArray) -> IntArray:
    """The rows to begin with that are still in the face, and a spread of others."""
    wanted = np.flatnonzero(np.isin(face.rows, first))
    spread = np.arange(0, len(face.rows), max(1, len(face.rows) // 50))
    return np.union1d(wanted, spread)


def _solve(M: FloatArray) -> _Program:
    """Maximise t subject to M u ≥ t and Σ|u| ≤ 1, which favours directions with few columns."""
    from scipy.optimize import linprog

    n, q = M.shape
    constraints = np.vstack([np.hstack([-M, M, np.ones((n, 1))]), np.r_[np.ones(2 * q), 0.0]])
    result = linprog(
        np.r_[np.zeros(2 * q), -1.0],
        A_ub=constraints,
        b_ub=np.r_[np.zeros(n), 1.0],
        bounds=(0, None),
        method="highs-ds",
    )
    if result.x is None:  # out of memory or time: propose nothing, and leave the decision to the integers
        return _Program(np.zeros(q), 0.0, np.ones(n))
    return _Program(result.x[:q] - result.x[q : 2 * q], float(result.x[-1]), -result.ineqlin.marginals[:n])


def _lift(N: Integers, u: FloatArray) -> Integers:
    """δ = Σ uₘ Nₘ / reachₘ, times a power of two; u is taken to 40 bits so that δ stays short."""
    short = [round(float(v) * 2**40) for v in u / np.abs(u).max()]
    reach = _reach(N)
    if max(reach) == 1:
        return primitive(exact_product(N, np.array(short, dtype=object)))
    weights = [(v * max(reach) << 64) // r for v, r in zip(short, reach, strict=True)]
    return primitive(exact_product(N, np.array(weights, dtype=object)))


def _reach(N: Integers) -> list[int]:
    """The largest element of each column."""
    return [max(abs(int(a)) for a in column) for column in N.T]


def _lowest(face: _Face, u: FloatArray, among: IntArray, count: int) -> IntArray:
    """Of some rows, the `count` most on the wrong side."""
    return among[np.argsort(face.M[among] @ u, kind="stable")[:count]]


def _binding(face: _Face, working: IntArray, program: _Program) -> IntArray:
    """The rows that bind the program: those with multipliers first, then by slack, a few per dimension."""
    slack = face.M[working] @ program.u - program.t
    carries = program.multiplier > 1e-12
    order = np.lexsort([slack, ~carries])
    near = order[(carries | (slack <= _TIGHT))[order]]
    return working[near[: 3 * face.N.shape[1] + 10]]


__all__ = ["partition"]
