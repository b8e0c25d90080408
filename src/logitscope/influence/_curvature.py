"""The curvature of an objective around its optimum, and how much of it each sample holds.

It works in coordinates that are given to it, one column or coupled ones; it never knows the user's units.
"""

from typing import NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._information import design, information_weights


class Share(NamedTuple):
    """What each sample has a share of, in the m directions of z that matter (1, or classes less one for softmax).

    Attributes
    ----------
    slope : ndarray of shape (n_samples, m)
        sᵢ/Σs ∂ℓᵢ/∂z.
    bend : ndarray of shape (n_samples, m, m)
        Cᵢ = sᵢ/Σs ∂²ℓᵢ/∂z², or its expectation.
    """

    slope: FloatArray
    bend: FloatArray


class Removed(NamedTuple):
    """What leaving out each sample does, by one Newton step; NaN where nothing is left that holds the parameters.

    Attributes
    ----------
    leverage : ndarray of shape (n_samples,)
        tr Cᵢ Qᵢ with Qᵢ = x̃ᵢᵀ M⁻¹ x̃ᵢ.
    reach : ndarray of shape (n_samples, m, m)
        Qᵢ.
    step : ndarray of shape (n_samples, n_free)
        Change of the parameters, in coordinates in which the curvature M is the identity.
    step_z : ndarray of shape (n_samples, m)
        Change of the sample's own z.
    """

    leverage: FloatArray
    reach: FloatArray
    step: FloatArray
    step_z: FloatArray


def basis(objective: Objective) -> FloatArray:
    """Return the directions of z that the loss sees, (n_columns, m), orthonormal.

    Softmax does not change if one number is added to all z of a sample: its directions are those that sum to 0.
    """
    if not objective.pointwise.column(0).activation.couples_columns:
        return np.eye(1)
    k = objective.n_columns
    return np.linalg.qr(np.column_stack([np.ones(k), np.eye(k)[:, : k - 1]]))[0][:, 1:]


def shares(objective: Objective, params: FloatArray, B: FloatArray, *, expected: bool) -> Share:
    """Return slope and curvature of every sample at some parameters."""
    z, pair, share = objective.z(params), objective.pointwise.column(0), objective.share()
    slope = share[:, None] * (pair.grad_z(z, objective.target) @ B)
    if pair.activation.couples_columns:  # cross-entropy: diag p − p pᵀ, whatever the label
        p = pair.activation.probability(z)
        seen = p @ B
        bend = np.einsum("nk,ka,kb->nab", p, B, B) - seen[:, :, None] * seen[:, None, :]
        return Share(slope, share[:, None, None] * bend)
    if expected:
        return Share(slope, information_weights(objective, z)[:, None, None])
    with np.errstate(all="ignore"):
        curved = share * np.nan_to_num(pair.curvature(z, objective.target)[:, 0], posinf=0.0, neginf=0.0)
    return Share(slope, curved[:, None, None])


def root_of_inverse(objective: Objective, bend: FloatArray) -> FloatArray:
    """Return K with K Kᵀ = M⁻¹, M the curvature of the objective with its penalty, (n_params, m, n_params · m).

    Raises
    ------
    IncompatibleError
        Where M is not positive definite in floating point.
    """
    q, m = objective.n_params, bend.shape[1]
    M = np.zeros((q, m, q, m))
    for positions, rows in design(objective):
        for a in range(m):
            for b in range(m):
                M[:, a, :, b] += rows.T @ (bend[positions, a, b, None] * rows)
    p = objective.source.n_features
    ridge = np.broadcast_to(objective.penalty.curvature(), (p, objective.n_columns))[:, 0]
    for a in range(m):
        M[np.arange(p), a, np.arange(p), a] += ridge
    whole = M.reshape(q * m, q * m)
    diagonal = np.diagonal(whole)
    if np.isfinite(whole).all() and (diagonal > 0).all():
        unit = 1 / np.sqrt(diagonal)
        try:
            lower = np.linalg.cholesky(unit[:, None] * (whole + whole.T) / 2 * unit)
        except np.linalg.LinAlgError:
            pass
        else:
            return (unit[:, None] * np.linalg.inv(lower).T).reshape(q, m, q * m)
    raise IncompatibleError(
        "Cannot measure influence at these coefficients: the curvature of the objective is not positive definite"
        " there, so that they are at no minimum. Separated classes have none (fit with alpha > 0); else give the data"
        " of the fit, and fit with solver='newton'."
    )


def remove_each(objective: Objective, share: Share, root: FloatArray) -> Removed:
    """Return what leaving out each sample does to the minimum of the quadratic with this curvature.

    Notes
    -----
    Without sample i the slope is −x̃ᵢ gᵢ and the curvature M − x̃ᵢ Cᵢ x̃ᵢᵀ, so that the step to the new minimum is
    M⁻¹ x̃ᵢ (1 − Cᵢ Qᵢ)⁻¹ gᵢ (Pregibon 1981, section 4; Lesaffre and Albert 1989 for several classes).
    """
    n, m = share.slope.shape
    n_free = root.shape[2]
    reach, step = np.empty((n, m, m)), np.empty((n, n_free))
    own = np.empty((n, m))
    for positions, rows in design(objective):
        seen = (rows @ root.reshape(len(root), -1)).reshape(len(rows), m, n_free)
        Q = seen @ seen.transpose(0, 2, 1)
        reach[positions] = Q
        own[positions] = _solved(np.eye(m) - share.bend[positions] @ Q, share.slope[positions])
        step[positions] = np.einsum("naf,na->nf", seen, own[positions])
    return Removed(np.einsum("nab,nba->n", share.bend, reach), reach, step, np.einsum("nab,nb->na", reach, own))


def _solved(matrices: FloatArray, right: FloatArray) -> FloatArray:
    """Solve one small system a sample; NaN where the determinant is 0 or negative."""
    if matrices.shape[1] == 1:
        pivot = matrices[:, 0]
        with np.errstate(all="ignore"):
            return np.where(pivot > 0, right / pivot, np.nan)
    usable = np.linalg.det(matrices) > 0
    out = np.full(right.shape, np.nan)
    out[usable] = np.linalg.solve(matrices[usable], right[usable, :, None])[..., 0]
    return out


__all__ = ["Removed", "Share", "basis", "remove_each", "root_of_inverse", "shares"]
