"""A proof in floats, with its rounding errors bounded, that no direction separates; and a scout that looks for one.

It knows signed rows and positive numbers on them; it never knows labels, links or rationals.
"""

import numpy as np

from logitscope._typing import FloatArray
from logitscope.separation._rows import UNIT

_SCOUT_ITERATIONS = 25
_PATIENCE = 12  # iterations; later ones must still gain, or settle
_ATTEMPTS = 3  # proofs tried; more fail for the same reason, a lack of rank


def overlaps(A: FloatArray, pull: FloatArray) -> bool:
    """Prove from positive numbers λ on the rows that {δ : Aδ ≥ 0} is {0}; False proves nothing.

    Let Λ = diag(λ), H = AᵀΛA be positive definite and u = H⁻¹Aᵀλ. Then μ = λ ∘ (1 − Au) solves Aᵀμ = 0, and
    μ > 0 if max |Au| < 1. By Stiemke's theorem Aδ ≥ 0 then implies Aδ = 0, and δ = 0 as the rank is full.
    λ = σ(−margin) of any logistic fit that is near its optimum has u ≈ 0: no exact arithmetic is needed.

    The bounds are a priori ones (Higham 2002, sections 3.1 and 3.5), with the elements of A within one rounding
    of the true rows; 1/2 stands for 1.

    Parameters
    ----------
    A : ndarray of shape (n_rows, n_columns)
        Signed rows, elements at most 1.
    pull : ndarray of shape (n_rows,)
        λ ≥ 0; rows of 0 are left out.
    """
    support = np.flatnonzero((pull > 0) & np.isfinite(pull))
    if support.size < A.shape[1] or not A.shape[1]:
        return False
    if support.size < A.shape[0]:
        A, pull = A[support], pull[support]
    n, p = A.shape
    pull = pull / pull.max()
    if pull.min() < 1e-250:  # keeps every product below clear of underflow
        return False
    weighted = A * pull[:, None]
    H, g = A.T @ weighted, weighted.sum(axis=0)
    squares = np.einsum("ij,ij->i", A, A)
    rounding = 2 * (n + p + 10) * UNIT
    H_error = rounding * (float(pull @ squares) + 1e-200)
    g_error = rounding * float(np.linalg.norm(np.abs(weighted).sum(axis=0)) + 1e-200)
    smallest = float(np.linalg.eigvalsh(H)[0]) - H_error - 20 * p * UNIT * float(np.trace(H))
    if not smallest > 0:
        return False
    u = np.linalg.solve(H, g)
    length = float(np.linalg.norm(u))
    residual = float(np.linalg.norm(g - H @ u)) + g_error + H_error * length
    residual += 2 * (p + 2) * UNIT * float(np.linalg.norm(np.abs(g) + np.abs(H) @ np.abs(u)))
    u_error = residual / smallest + 2 * (p + 4) * UNIT * length
    reach = np.abs(A @ u) + 1.001 * np.sqrt(squares) * u_error
    return bool(reach.max() < 0.5)


def scout(A: FloatArray) -> tuple[bool, FloatArray]:
    """Fit logistic regression by Newton's method until the fit proves an overlap, or puts every row right.

    Returns
    -------
    overlap : bool
        Whether `overlaps` holds at the last fit.
    params : ndarray of shape (n_columns,)
        The last fit.
    """
    n, p = A.shape
    params = np.zeros(p)
    margin = np.zeros(n)
    loss = n * np.log(2.0)
    if not p:
        return False, params
    attempts = 0
    for iteration in range(_SCOUT_ITERATIONS):
        pull = _falling(margin)
        curvature = pull * (1 - pull)
        H = A.T @ (A * curvature[:, None])
        H[np.diag_indices(p)] += 1e-12 * np.trace(H) / p + 1e-300
        step = np.linalg.solve(H, A.T @ pull)
        moved = A @ step
        scale = 1.0
        while (trial := _loss(margin + scale * moved)) > loss and scale > 1e-6:
            scale /= 2
        if scale <= 1e-6:
            break
        stalls = iteration >= _PATIENCE and loss - trial < 1e-5 * loss
        params, margin, loss = params + scale * step, margin + scale * moved, trial
        if margin.min() > 0:
            break
        if scale == 1.0 and np.abs(moved).max() < 0.5:
            if overlaps(A, _falling(margin)):
                return True, params
            attempts += 1
        elif stalls:  # quasi-complete separation: a few rows gain 1 an iteration, the others nothing
            break
        if attempts == _ATTEMPTS:
            break
    return False, params


def _falling(margin: FloatArray) -> FloatArray:
    """σ(−m)."""
    with np.errstate(over="ignore"):
        result: FloatArray = 1 / (1 + np.exp(np.minimum(margin, 700.0)))
    return result


def _loss(margin: FloatArray) -> float:
    return float(np.logaddexp(0, -margin).sum())


__all__ = ["overlaps", "scout"]
