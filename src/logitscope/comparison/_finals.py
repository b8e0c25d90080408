"""What curves come to, those too that end before their last epoch: final values, and the target that is set from them.

It reads curves of numbers; it never knows which runs they are of.
"""

from __future__ import annotations

import numpy as np

from logitscope._typing import FloatArray, IntArray

PROGRESS = 0.9  # the default target: this share of the way down


def last_index(curve: FloatArray) -> IntArray:
    """Return where each seed's curve has its last value that is not NaN."""
    index: IntArray = curve.shape[1] - 1 - np.argmax(~np.isnan(curve[:, ::-1]), axis=1)
    return index


def last_value(curve: FloatArray) -> FloatArray:
    """Return the last value of each seed's curve that is not NaN."""
    values: FloatArray = curve[np.arange(len(curve)), last_index(curve)]
    return values


def default_target(log_loss: FloatArray) -> float:
    """Return the loss most of the way down to the best arm's; NaN, which no run reaches, if no arm went down."""
    finals = np.array([last_value(curve) for curve in log_loss])
    finals = np.where(np.isfinite(finals), finals, np.inf)
    start, lowest = float(np.median(log_loss[:, :, 0])), float(np.median(finals, axis=1).min())
    return start - PROGRESS * (start - lowest) if lowest < start else np.nan


__all__ = ["PROGRESS", "default_target", "last_index", "last_value"]
