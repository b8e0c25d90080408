"""Log loss of the predicted class probabilities, in which arms of any activation and loss can be compared.

It reads z and targets; it never knows how an arm was trained.
"""

from collections.abc import Callable

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.pointwise import Pointwise
from logitscope.training import Models


def class_log_loss(objective: Objective, models: Models) -> Callable[[FloatArray], FloatArray]:
    """Return a measure of z: −mean log p of the true class, with p as `LogisticRegression.predict_proba` gives it.

    The columns of one-vs-rest are scaled to sum to 1. The sum of their binary log losses, which they are trained
    with, would start at k log 2 where softmax starts at log k, and could not be compared with it.
    """
    share, target = np.ascontiguousarray(objective.share()), objective.target

    def of_columns(z: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            mean: FloatArray = share @ objective.pointwise.fill(_binary_log_loss, z, target)
        return mean

    def of_models(z: FloatArray) -> FloatArray:
        with np.errstate(all="ignore"):
            losses = [share @ _sample_log_loss(pair, z[:, own], truth) for pair, own, truth in parts]
        return np.array(losses)

    if models.are_columns:
        return of_columns
    parts = [(objective.pointwise.column(own.start), own, target[:, own]) for own in models.slices]
    return of_models


def _binary_log_loss(pair: Pointwise, z: FloatArray, target: FloatArray) -> FloatArray:
    phi, is_one = pair.activation, target > 0.5
    loss = np.empty(z.shape)
    loss[is_one], loss[~is_one] = -phi.log_probability(z[is_one]), -phi.log_complement(z[~is_one])
    return loss


def _sample_log_loss(pair: Pointwise, z: FloatArray, target: FloatArray) -> FloatArray:
    phi = pair.activation
    if z.shape[1] == 1:
        return _binary_log_loss(pair, z, target)[:, 0]
    log_p = phi.log_probability(z)
    top = log_p.max(axis=1, keepdims=True)
    shifted = np.where(np.isneginf(top), 0.0, log_p - top)  # every class ruled out: all alike, as in predict_proba
    true = shifted[np.arange(len(z)), target.argmax(axis=1)]
    return np.log(np.exp(shifted).sum(axis=1)) - true


__all__ = ["class_log_loss"]
