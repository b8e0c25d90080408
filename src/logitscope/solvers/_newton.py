"""Newton's method with step-halving, column by column.

It knows the objective's gradient and Hessian; it never knows who watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.steps import Step

_HALVINGS = 40


@dataclass(frozen=True)
class Newton:
    """update = −t H⁻¹ g with t halved until the objective falls (Boyd and Vandenberghe 2004, algorithm 9.5).

    Directions of no or negative curvature, which squared error has, are followed with the absolute curvature, floored
    at a fraction of the largest: never uphill.
    """

    name: ClassVar[str] = "newton"

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one an epoch.

        Raises
        ------
        IncompatibleError
            For softmax, whose Hessian couples the columns, and for an L1 penalty.
        """
        if any(objective.pointwise.column(j).activation.couples_columns for j in range(objective.n_columns)):
            raise IncompatibleError(
                "Cannot use `solver='newton'` with softmax: it needs columns that do not see each other."
                " Choose an elementwise activation (one-vs-rest) or an optimizer."
            )
        if not objective.penalty.is_smooth:
            raise IncompatibleError(
                "Cannot use `solver='newton'` with `l1_ratio` > 0: it needs a smooth penalty."
                " Choose 'gd', 'momentum' or 'nesterov'."
            )
        for epoch in count():
            evaluation = objective.evaluate(params)
            inverse = np.stack([_inverse(objective.hessian(params, j)) for j in range(objective.n_columns)], axis=-1)
            direction = -np.einsum("ijm,jm->im", inverse, evaluation.gradient)
            length = _halved(objective, params, direction, evaluation.loss)
            new_params = params + length * direction
            yield Step(epoch, epoch, True, None, evaluation, params, new_params, length, inverse, None, None)
            params = new_params


def _inverse(hessian: FloatArray) -> FloatArray:
    """|H|⁻¹, with curvatures below 1e-12 of the largest raised to it."""
    if not np.isfinite(hessian).all():
        return np.full_like(hessian, np.nan)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    floor = max(1e-12 * float(np.abs(values).max(initial=0.0)), np.finfo(float).tiny)
    inverse: FloatArray = (vectors / np.maximum(np.abs(values), floor)) @ vectors.T
    return inverse


def _halved(objective: Objective, params: FloatArray, direction: FloatArray, loss: FloatArray) -> FloatArray:
    """Halve each column's step until its objective does not rise; a column that cannot move stays."""
    length = np.ones(objective.n_columns)
    allowed = loss + 1e-14 * np.abs(loss)  # at the optimum, rounding decides which of two values is larger
    for _ in range(_HALVINGS):
        rises = ~(objective.value(params + length * direction) <= allowed)
        if not rises.any():
            return length
        length = np.where(rises, length / 2, length)
    return np.where(rises, 0.0, length)


__all__ = ["Newton"]
