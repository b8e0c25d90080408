"""How far along Newton's direction: where a loss flattens off, whole first steps are much too short.

It knows slope and curvature along a direction; it never knows rows.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from logitscope._typing import FloatArray

FAR = 1e-2  # squared decrement, of the objective, from which the length is worth another look
_SHORTEST, _LONGEST = 0.25, 16.0


def best_length(slope: Any, curvature: Any) -> Any:
    """Return 1 − φ′(1)/φ″(1), Newton's step on the line φ(t) from the end of the whole step, in bounds; of a number or
    an array of columns.

    Without it the decrements of logistic regression from 0 fall as 0.7, 0.2, 0.05, 4e-3, 2e-5; with it as 0.7, 0.06,
    6e-5.
    """
    return np.minimum(np.maximum(1.0 - slope / curvature, _SHORTEST), _LONGEST)


def square_at_least(square: Any, curvature: Any) -> Any:
    """Return what Newton's squared decrement is at least, of a step's square by a Hessian that may be stale.

    Parameters
    ----------
    square : float or ndarray of shape (n_columns,)
        −gᵀd of a step d.
    curvature : float or ndarray of shape (n_columns,)
        dᵀHd of the Hessian where g is: the decrement is at least √(square · square/curvature).
    """
    return square * np.maximum(square / np.where(curvature > 0, curvature, np.inf), 1.0)


def farther(
    look: Callable[[FloatArray], Any], start: Any, direction: FloatArray, whole: Any, curvature: float
) -> tuple[float, Any]:
    """Return the length of a step and its end: the best length where that is better than the whole step.

    Parameters
    ----------
    look : callable
        Parameters ↦ what is known there: `params`, `loss` and `gradient`, as `start` and `whole` have them.
    curvature : float
        At the end of the whole step, along it.
    """
    length = float(best_length(np.dot(direction, whole.gradient), curvature))
    other = look(start.params + length * direction)
    return (length, other) if other.loss < whole.loss else (1.0, whole)


__all__ = ["FAR", "best_length", "farther", "square_at_least"]
