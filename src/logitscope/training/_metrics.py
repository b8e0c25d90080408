"""A metric of a run that any activation and loss can be compared in: accuracy.

It reads z and targets; it never knows how the run was trained.
"""

from collections.abc import Callable

import numpy as np

from logitscope._typing import BoolArray, FloatArray
from logitscope.objective import Objective
from logitscope.training._models import Models


def accuracy(objective: Objective, models: Models) -> Callable[[FloatArray], FloatArray]:
    """Return a measure of z: the weighted share of samples whose class is the one predicted, for each model.

    One column predicts class 1 where its probability exceeds 1/2; several columns predict the one with the largest z.
    """
    middle = _midpoints(objective)
    if models.are_columns:
        is_one = np.asfortranarray(objective.target > 0.5)  # laid out as z is: column after column
        if len(models) == 1 and objective.is_uniform:  # rows that count alike are counted
            n, place = len(is_one), float(middle[0])
            return lambda z: np.array([np.count_nonzero((z > place) == is_one) / n])
    share = np.ascontiguousarray(objective.share())
    if models.are_columns:
        return lambda z: share @ ((z > middle) == is_one)
    parts = [(own, _truth(objective.target[:, own]), middle[own]) for own in models.slices]
    return lambda z: share @ np.column_stack([_is_right(z[:, own], truth, place) for own, truth, place in parts])


def _midpoints(objective: Objective) -> FloatArray:
    columns = range(objective.n_columns)
    return np.array([objective.pointwise.column(column).activation.midpoint for column in columns])


def _truth(target: FloatArray) -> FloatArray | BoolArray:
    """Class of every row: whether it is 1, or the column that stands for it."""
    return target[:, 0] > 0.5 if target.shape[1] == 1 else target.argmax(axis=1)


def _is_right(z: FloatArray, truth: FloatArray | BoolArray, middle: FloatArray) -> BoolArray:
    predicted = z[:, 0] > middle[0] if z.shape[1] == 1 else z.argmax(axis=1)
    right: BoolArray = predicted == truth
    return right


__all__ = ["accuracy"]
