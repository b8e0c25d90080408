"""How curved a pointwise loss can get in z: the number that decides which step sizes are safe.

It reads a `Pointwise` and returns a bound; it never knows the data that multiply it.
"""

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray
from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES, Brier, CrossEntropy, Focal, SquaredError
from logitscope.pointwise._pair import Pointwise


class CurvatureBound(NamedTuple):
    """A bound on ∂²ℓ/∂z² over all z and both labels.

    `kind` says what holds:

    - "absolute": |∂²ℓ/∂z²| ≤ constant everywhere;
    - "relative": |∂²ℓ/∂z²| ≤ constant · (1 + ℓ), so that it is bounded wherever the loss is (cloglog with
      cross-entropy, where ℓ = e^z);
    - "none": no such bound exists (hard: the gradient jumps); the constant is the curvature at z = 0.
    """

    constant: float
    kind: Literal["absolute", "relative", "none"]


# Softmax. Cross-entropy: Böhning 1992 (½). Squared error ½|p − y|²: two classes attain it, at 4 times the bound of the
# sigmoid (a step in both z counts double, and so does the loss); a search over up to 8 classes finds no more.
_COUPLED: dict[type, float] = {CrossEntropy: 0.5, SquaredError: 0.308117140243, Brier: 0.616234280486}

_WINDOW, _FAR = 12.0, 600.0
_GROWTH = 1.05  # a maximum that grows by less than this from |z| <= 12 to |z| <= 600 has levelled off


def curvature_bound(pointwise: Pointwise) -> CurvatureBound:
    """Return the bound of an activation with a loss, found by a search over z and refined at its maximum.

    Examples
    --------
    >>> from logitscope.pointwise import get_pointwise
    >>> curvature_bound(get_pointwise("sigmoid", "cross_entropy"))
    CurvatureBound(constant=0.25, kind='absolute')
    >>> curvature_bound(get_pointwise("tanh", "cross_entropy"))
    CurvatureBound(constant=1.0, kind='absolute')
    """
    phi, loss = pointwise.activation, pointwise.loss
    # What a user wrote may change, or have no hash: only our own is remembered.
    is_ours = ACTIVATIONS.get(phi.name) is phi and type(loss) in map(type, LOSSES.values())
    return _remembered(pointwise) if is_ours else _search(pointwise)


def _search(pointwise: Pointwise) -> CurvatureBound:
    if pointwise.activation.couples_columns:
        return _coupled_bound(pointwise)
    z = np.concatenate([np.linspace(-_WINDOW, _WINDOW, 4801), np.geomspace(_WINDOW, _FAR, 200)])
    z = np.sort(np.concatenate([z, -z[-200:]]))
    near = np.abs(z) <= _WINDOW
    fine, coarse = _differences(pointwise, z, 1e-5), _differences(pointwise, z, 1e-4)
    if np.nanmax(fine[:, near]) > 3 * np.nanmax(coarse[:, near]):  # the gradient jumps: differences grow as 1/step
        return CurvatureBound(_at_zero(pointwise), "none")
    if np.nanmax(coarse) <= _GROWTH * np.nanmax(coarse[:, near]):
        largest = max(_refined(pointwise, z, coarse), _tail(coarse, near))
        return CurvatureBound(float(f"{largest:.12g}"), "absolute")  # the search is good to about 13 digits
    with np.errstate(all="ignore"):
        relative = coarse / (1 + np.stack([pointwise.value(z, np.full_like(z, y)) for y in (0.0, 1.0)]))
    if np.nanmax(relative) <= _GROWTH * np.nanmax(relative[:, near]):
        return CurvatureBound(1.001 * float(np.nanmax(relative)), "relative")
    return CurvatureBound(_at_zero(pointwise), "none")


_remembered = lru_cache(maxsize=256)(_search)


def _differences(pointwise: Pointwise, z: FloatArray, step: float) -> FloatArray:
    """|∂²ℓ/∂z²| for y = 0 and y = 1 by central differences of ∂ℓ/∂z: right where p underflows."""
    labels = (np.full_like(z, y) for y in (0.0, 1.0))
    return np.stack([np.abs(pointwise.differenced_curvature(z, label, step)) for label in labels])


def _tail(coarse: FloatArray, near: BoolArray) -> float:
    """A supremum that is only approached at infinity (probit: 1), with a margin; 0 if the maximum is inside."""
    outside = float(np.nanmax(coarse[:, ~near]))
    return 1.001 * outside if outside >= np.nanmax(coarse[:, near]) else 0.0


def _refined(pointwise: Pointwise, z: FloatArray, coarse: FloatArray) -> float:
    """The largest curvature near the best grid points, by zooming in with the exact second derivative."""
    best = 0.0
    for label, row in zip((0.0, 1.0), coarse, strict=True):
        center, radius = float(z[np.nanargmax(row)]), 0.05
        if abs(center) > _WINDOW:
            continue
        for _ in range(6):
            points = np.linspace(center - radius, center + radius, 201)
            curvature = np.abs(pointwise.curvature(points, np.full_like(points, label)))
            center, radius = float(points[np.nanargmax(curvature)]), radius / 50
            best = max(best, float(np.nanmax(curvature)))
    return best


def _at_zero(pointwise: Pointwise) -> float:
    zero = np.zeros(2)
    return float(np.max(np.abs(pointwise.curvature(zero, np.array([0.0, 1.0])))))


def _coupled_bound(pointwise: Pointwise) -> CurvatureBound:
    if type(pointwise.loss) in _COUPLED:
        return CurvatureBound(_COUPLED[type(pointwise.loss)], "absolute")
    if isinstance(pointwise.loss, Focal) and pointwise.loss.gamma >= 1:
        return CurvatureBound(_softmax_focal(pointwise.loss.gamma), "absolute")
    return CurvatureBound(0.5, "none")


def _softmax_focal(gamma: float) -> float:
    """Bound on |f″| |∇log p|² + |f′| |∇² log p| of f(log p) = −q^γ log p, with |∇log p|² <= 2q² and |∇²log p| <= ½."""
    log_p = -np.geomspace(1e-9, 700, 20001)
    p, q = np.exp(log_p), -np.expm1(log_p)
    slope = -(q**gamma) + gamma * q ** (gamma - 1) * p * log_p
    bend = gamma * q ** (gamma - 1) * p * (2 + log_p) - gamma * (gamma - 1) * q ** (gamma - 2) * p**2 * log_p
    return float(np.max(np.abs(bend) * 2 * q**2 + np.abs(slope) / 2))


__all__ = ["CurvatureBound", "curvature_bound"]
