"""For rows that are sparse or so wide that no matrix of their columns can be afforded.

It knows products with the rows and the diagonal of the Hessian; it never forms a matrix.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import is_convex, is_coupled
from logitscope.solvers._descent import Ending, descend, look_at_start
from logitscope.solvers._finish import Course, confirmed, polish, to_accuracy
from logitscope.solvers._frame import same_units
from logitscope.solvers._hessians import diagonals
from logitscope.solvers._memory import Dot, Pair, Quasi
from logitscope.solvers._preconditioner import Diagonal
from logitscope.solvers._proof import rough_pull


@dataclass(frozen=True)
class HessianFree:
    """L-BFGS preconditioned by the diagonal of the Hessian, proved by conjugate gradients on Newton's system.

    Parameters
    ----------
    accuracy : float, optional
        Suboptimality, relative to the objective, at which to stop; by default at rounding, proved.
    """

    accuracy: float | None = None

    def course(self, objective: Objective, params: FloatArray, counter: Iterator[int]) -> Course:
        """Yield the steps; return where another solver may go on."""
        if not is_convex(objective):
            return params
        frame = same_units(objective.source.n_features, objective.fit_intercept)
        point = look_at_start(objective, frame, params)
        dot = Dot(is_coupled(objective))
        # Half way between the diagonal and none: of sparse rows, what the diagonal of one point says is half the truth.
        diagonal = diagonals(objective, point.seen.z)
        preconditioner = Diagonal(np.sqrt(diagonal * diagonal.mean(axis=0)))
        if self.accuracy is not None:
            scale = rough_pull(objective, point.seen.z)
            history: list[Pair] = []
            point, ending, _, _ = yield from descend(
                objective, frame, point, preconditioner, to_accuracy(self.accuracy, dot, 4.0), counter, scale, dot,
                is_patient=True, history=history,
            )  # fmt: skip
            if ending is not Ending.REACHED:
                return point.params
            metric = Quasi(history, preconditioner, dot)
            return (yield from confirmed(objective, frame, point, metric, self.accuracy, counter, dot))
        return (yield from polish(objective, frame, point, preconditioner, counter))


__all__ = ["HessianFree"]
