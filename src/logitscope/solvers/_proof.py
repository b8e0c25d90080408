"""How far parameters are from the optimum, by the exact Hessian: factorised, or by products with it alone.

It knows Hessians and gradients; it never makes a step that anybody sees.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._memory import Dot
from logitscope.solvers._preconditioner import Preconditioner

_CHUNK = 2**14
_PRODUCTS, _FEW = 200, 6
ENOUGH = 1e-2  # relative error of Newton's step that says how long it is, where a tenth would not with a poor P


class NewtonStep(NamedTuple):
    """Newton's step and decrement, (n_params, n_columns) and (n_columns,)."""

    direction: FloatArray
    decrement: FloatArray
    is_positive: bool
    """Whether every curvature met on the way was positive."""
    has_converged: bool = True
    """Whether it is as close to Newton's step as was asked for."""


def newton_step(
    product: Callable[[FloatArray], FloatArray],
    gradient: FloatArray,
    preconditioner: Preconditioner,
    dot: Dot,
    enough: float = ENOUGH,
) -> NewtonStep:
    """Solve H d = −g by preconditioned conjugate gradients, all columns side by side.

    Parameters
    ----------
    product : callable
        v ↦ H v.
    enough : float
        Relative error, as the preconditioner sees it, at which to end; after more than a few products, of which a poor
        one is the cause, no more than `ENOUGH`.

    Notes
    -----
    Nocedal and Wright 2006, algorithm 5.3. With P close to H two to four products are enough; the decrement
    √(−gᵀ d) is right to the square of the error.
    """
    d, r = np.zeros_like(gradient), -gradient
    with np.errstate(all="ignore"):
        q = preconditioner.solve(r)
        rq = dot(r, q)
        first, p = rq, q
        is_positive, has_converged = True, False
        for n in range(_PRODUCTS):
            hp = product(p)
            bent = dot(p, hp)
            is_positive &= bool((bent[rq > 0] > 0).all())
            if not is_positive:
                break
            length = np.where(rq > 0, rq / np.where(bent > 0, bent, 1.0), 0.0)
            d, r = d + length * p, r - length * hp
            q = preconditioner.solve(r)
            new = dot(r, q)
            error = enough if n < _FEW else min(enough, ENOUGH)
            has_converged = bool((new <= error**2 * first).all())
            if has_converged:
                break
            p = q + np.where(rq > 0, new / np.where(rq > 0, rq, 1.0), 0.0) * p
            rq = new
        decrement = np.sqrt(np.maximum(-dot(d, gradient), 0.0))
    return NewtonStep(d, decrement, is_positive, has_converged)


def rough_pull(objective: Objective, z: FloatArray) -> FloatArray:
    """Return `mean_pull` to about a percent, from some of the rows."""
    some = slice(None, None, len(z) // _CHUNK + 1)
    share = objective.share()[some]
    with np.errstate(all="ignore"):
        slope = objective.pointwise.value_and_grad(z[some], objective.target[some]).grad_z
        return np.maximum(share @ np.abs(slope) / share.sum(), np.finfo(float).tiny)


def mean_pull(objective: Objective, z: FloatArray) -> FloatArray:
    """Return Σ sᵢ |∂ℓ/∂zᵢ|/Σ s of every column, (n_columns,), a few rows at a time."""
    share, total = objective.share(), np.zeros(z.shape[1])
    with np.errstate(all="ignore"):
        for start in range(0, len(z), _CHUNK):
            rows = slice(start, start + _CHUNK)
            slope = objective.pointwise.value_and_grad(z[rows], objective.target[rows]).grad_z
            total += share[rows] @ np.abs(slope)
    return np.maximum(total, np.finfo(float).tiny)


__all__ = ["ENOUGH", "NewtonStep", "mean_pull", "newton_step", "rough_pull"]
