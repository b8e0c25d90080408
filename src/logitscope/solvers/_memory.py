"""The steps that a quasi-Newton method remembers, and the direction that they make of a gradient.

It knows steps and changes of gradients; it never knows what is minimised.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray

_LONG = 512  # entries from which BLAS is faster
_TINY = float(np.finfo(float).tiny)


class Dot:
    """Dot products a column, or one for all columns where these are coupled."""

    def __init__(self, is_joint: bool) -> None:
        self._joint = is_joint

    def __call__(self, a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the products, (n_columns,)."""
        if a.shape[1] == 1 and len(a) >= _LONG:
            return np.dot(a[:, 0], b)
        each: FloatArray = np.einsum("pm,pm->m", a, b)
        return np.full_like(each, each.sum()) if self._joint else each


class Pair(NamedTuple):
    """One remembered step s and the change y of the gradient over it; ρ is 1/sᵀy, 0 where it is forgotten."""

    s: FloatArray
    y: FloatArray
    rho: FloatArray


def remembered(s: FloatArray, y: FloatArray, dot: Dot) -> Pair:
    """Return the pair of a step and a change of the gradient; columns that curve the wrong way are forgotten."""
    sy = dot(s, y)
    kept = sy > 1e-10 * np.sqrt(dot(s, s) * dot(y, y))
    with np.errstate(divide="ignore"):
        return Pair(s, y, np.where(kept, 1.0 / np.where(kept, sy, 1.0), 0.0))


def two_loops(
    gradient: FloatArray, history: Sequence[Pair], dot: Dot, solve: Callable[[FloatArray], FloatArray] | None
) -> FloatArray:
    """Return −H g (Nocedal and Wright 2006, algorithm 7.4), starting from `solve`, scaled to the last step."""
    if gradient.shape[1] == 1 and len(gradient) >= _LONG and solve is not None:
        return _one_column(gradient, history, solve)
    q = gradient.copy()
    alphas = []
    for pair in reversed(history):
        alpha = pair.rho * dot(pair.s, q)
        q -= alpha * pair.y
        alphas.append(alpha)
    if solve is not None:
        q = solve(q)
    if history:
        last = history[-1]
        yy = dot(last.y, last.y if solve is None else solve(last.y))
        q *= np.where((last.rho > 0) & (yy > 0), 1.0 / np.maximum(last.rho * yy, _TINY), 1.0)
    for pair, alpha in zip(history, reversed(alphas), strict=True):
        q += (alpha - pair.rho * dot(pair.y, q)) * pair.s
    return -q


def _one_column(gradient: FloatArray, history: Sequence[Pair], solve: Callable[[FloatArray], FloatArray]) -> FloatArray:
    """The same of vectors, without arrays for every number: long ones are read as few times as it takes."""
    q = gradient[:, 0].copy()
    alphas = []
    for pair in reversed(history):
        alpha = float(pair.rho[0]) * float(np.dot(pair.s[:, 0], q))
        q -= alpha * pair.y[:, 0]
        alphas.append(alpha)
    q = solve(q[:, None])[:, 0]
    if history:
        last = history[-1]
        yy = float(np.dot(last.y[:, 0], solve(last.y)[:, 0]))
        if last.rho[0] > 0 and yy > 0:
            q *= 1.0 / max(float(last.rho[0]) * yy, _TINY)
    for pair, alpha in zip(history, reversed(alphas), strict=True):
        q += (alpha - float(pair.rho[0]) * float(np.dot(pair.y[:, 0], q))) * pair.s[:, 0]
    return -q[:, None]


__all__ = ["Dot", "Pair", "remembered", "two_loops"]
