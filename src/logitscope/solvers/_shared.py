"""What softmax's classes have in common: the same added to all of them, which changes no probability.

It knows gradients and Hessians, class by class; it never knows rows.
"""

from dataclasses import dataclass

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import is_coupled
from logitscope.solvers._preconditioner import Preconditioner


def centred(objective: Objective, params: FloatArray) -> FloatArray:
    """Return parameters of which classes share nothing where a penalty pulls; elementwise, as they are.

    There the optimum has no such part, and to take it away changes no probability. Next to the curvature of the loss
    that of the penalty may be below rounding: no gradient tells such a part then.
    """
    if not is_coupled(objective) or not objective.penalty.is_smooth or objective.penalty.is_zero:
        return params
    p, out = objective.source.n_features, params.copy()
    out[:p] -= out[:p].mean(axis=1, keepdims=True)
    return out


def balanced(objective: Objective, params: FloatArray, gradient: FloatArray) -> FloatArray:
    """Return a gradient whose part along what classes share is the penalty's alone; elementwise, as it is.

    The loss has none: its gradients sum to 0 over the classes. What rounding leaves of them the largest takes up, which
    has no use for the digits.
    """
    if not (is_coupled(objective) and objective.penalty.is_smooth):
        return gradient
    p = objective.source.n_features
    pulled = np.zeros_like(gradient)
    pulled[:p] = objective.penalty.gradient(params[:p])
    own = gradient - pulled
    largest = np.arange(len(own)), np.abs(own).argmax(axis=1)
    own[largest] -= own.sum(axis=1)
    return np.asarray(own + pulled)


@dataclass(frozen=True, eq=False)
class Apart:
    """A preconditioner of classes, for what tells them apart: of what they share it makes nothing, and nothing of it.

    A matrix a class turns the one into the other, where there is next to no curvature.
    """

    first: Preconditioner

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        out = self.first.solve(gradient - gradient.mean(axis=1, keepdims=True))
        out -= out.mean(axis=1, keepdims=True)
        return out


__all__ = ["Apart", "balanced", "centred"]
