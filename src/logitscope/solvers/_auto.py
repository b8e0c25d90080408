"""Which solver suits which problem, by kind and shape.

It chooses; it never makes a step of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar

import numpy as np
from scipy.sparse import issparse

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._accuracy import check_accuracy
from logitscope.solvers._convexity import is_ours
from logitscope.solvers._descent import better_start
from logitscope.solvers._direct import direct
from logitscope.solvers._finish import hand_over
from logitscope.solvers._hessian_free import HessianFree
from logitscope.solvers._rough import rough
from logitscope.solvers._row_space import RowSpace
from logitscope.solvers._subsampled import Subsampled
from logitscope.steps import Step

_MOST_COLUMNS = 4000  # of a matrix of columns by columns
_FEW_COLUMNS = 200  # so few that sparse rows are soon written out
_MOST_ROWS = 4000  # of one of rows by rows


@dataclass(frozen=True)
class Auto:
    """The fastest method for the problem at hand, each with the same certificate.

    Newton's method in whole steps for few rows, `Subsampled` for dense ones, Newton's method in the space of the rows
    where these are fewer than the columns, Hessian-free for sparse and very wide rows; `LBFGS` for an ℓ₁ penalty, and
    `Newton` or `LBFGS` where the data are too hard for the fast ones; for softmax, Newton's method by products with the
    Hessian of all classes.

    Parameters
    ----------
    accuracy : float, optional
        Suboptimality, relative to the objective, at which to stop, between 0 and 1. By default it goes on until no step
        makes the parameters better, and proves it.

    Raises
    ------
    InvalidInputError
        Of another accuracy.
    """

    accuracy: float | None = None
    name: ClassVar[str] = "auto"

    def __post_init__(self) -> None:
        check_accuracy(self.accuracy)

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one a pass over all rows."""
        counter = count()
        params = rest = yield from better_start(objective, params, counter)
        if objective.penalty.is_smooth and is_ours(objective) and objective.source.n_features > 0:
            done = yield from direct(objective, params, counter, self.accuracy)
            if done is None:
                done = yield from rough(objective, params, counter, self.accuracy)
            rest = (yield from self._method(objective).course(objective, params, counter)) if done is None else done
        yield from hand_over(objective, rest, counter)

    def _method(self, objective: Objective) -> Subsampled | RowSpace | HessianFree:
        n, p = objective.source.n_samples, objective.source.n_features
        if p > _FEW_COLUMNS and _is_sparse(objective):
            return HessianFree(self.accuracy)
        if n < p and n <= _MOST_ROWS and not objective.penalty.is_zero:
            return RowSpace(self.accuracy)
        return Subsampled(self.accuracy) if p <= _MOST_COLUMNS else HessianFree(self.accuracy)


def _is_sparse(objective: Objective) -> bool:
    first = np.zeros(1, dtype=np.intp)
    return any(issparse(block) for _, block in objective.source.blocks(first))


__all__ = ["Auto"]
