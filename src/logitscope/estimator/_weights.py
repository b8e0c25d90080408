"""Weights of rows: checked, and multiplied by those of their classes.

It knows weights and labels; it never knows what is trained with them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.utils.class_weight import compute_class_weight

from logitscope._exceptions import InvalidInputError
from logitscope._typing import BoolArray, FloatArray
from logitscope.estimator._kinds import short

_ONE = np.float64(1.0).tobytes()


def checked_weights(sample_weight: Any, X: Any) -> FloatArray:
    """Return weights of shape (n_samples,), 1 unless given.

    Raises
    ------
    InvalidInputError
        Weights that are negative, not finite, all zero, or of another length.
    """
    n = X.shape[0]
    if sample_weight is None:
        return np.ndarray(n, np.float64, _ONE, strides=(0,))  # takes no memory; np.broadcast_to takes its time
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.ndim == 0:
        weights = np.full(n, float(weights))
    if weights.ndim != 1:
        raise InvalidInputError(f"`sample_weight` must have shape (n_samples,); got shape {weights.shape}.")
    if len(weights) != n:
        raise InvalidInputError(f"`sample_weight` must have one weight for each of the {n} rows; got {len(weights)}.")
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights >= 0)))
    if len(bad):
        raise InvalidInputError(
            f"`sample_weight` must hold finite numbers >= 0; got {weights[bad[0]]} at index {bad[0]}."
        )
    if not weights.any():
        raise InvalidInputError("`sample_weight` must have a weight > 0; got only zeros.")
    _refuse_overflow("sample_weight", weights)
    return weights


def _refuse_overflow(name: str, weights: FloatArray) -> None:
    with np.errstate(over="ignore"):
        if not np.isfinite(weights.sum()):
            raise InvalidInputError(
                f"`{name}` must give weights whose sum float64 can hold; got inf. Divide them: only ratios count."
            )


def class_weighted(weights: FloatArray, y: Any, used: BoolArray | None, class_weight: Any, classes: Any) -> FloatArray:
    """Multiply sample weights by class weights; `used` are the rows that count, None all of them."""
    if class_weight is None:
        return weights
    if used is None:
        used = np.ones(len(y), dtype=bool)
    y = y[used]
    classes = classes if isinstance(class_weight, dict) else np.unique(y)  # part of a stream may lack a class
    try:
        by_class = compute_class_weight(class_weight, classes=classes, y=y, sample_weight=weights[used])
    except ValueError as error:
        strange = next(label for label in class_weight if label not in classes.tolist())
        raise InvalidInputError(
            f"`class_weight` must be of the classes {short(classes.tolist())}; got {short(strange)}."
        ) from error
    bad = np.flatnonzero(~(np.isfinite(by_class) & (by_class >= 0)))
    if len(bad):
        raise InvalidInputError(
            f"`class_weight` must hold finite numbers >= 0; got {by_class[bad[0]]} for class"
            f" {classes.tolist()[bad[0]]!r}."
        )
    out = weights.copy()
    factor = by_class[np.searchsorted(classes, y)]
    with np.errstate(over="ignore"):
        out[used] *= factor
    if not out.any():
        raise InvalidInputError(f"`class_weight` must leave a weight > 0; got {class_weight!r}.")
    if len(np.unique(y)) > 1 and len(np.unique(y[factor > 0])) < 2:
        raise InvalidInputError(f"`class_weight` must leave two classes with a weight > 0; got {class_weight!r}.")
    if (out[used][factor > 0] == 0).any():
        raise InvalidInputError(
            f"`class_weight` must leave positive weights positive; got {class_weight!r}, with which one underflows."
        )
    _refuse_overflow("class_weight", out)
    return out


def spread(values: FloatArray, used: BoolArray) -> FloatArray:
    """Put rows back in their places among rows that do not count."""
    if used.all():
        return values
    out = np.zeros((len(used), *values.shape[1:]))
    out[used] = values
    return out


__all__ = ["checked_weights", "class_weighted", "spread"]
