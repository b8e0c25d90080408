"""The maximum of a likelihood and both informations there, as square roots of their inverses.

It works in coordinates that are given to it, in which it makes the expected information the identity; it never knows
the user's units.
"""

from typing import NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._information import design, information_factor, information_weights

_POLISHINGS = 4
_CLOSE = 1e-13


class Maximum(NamedTuple):
    """A likelihood where it is largest.

    Attributes
    ----------
    loss : float
        −log L/Σ s.
    total : float
        Σ s.
    factor : ndarray of shape (n_params, n_params)
        R with RᵀR the expected information of one observation.
    root_expected, root_observed : ndarray of shape (n_params, n_params)
        K with K Kᵀ the covariance of the parameters.
    start_distance : float
        How far from the maximum the search began, in standard errors: √(δᵀ I δ).
    """

    loss: float
    total: float
    factor: FloatArray
    root_expected: FloatArray
    root_observed: FloatArray
    start_distance: float


class _Place(NamedTuple):
    """A likelihood at some parameters."""

    loss: float
    factor: FloatArray
    inverse: FloatArray
    """R⁻¹: rows times it are in coordinates in which the expected information is the identity."""
    lower: FloatArray
    """Cholesky factor of the observed information in these coordinates."""
    step: FloatArray
    """Newton's step, in the coordinates of the parameters."""
    decrement: float


def climb(objective: Objective, params: FloatArray) -> Maximum:
    """Return the maximum near `params`, from a few Newton steps.

    Raises
    ------
    IncompatibleError
        Where the information is singular in floating point, or the likelihood does not bend down.
    """
    total = float(objective.weights.sum())
    place = _place(objective, params)
    start = place
    for _ in range(_POLISHINGS):
        if not _CLOSE < place.decrement * np.sqrt(total) < 1.0:  # done, or too far off to be worth it
            break
        params = params + place.step
        new = _place(objective, params)
        if not new.decrement < place.decrement:
            break
        place = new
    size = np.sqrt(total)
    return Maximum(
        place.loss,
        total,
        place.factor,
        place.inverse / size,
        place.inverse @ np.linalg.inv(place.lower).T / size,
        start.decrement * size,
    )


def _place(objective: Objective, params: FloatArray) -> _Place:
    seen = objective.evaluate(params)
    factor = information_factor(objective, information_weights(objective, seen.z))
    inverse = _inverse(factor)
    try:
        lower = np.linalg.cholesky(_observed(objective, seen.z, inverse))
    except np.linalg.LinAlgError as error:
        raise IncompatibleError(
            "Cannot infer from these coefficients: the observed information is not positive definite there, so they"
            " do not maximise the likelihood. Give the data of the fit, and fit with solver='newton'."
        ) from error
    slope = np.linalg.solve(lower, inverse.T @ seen.gradient[:, 0])
    step = -inverse @ np.linalg.solve(lower.T, slope)
    return _Place(float(seen.loss[0]), factor, inverse, lower, step[:, None], float(np.linalg.norm(slope)))


def _inverse(factor: FloatArray) -> FloatArray:
    """R⁻¹, with columns of R scaled to length 1 first.

    Raises
    ------
    IncompatibleError
        If the columns are collinear as far as 15 digits tell.
    """
    length = np.sqrt(np.square(factor).sum(axis=0))
    if np.isfinite(length).all() and (length > 0).all():
        scaled = factor / length
        if 1.0 / np.linalg.cond(scaled) > 64 * np.finfo(float).eps:
            inverse: FloatArray = np.linalg.inv(scaled) / length[:, None]
            return inverse
    raise IncompatibleError(
        "Cannot infer from these coefficients: the expected information is singular in floating point. Columns are"
        " collinear among themselves or with the intercept, or every probability is 0 or 1. Leave columns out, or"
        " fit again with solver='newton'."
    )


def _observed(objective: Objective, z: FloatArray, inverse: FloatArray) -> FloatArray:
    """Return Σ sᵢ/Σs ∂²ℓ/∂z² of the rows in the coordinates of the expected information."""
    pair, share = objective.pointwise.column(0), objective.share()
    with np.errstate(all="ignore"):
        bend = np.nan_to_num(pair.curvature(z, objective.target)[:, 0], posinf=0.0, neginf=0.0) * share
    observed = np.zeros(inverse.shape)
    for positions, rows in design(objective):
        own = rows @ inverse
        observed += own.T @ (bend[positions, None] * own)
    return (observed + observed.T) / 2


__all__ = ["Maximum", "climb"]
