"""Residuals of each sample at a fit, in forms that survive saturation.

It knows probabilities, labels and leverages; it never knows the rows of X.
"""

import numpy as np

from logitscope._typing import FloatArray
from logitscope.influence._curvature import Removed, Share
from logitscope.objective import Objective


def pearson(objective: Objective, z: FloatArray) -> FloatArray:
    """√s (y − p)/√(p q) as y √(q/p) − (1 − y) √(p/q), which does not cancel; for softmax the size."""
    phi, y = objective.pointwise.column(0).activation, objective.target
    p, q = phi.probability(z), phi.complement(z)
    with np.errstate(all="ignore"):
        if phi.couples_columns:
            off = np.where(y == 0, p, np.square(y * q - (1 - y) * p) / p)
            return np.sqrt(objective.weights * off.sum(axis=1))
        up, down = np.where(y > 0, y * np.sqrt(q / p), 0.0), np.where(y < 1, (1 - y) * np.sqrt(p / q), 0.0)
    residual: FloatArray = np.sqrt(objective.weights) * (up - down)[:, 0]
    return residual


def studentized(objective: Objective, z: FloatArray, share: Share, removed: Removed) -> FloatArray:
    """Pearson's residual over √(1 − h); for softmax √(gᵀ (C − C Q C)⁻¹ g), which is gᵀ C⁻¹ g + gᵀ Q (1 − C Q)⁻¹ g."""
    residual = pearson(objective, z)
    with np.errstate(all="ignore"):
        if objective.pointwise.column(0).activation.couples_columns:
            added = float(objective.weights.sum()) * np.einsum("na,na->n", share.slope, removed.step_z)
            return np.sqrt(np.square(residual) + added)
        scaled: FloatArray = residual / np.sqrt(1 - removed.leverage)
    return scaled


def probability_change(objective: Objective, z: FloatArray, d_z: FloatArray) -> FloatArray:
    """Change of the probability with that of z, to first order: p′ dz; for softmax pₖ (dzₖ − Σⱼ pⱼ dzⱼ)."""
    phi = objective.pointwise.column(0).activation
    if not phi.couples_columns:
        slope: FloatArray = phi.derivative(z) / (phi.upper - phi.lower)
        return slope * d_z
    p = phi.probability(z)
    change: FloatArray = p * (d_z - (p * d_z).sum(axis=1, keepdims=True))
    return change


__all__ = ["pearson", "probability_change", "studentized"]
