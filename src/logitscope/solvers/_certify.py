"""What a Newton step would say of parameters that no solver vouches for: figures, rank and dependent columns.

It knows an objective and parameters; it never changes either.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import is_coupled
from logitscope.solvers._coordinates import choose_coordinates
from logitscope.solvers._descent import relative_length
from logitscope.solvers._few import few_rows
from logitscope.solvers._newton import certified
from logitscope.steps import Certificate

_TELLS_RANK = 1e-4  # squared pivots of a Hessian from which on the design surely has full rank
_SATURATED = 1e-6  # curvature in columns of size 1, p − p² of rows that have lost the digits of 1 − p


class Known(NamedTuple):
    """What is known of parameters."""

    certificate: Certificate | None
    """In coordinates in which columns have size 1; None where Newton's method cannot be used."""
    rank: int | None
    """Of the design, the intercept included; None where a penalty makes it not matter."""
    dependent: tuple[int, ...]
    """Columns that take part in linear dependences."""


def certify(objective: Objective, params: FloatArray) -> Known:
    """Return what Newton's method would know of parameters in the user's units."""
    return _of_few(objective, params) or _in_coordinates(objective, params)


def _in_coordinates(objective: Objective, params: FloatArray) -> Known:
    view = choose_coordinates(objective)
    inside, inner = view.objective, view.inward(params)
    if is_coupled(inside) or not inside.penalty.is_smooth:
        return Known(None, view.rank, view.dependent)
    return Known(certified(inside, inner, inside.evaluate(inner, with_grad_z=True)), view.rank, view.dependent)


def _of_few(objective: Objective, params: FloatArray) -> Known | None:
    """Return the same of few rows with hard labels whose Hessian has all its digits; None of others."""
    from scipy.linalg.lapack import dposv

    rows = few_rows(objective)
    if rows is None or not rows.is_hard or params[rows.frame.constant].any():  # which the frame leaves out
        return None
    look = rows.look(rows.frame.inward(params)[:, 0])
    hessian = rows.hessian(look)
    lower, direction, fault = dposv(hessian, look.gradient, lower=1)
    diagonal = hessian.diagonal()
    if fault or not (np.square(lower.diagonal()) >= _TELLS_RANK * diagonal).all() or diagonal.min() < _SATURATED:
        return None
    residual = np.abs(look.gradient).max(keepdims=True) / rows.pull(look)
    decrement = np.sqrt(np.maximum(np.dot(direction, look.gradient), 0.0))[None]
    distance = relative_length(direction[:, None], look.params[:, None])
    no = np.zeros(1, dtype=bool)
    known = Certificate(residual, decrement, distance, no, no)
    return Known(known, objective.n_params if objective.penalty.is_zero else None, ())


__all__ = ["Known", "certify"]
