"""Newton's method by products with the Hessian, for classes whose Hessian together is too large to be inverted.

It knows the block of every class, and solves for all by conjugate gradients; it never forms the matrix.
"""

from collections.abc import Generator, Iterator
from itertools import count

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._coordinates import choose_coordinates
from logitscope.solvers._descent import look, relative_length, searched
from logitscope.solvers._frame import Frame, same_units
from logitscope.solvers._hessians import HessianProduct, diagonals, exact_hessians
from logitscope.solvers._memory import Dot
from logitscope.solvers._preconditioner import Diagonal, Preconditioner, per_column
from logitscope.solvers._progress import no_progress
from logitscope.solvers._proof import mean_pull, newton_step
from logitscope.solvers._shared import Apart
from logitscope.steps import Certificate, Step

_MOST = 50  # steps, ten of which are nearly always enough
_MOST_COLUMNS = 1000  # of a block that is factorised


class Truncated:
    """update = t d with d about −H⁻¹ g, and t halved until the objective falls (Nocedal and Wright 2006, section 7.1).

    It ends as `Newton` does.
    """

    def steps(
        self, objective: Objective, params: FloatArray, counter: Iterator[int], *, is_last: bool = False
    ) -> Generator[Step, None, FloatArray]:
        """Yield the steps from `params` on, one an epoch; return where none leads down, or too many would.

        Parameters
        ----------
        counter : iterator of int
            Numbers of the steps of the run.
        is_last : bool
            Whether nobody goes on from there: it then takes as many steps as there may be, and says where it is stuck.
        """
        view = choose_coordinates(objective)
        inside, dot = view.objective, Dot(is_joint=True)
        frame = same_units(inside.source.n_features, inside.fit_intercept)
        point = look(inside, frame, view.inward(params))
        progress = no_progress(1)
        each, no = np.ones(objective.n_columns), np.zeros(objective.n_columns, dtype=bool)
        for _ in count() if is_last else range(_MOST):
            z, gradient = point.seen.z, point.gradient
            preconditioner = Apart(_blocks(inside, frame, z))
            found = newton_step(HessianProduct(inside, frame, z), gradient, preconditioner, dot)
            direction, decrement = found.direction, found.decrement
            distance = relative_length(direction, point.inner).max()
            if not found.is_positive:  # rows that are certain have no curvature
                direction = direction if direction.any() else -preconditioner.solve(gradient)
                distance, decrement = np.nan, np.full_like(decrement, np.nan)
            residual = np.abs(gradient).max(axis=0, initial=0.0) / mean_pull(inside, z)
            is_done = found.has_converged and bool(progress.is_over(distance, residual.max()).all())
            length, new = searched(inside, frame, point, direction, dot(direction, gradient), dot)
            is_stuck = not is_done and not (length.any() and (new.inner != point.inner).any())
            if is_stuck and not is_last:
                break
            certificate = Certificate(
                residual, decrement, distance * each, ~no & is_done, ~no & is_stuck,
                proof="products with the Hessian of all rows",
            )  # fmt: skip
            n, seen, old = next(counter), point.seen, point.inner
            yield view.step(Step(n, n, True, None, seen, old, new.inner, length, np.nan, None, None, certificate))
            if is_stuck:
                break
            point, progress = new, progress.after(distance)
        return view.outward(point.inner)


def _blocks(objective: Objective, frame: Frame, z: FloatArray) -> Preconditioner:
    """Return the Hessian of every class by itself; of many columns, few rows, or without digits, its diagonal."""
    if objective.source.n_features <= min(_MOST_COLUMNS, objective.source.n_samples):
        blocks = per_column(exact_hessians(objective, frame, z))
        if blocks is not None:
            return blocks
    return Diagonal(diagonals(objective, z))


__all__ = ["Truncated"]
