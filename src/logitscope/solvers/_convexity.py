"""What is known of pairs of activation and loss beforehand: where the curvature has one sign, and who couples columns.

It knows kinds of pairs; it never knows data.
"""

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import ACTIVATIONS
from logitscope.activations._sigmoid import Sigmoid
from logitscope.activations._tanh import Tanh
from logitscope.losses import LOSSES, CrossEntropy
from logitscope.objective import Objective
from logitscope.pointwise import Pointwise

# The distribution functions whose logarithms are concave on both sides (Pratt 1981), and softmax.
_CONCAVE = tuple(type(ACTIVATIONS[name]) for name in ("sigmoid", "tanh", "probit", "cloglog", "loglog", "softmax"))
_CORNERED = ("hard",)


def is_coupled(objective: Objective) -> bool:
    """Whether an activation couples the columns (softmax)."""
    return any(objective.pointwise.column(j).activation.couples_columns for j in range(objective.n_columns))


def is_convex(objective: Objective) -> bool:
    """Whether every column is convex, so that a flat place is the minimum."""
    return all(_is_convex(objective.pointwise.column(j)) for j in range(objective.n_columns))


def _is_convex(pair: Pointwise) -> bool:
    return isinstance(pair.activation, _CONCAVE) and type(pair.loss) is CrossEntropy


def is_ours(objective: Objective) -> bool:
    """Whether every pair is a smooth one of our own: what a user wrote may be anything."""
    pairs = {id(pair): pair for pair in (objective.pointwise.column(j) for j in range(objective.n_columns))}
    return all(
        ACTIVATIONS.get(pair.activation.name) is pair.activation
        and pair.activation.name not in _CORNERED
        and type(pair.loss) in map(type, LOSSES.values())
        and (_is_convex(pair) or not pair.activation.couples_columns)
        for pair in pairs.values()
    )


def bend(pair: Pointwise, z: FloatArray, y: FloatArray, slope: FloatArray | None = None) -> FloatArray:
    """Return ∂²ℓ/∂z² of each sample where it is never negative, otherwise its expectation over y (Fisher), >= 0.

    Parameters
    ----------
    slope : ndarray, optional
        ∂ℓ/∂z at z and y, from which the curvature of sigmoid and tanh needs no other exponential.
    """
    if slope is not None and type(pair.loss) is CrossEntropy:
        if isinstance(pair.activation, Sigmoid):
            p = slope + y
            return np.asarray(p - p * p)
        if isinstance(pair.activation, Tanh):
            p = slope / 2 + y
            return np.asarray(4 * (p - p * p))
    with np.errstate(all="ignore"):
        label = y if _is_convex(pair) else pair.activation.probability(z)
        return np.maximum(np.nan_to_num(pair.curvature(z, label), posinf=0.0, neginf=0.0), 0.0)


def exact_bend(pair: Pointwise, z: FloatArray, y: FloatArray) -> FloatArray:
    """Return ∂²ℓ/∂z² of each sample, of either sign."""
    if _is_convex(pair) and isinstance(pair.activation, Sigmoid | Tanh):
        return bend(pair, z, y, pair.value_and_grad(z, y).grad_z)  # a third of the time of the slope alone
    with np.errstate(all="ignore"):
        return np.nan_to_num(pair.curvature(z, y), posinf=0.0, neginf=0.0)


__all__ = ["bend", "exact_bend", "is_convex", "is_coupled", "is_ours"]
