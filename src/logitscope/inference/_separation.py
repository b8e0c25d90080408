"""Whether a hyperplane separates the classes of one column of an objective.

It hands rows, labels and pulls to the judge; it never knows how the parameters were found.
"""

from __future__ import annotations

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.separation import Separation, find_separation
from logitscope.sources import dense


def judge_separation(objective: Objective, params: FloatArray, column: int = 0) -> Separation:
    """Return the verdict on one column; a row with a soft label stands on both sides.

    Parameters
    ----------
    objective : Objective
    params : ndarray of shape (n_params, n_models)
        Of a fit: the pulls of its samples can prove an overlap cheaply. The verdict does not depend on them.
    column : int
        Its rows are made dense.
    """
    X = np.concatenate([np.asarray(dense(block), dtype=np.float64) for _, block in objective.source.blocks()])
    target, share = objective.target[:, column], objective.share()
    slope, other = _pulls(objective, objective.z(params), column)
    ones, zeros = np.flatnonzero(target > 0), np.flatnonzero(target < 1)
    if len(ones) + len(zeros) == len(target):
        labels, pull = target, share * np.where(target > 0, slope, other)
    else:
        X, labels = X[np.concatenate([ones, zeros])], np.repeat([1.0, 0.0], [len(ones), len(zeros)])
        pull = np.concatenate([(share * target * slope)[ones], (share * (1 - target) * other)[zeros]])
    return find_separation(X, labels, fit_intercept=objective.fit_intercept, pull=pull)


def _pulls(objective: Objective, z: FloatArray, column: int) -> tuple[FloatArray, FloatArray]:
    """Return |∂ℓ/∂z| of every row in one column, of label 1 and of label 0."""
    pair = objective.pointwise.column(column)
    if pair.activation.couples_columns:
        p = np.nan_to_num(pair.activation.probability(z)[:, column])
        return 1 - p, p
    own = z[:, column]
    one, zero = (np.abs(np.nan_to_num(pair.grad_z(own, np.full_like(own, label)))) for label in (1.0, 0.0))
    return one, zero


__all__ = ["judge_separation"]
