"""Newton's method by products with the Hessian, for classes whose Hessian together is too large to be inverted.

It knows the block of every class, and solves for all by conjugate gradients; it never forms the matrix.
"""

from collections.abc import Iterator
from itertools import count

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._coordinates import choose_coordinates
from logitscope.solvers._descent import look, relative_length, searched
from logitscope.solvers._frame import Frame, same_units
from logitscope.solvers._hessians import HessianProduct, diagonals, exact_hessians, ridge_of
from logitscope.solvers._memory import Dot
from logitscope.solvers._preconditioner import Diagonal, PerColumn, Preconditioner, factorise
from logitscope.solvers._proof import mean_pull, newton_step
from logitscope.solvers._shared import Apart
from logitscope.steps import Certificate, Step

_MOST_COLUMNS = 1000  # of a block that is factorised
_CLOSE, _ROUNDING = 1e-10, 16 * float(np.finfo(float).eps)
_SMALL = 1e-6  # a gradient above this share of its terms is no rounding


class Truncated:
    """update = t d with d about −H⁻¹ g, and t halved until the objective falls (Nocedal and Wright 2006, section 7.1).

    It ends as `Newton` does: at a step that is short and no shorter than half of the one before.
    """

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one an epoch."""
        view = choose_coordinates(objective)
        inside, dot = view.objective, Dot(is_joint=True)
        frame = same_units(inside.source.n_features, inside.fit_intercept)
        point = look(inside, frame, view.inward(params))
        ridge = ridge_of(inside, frame)
        previous, has_failed = np.inf, False
        yes = np.ones(objective.n_columns, dtype=bool)
        for epoch in count():
            z, gradient = point.seen.z, point.gradient
            found = newton_step(
                HessianProduct(inside, frame, z), gradient, Apart(_blocks(inside, frame, z), ridge), dot
            )
            distance = relative_length(found.direction, point.inner).max()
            residual = np.abs(gradient).max(axis=0, initial=0.0) / mean_pull(inside, z)
            ends = distance <= _ROUNDING or (distance <= _CLOSE and distance >= previous / 2)
            is_done = found.is_positive and bool(ends and residual.max() <= _SMALL)
            certificate = Certificate(
                residual, found.decrement, distance * yes, yes & is_done, yes & (has_failed and not is_done),
                proof="products with the Hessian of all rows",
            )  # fmt: skip
            length, new = searched(inside, frame, point, found.direction, dot(found.direction, gradient), dot)
            seen, old = point.seen, point.inner
            step = Step(epoch, epoch, True, None, seen, old, new.inner, length, np.nan, None, None, certificate)
            yield view.step(step)
            point, previous, has_failed = new, distance, not length.any()


def _blocks(objective: Objective, frame: Frame, z: FloatArray) -> Preconditioner:
    """Return the Hessian of every class by itself; of many columns, or where it has no digits, its diagonal."""
    if objective.source.n_features <= _MOST_COLUMNS:
        factors = [factorise(hessian) for hessian in exact_hessians(objective, frame, z)]
        known = [factor for factor in factors if factor is not None]
        if len(known) == len(factors):
            return PerColumn(tuple(known))
    return Diagonal(diagonals(objective, z))


__all__ = ["Truncated"]
