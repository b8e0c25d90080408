"""What softmax's classes have in common: the same added to all of them, which changes no probability.

It knows gradients and Hessians, class by class; it never knows rows.
"""

from dataclasses import dataclass

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import is_coupled
from logitscope.solvers._preconditioner import Preconditioner


def balanced(objective: Objective, params: FloatArray, gradient: FloatArray) -> FloatArray:
    """Return a gradient whose part along what classes share is the penalty's alone; elementwise, as it is.

    The loss has none: its gradients sum to 0 over the classes. What rounding leaves of them would be a long step where
    the penalty is small, for nothing else holds the parameters there. The largest takes it up, which has no use for the
    digits.
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
    """A preconditioner of classes for what tells them apart, and the penalty for what they share.

    One that has a matrix a class turns the first into the second, where there is next to no curvature.
    """

    first: Preconditioner
    ridge: FloatArray
    """Curvature of the penalty, (n_params, n_columns), the same for every class."""

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        shared = gradient.mean(axis=1, keepdims=True)
        out = self.first.solve(gradient - shared)
        out -= out.mean(axis=1, keepdims=True)
        ridge = self.ridge[:, :1]
        return np.asarray(out + np.where(ridge > 0, shared / np.where(ridge > 0, ridge, 1.0), 0.0))


__all__ = ["Apart", "balanced"]
