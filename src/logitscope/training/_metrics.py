"""A metric of a run that any activation and loss can be compared in: accuracy.

It reads z and targets; it never knows how the run was trained.
"""

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.training._curves import Metric
from logitscope.training._models import Models


def accuracy(models: Models) -> Metric:
    """Return a metric: the weighted share of samples whose class is the one predicted.

    One column predicts class 1 where its probability exceeds 1/2; several columns predict the one with the largest z.
    """

    def measure(z: FloatArray, objective: Objective) -> FloatArray:
        share = objective.share()
        return np.array([share @ _is_right(z, objective, columns) for columns in models.slices])

    return measure


def _is_right(z: FloatArray, objective: Objective, columns: slice) -> FloatArray:
    scores, target = z[:, columns], objective.target[:, columns]
    if scores.shape[1] == 1:
        middle = objective.pointwise.column(columns.start).activation.midpoint
        right: FloatArray = (scores[:, 0] > middle) == (target[:, 0] > 0.5)
    else:
        right = scores.argmax(axis=1) == target.argmax(axis=1)
    return right


__all__ = ["accuracy"]
