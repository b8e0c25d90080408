"""Log loss of the predicted class probabilities, in which arms of any activation and loss can be compared.

It reads z and targets; it never knows how an arm was trained.
"""

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.pointwise import Pointwise
from logitscope.training import Metric, Models


def class_log_loss(models: Models) -> Metric:
    """Return a metric: −mean log p of the true class, with p as `LogisticRegression.predict_proba` gives it.

    The columns of one-vs-rest are scaled to sum to 1. The sum of their binary log losses, which they are trained
    with, would start at k log 2 where softmax starts at log k, and could not be compared with it.
    """

    def measure(z: FloatArray, objective: Objective) -> FloatArray:
        share = objective.share()
        with np.errstate(all="ignore"):
            losses = [
                share @ _sample_log_loss(objective.pointwise.column(part.start), z[:, part], objective.target[:, part])
                for part in models.slices
            ]
        return np.array(losses)

    return measure


def _sample_log_loss(pair: Pointwise, z: FloatArray, target: FloatArray) -> FloatArray:
    phi = pair.activation
    if z.shape[1] == 1:
        return -np.where(target[:, 0] > 0.5, phi.log_probability(z[:, 0]), phi.log_complement(z[:, 0]))
    log_p = phi.log_probability(z)
    top = log_p.max(axis=1, keepdims=True)
    shifted = np.where(np.isneginf(top), 0.0, log_p - top)  # every class ruled out: all alike, as in predict_proba
    true = shifted[np.arange(len(z)), target.argmax(axis=1)]
    return np.log(np.exp(shifted).sum(axis=1)) - true


__all__ = ["class_log_loss"]
