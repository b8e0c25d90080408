"""Goes most of the way to the optimum on rows in float32, where a look costs a fraction of one at X; the rest on X.

It never shows its steps on float32; whoever comes next sees where they led.
"""

from collections.abc import Generator, Iterator
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._classes import ClassRows, class_rows
from logitscope.solvers._convexity import is_coupled
from logitscope.solvers._descent import look_at_start
from logitscope.solvers._few import FewRows, rough_rows
from logitscope.solvers._finish import FLATTER, confirmed, jump, polish
from logitscope.solvers._memory import Dot
from logitscope.solvers._pilot import are_dependent
from logitscope.solvers._preconditioner import Factor, Joint, PerColumn, Preconditioner
from logitscope.solvers._proof import rough_pull
from logitscope.solvers._thrift import Found, Thrift, descended
from logitscope.steps import Step

_MOST_PRODUCTS = 1e10  # in a Hessian: where it takes longer, other methods do without
_SPARSE = 4  # entries of X to a number that is read, from which sparse rows are better left sparse
_LEAST_JOINT = 1e8  # in that of all classes together: where it takes less time, Newton's method is faster
_FEW_ROWS = 10  # a parameter, of which a sample tells little
# Entries of X, up to which a copy costs less than passes over it: where rows are few; of others, to rounding; and to an
# accuracy, for which a sample of the rows is often enough.
_MOST_OF_FEW, _MOST, _MOST_TOLD = 2**22, 2**21, 700_000
_FOR_STRUCTURE = 500  # rows that tell whether columns are correlated
_FINE = 1e-9  # of the objective, which the steps in float64 square
_NEAR, _CLOSE = 0.1, 1e-4  # shares by which the objective may have fallen since its Hessian: to stop, and to polish
_PRODUCTS, _POLISHING = 8.0, 20.0  # looks that proofs by products and polishing without a Hessian cost
_COLLINEAR = 1e-2  # least squared pivot of unpenalised data, for the last digits


def rough(
    objective: Objective, params: FloatArray, counter: Iterator[int], accuracy: float | None
) -> Generator[Step, None, FloatArray | None]:
    """Yield a step to about the optimum, those from there on, and the proof.

    Parameters
    ----------
    accuracy : float or None
        Suboptimality, relative to the objective, at which to stop; None goes on to rounding.

    Returns
    -------
    ndarray or None
        The parameters; None if the data are not for this method, before any step.
    """
    to_rank = objective.penalty.is_zero and accuracy is None
    with np.errstate(all="ignore"):
        rows: Any = _rows(objective, accuracy)
        if rows is None:
            return None
        first = rows.look(rows.frame.inward(params).T.ravel())
        found = descended(rows, first, _thrift(rows, accuracy))
    if found is None or (to_rank and not _has_digits(found)):
        return None
    frame, dot, shape = rows.frame, Dot(is_coupled(objective)), (-1, objective.n_params)
    inner, gradient = found.params.reshape(shape).T, first.gradient.reshape(shape).T
    start = look_at_start(objective, frame, params, lambda: gradient)
    point = yield from jump(
        objective, frame, start, inner, counter, rough_pull(objective, start.seen.z), "rows in float32"
    )
    metric: Preconditioner = PerColumn((found.metric,)) if isinstance(rows, FewRows) else Joint(found.metric)
    del start, first  # their z are not to be held while it goes on
    if accuracy is None:
        del rows
        rank = objective.n_params if to_rank else None
        return (yield from polish(objective, frame, point, metric, counter, is_exact=found.is_close, rank=rank))
    return (yield from confirmed(objective, frame, point, metric, accuracy, counter, dot, rows.hessian_at))


def _rows(objective: Objective, accuracy: float | None) -> FewRows | ClassRows | None:
    n, size = objective.source.n_samples, objective.n_params
    if n * size * size > _MOST_PRODUCTS or objective.source.n_read * _SPARSE < n * size:
        return None
    most = _MOST_OF_FEW if n < _FEW_ROWS * size else _MOST if accuracy is None else _MOST_TOLD
    if not is_coupled(objective):
        return rough_rows(objective, most)
    # To rounding, and of many rows, the Hessian of all classes together is worth its price.
    joint = size * objective.n_columns
    is_dear = accuracy is not None and n < _FEW_ROWS * joint and n * joint**2 > _LEAST_JOINT
    return class_rows(objective, most) if is_dear else None


def _thrift(rows: FewRows | ClassRows, accuracy: float | None) -> Thrift:
    """Return how far to go; where columns depend on each other, only a Hessian tells how much."""
    share, near, worth = _FINE, _CLOSE, _POLISHING
    if accuracy is not None:
        share, near, worth = max(accuracy, _FINE), _NEAR, _PRODUCTS
    if isinstance(rows, FewRows) and rows.price > worth:
        some = rows.x[:: len(rows.x) // _FOR_STRUCTURE + 1]
        worth = np.inf if are_dependent(some, rows.frame.fit_intercept) else worth
    return Thrift(2.0 * share / FLATTER, near, worth)


def _has_digits(found: Found) -> bool:
    """Whether columns are told apart to rounding, by the Hessian close to the end."""
    factor = found.metric.first
    return found.is_close and isinstance(factor, Factor) and factor.weakest >= _COLLINEAR


__all__ = ["rough"]
