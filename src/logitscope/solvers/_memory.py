"""The steps that a quasi-Newton method remembers, and the direction that they make of a gradient.

It knows steps and changes of gradients; it never knows what is minimised.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray

_CURVED = 1e-10  # cosine of a step and a change of the gradient, up to which they tell nothing
_LONG = 512  # entries from which BLAS is faster
_TINY = float(np.finfo(float).tiny)


class Dot:
    """Dot products a column, or one for all columns where these are coupled."""

    def __init__(self, is_joint: bool) -> None:
        self._joint = is_joint

    def __call__(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the products, (n_columns,)."""
        return self.total(np.einsum("pm,pm->m", a, b))

    def total(self, each: FloatArray) -> FloatArray:
        """Return the figure of each column, or of all columns together where these are coupled, (n_columns,)."""
        return np.full_like(each, each.sum()) if self._joint else each

    def together(self, each: BoolArray) -> BoolArray:
        """Return what is true of all columns that are coupled with one, (n_columns,)."""
        return np.full_like(each, each.all()) if self._joint else each

    def laid_out(self, a: FloatArray) -> FloatArray:
        """Return a vector where there is one product of all, (n_params · n_columns,), else (n_params, n_columns).

        What is one already stays one.
        """
        return a.reshape(-1) if self._joint or a.ndim == 1 or (a.shape[1] == 1 and len(a) >= _LONG) else a


class Pair(NamedTuple):
    """One remembered step s and the change y of the gradient over it; ρ is 1/sᵀy, 0 where it is forgotten."""

    s: FloatArray
    y: FloatArray
    rho: Any
    """A number where there is one dot product, else (n_columns,)."""


def remembered(s: FloatArray, y: FloatArray, dot: Dot) -> Pair:
    """Return the pair of a step and a change of the gradient; columns that curve the wrong way are forgotten."""
    s, y = dot.laid_out(s), dot.laid_out(y)
    if s.ndim == 1:
        known = np.dot(s, y).item()
        return Pair(s, y, 1.0 / known if known > _CURVED * sqrt(np.dot(s, s) * np.dot(y, y)) else 0.0)
    sy = _product(s, y)
    kept = sy > _CURVED * np.sqrt(_product(s, s) * _product(y, y))
    with np.errstate(divide="ignore"):
        return Pair(s, y, np.where(kept, 1.0 / np.where(kept, sy, 1.0), 0.0))


class Quasi(NamedTuple):
    """A Hessian, or what stands for it, with what steps since then tell of it."""

    history: list[Pair]
    first: Any
    """Solves for one: a preconditioner."""
    dot: Dot

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return H⁻¹ g, laid out like the gradient."""
        return -two_loops(gradient, self.history, self.dot, self.first.solve)


def two_loops(
    gradient: FloatArray, history: Sequence[Pair], dot: Dot, solve: Callable[[FloatArray], FloatArray]
) -> FloatArray:
    """Return −H g (Nocedal and Wright 2006, algorithm 7.4), starting from P⁻¹ = `solve`, scaled to the last step."""
    q = dot.laid_out(gradient)
    if q.ndim == 1:
        return _of_vectors(q, history, lambda v: solve(v.reshape(gradient.shape)).reshape(-1)).reshape(gradient.shape)
    q, buffer = q.copy(), np.empty_like(q)
    alphas = []
    for pair in reversed(history):
        alpha = pair.rho * _product(pair.s, q)
        _add(-alpha, pair.y, q, buffer)
        alphas.append(alpha)
    q = dot.laid_out(solve(q.reshape(gradient.shape)))
    if history:
        last = history[-1]
        yy = _product(last.y, dot.laid_out(solve(last.y.reshape(gradient.shape))))
        q = q * np.where((last.rho > 0) & (yy > 0), 1.0 / np.maximum(last.rho * yy, _TINY), 1.0)
    for pair, alpha in zip(history, reversed(alphas), strict=True):
        _add(alpha - pair.rho * _product(pair.y, q), pair.s, q, buffer)
    return np.negative(q, out=q).reshape(gradient.shape)


def _of_vectors(gradient: FloatArray, history: Sequence[Pair], solve: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """Return the same of vectors, in as few calls and passes over them as can be."""
    from scipy.linalg.blas import daxpy  # y ← a x + y, of which NumPy makes two passes

    q, alphas = gradient.copy(), []
    for s, y, rho in reversed(history):
        alpha = rho * np.dot(s, q)
        q = daxpy(y, q, a=-alpha)
        alphas.append(alpha)
    q = -solve(q)
    if history:
        _, y, rho = history[-1]
        yy = np.dot(y, solve(y))
        if rho > 0 and yy > 0:
            q *= 1.0 / max(rho * yy, _TINY)
    for (s, y, rho), alpha in zip(history, reversed(alphas), strict=True):
        q = daxpy(s, q, a=-alpha - rho * np.dot(y, q))
    return q


def _product(a: FloatArray, b: FloatArray) -> Any:
    return np.einsum("pm,pm->m", a, b)


def _add(factor: Any, vector: FloatArray, to: FloatArray, buffer: FloatArray) -> None:
    """Add of every column a multiple of its own."""
    to += np.multiply(vector, factor, out=buffer)


__all__ = ["Dot", "Pair", "Quasi", "remembered", "two_loops"]
