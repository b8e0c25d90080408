"""Labels of any kind as the targets of columns, and back.

It knows classes and columns; it never knows what is trained on them.
"""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray
from logitscope.estimator._kinds import as_array, check_labels, short

_CLOSE_TOGETHER = 10_000


class Labels(NamedTuple):
    """Labels as a run needs them."""

    classes: Any
    """Sorted class labels, (n_classes,)."""
    codes: FloatArray
    """y of the log, (n_samples,): in [0, 1] for two classes, otherwise the class index."""
    target: FloatArray
    """(n_samples, n_columns) in [0, 1]."""
    positive: IntArray | None
    """The class that each column stands for; None for the single column of two classes."""
    is_soft: bool = False
    """Whether the targets are probabilities."""


def is_soft(y: Any, sample_weight: Any = None) -> bool:
    """Whether y holds probabilities rather than labels: fractions in [0, 1], or rows that sum to 1.

    Rows of weight 0 have no say in it.
    """
    try:
        numbers = np.asarray(y)
        if numbers.dtype.kind != "f":
            return False
        if np.shape(sample_weight) == numbers.shape[:1]:
            numbers = numbers[np.asarray(sample_weight, dtype=np.float64) != 0]
        if not np.isfinite(numbers).all():
            return False
    except (TypeError, ValueError):
        return False
    inside = bool(((numbers >= 0) & (numbers <= 1)).all()) and numbers.size > 0
    if numbers.ndim == 2 and numbers.shape[1] >= 2:
        return inside and bool(np.allclose(numbers.sum(axis=1), 1.0))
    return numbers.ndim == 1 and inside and bool((numbers != np.round(numbers)).any())


def soft_labels(y: Any, joint: bool) -> Labels:
    """Encode probabilities: (n_samples,) of class 1, or (n_samples, n_classes)."""
    y = np.asarray(y, dtype=np.float64)
    if y.ndim == 2 and y.shape[1] == 2 and not joint:
        y = y[:, 1]
    if y.ndim == 1:
        target = np.column_stack([1 - y, y]) if joint else y[:, None]
        return Labels(np.array([0, 1]), y, target, np.array([0, 1]) if joint else None, is_soft=True)
    classes = np.arange(y.shape[1])
    return Labels(classes, y.argmax(axis=1).astype(np.float64), y, classes, is_soft=True)


def hard_labels(y: Any, joint: bool, classes: Any = None) -> Labels:
    """Encode class labels of any kind.

    Raises
    ------
    InvalidInputError
        Labels of one class only, of a class that `classes` does not list, or of different kinds.
    """
    _refuse_numbers(y)
    _refuse_objects(y)
    classes = distinct(y) if classes is None else classes
    if y.dtype.kind not in "biu" or y.ndim != 1 or 2 * len(classes) > len(y):  # else there is nothing that it refuses
        check_classification_targets(y)
    if len(classes) < 2:
        raise InvalidInputError(
            f"`y` must hold at least two classes; got one class, {short(classes.tolist()[0])}."
            " (Rows of weight 0 do not count.)"
        )
    codes = _places(y, classes).astype(np.float64)
    if len(classes) == 2 and not joint:
        return Labels(classes, codes, codes[:, None], None)
    positive = np.arange(len(classes))
    return Labels(classes, codes, (codes[:, None] == positive).astype(np.float64), positive)


def distinct(y: Any) -> Any:
    """Return the sorted labels of y, each once.

    Raises
    ------
    InvalidInputError
        Labels that cannot be sorted: of different kinds, or None.
    """
    counted = _counted(y)
    if counted is not None:
        return counted
    try:
        return np.unique(y)
    except TypeError as error:
        other = next(index for index, label in enumerate(y) if type(label) is not type(y[0]))
        raise InvalidInputError(
            f"`y` must hold labels of one kind; got {short(y[0])} at index 0 and {short(y[other])} at index {other}."
        ) from error


def _counted(y: Any) -> Any:
    """Return the sorted labels of integers that lie close together, by counting; None for others.

    Sorting a million labels would cost as much as several passes over the data.
    """
    if y.dtype.kind not in "iu" or y.ndim != 1 or not len(y) or y.dtype.itemsize > 8:
        return None
    low, high = int(y.min()), int(y.max())
    if high - low >= _CLOSE_TOGETHER:
        return None
    if high - low <= 1:
        return np.array([low] if high == low else [low, high], dtype=y.dtype)
    return (np.flatnonzero(np.bincount(_away(y, y.dtype.type(low)))) + low).astype(y.dtype)


def _away(y: Any, low: Any) -> IntArray:
    """Return integers relative to the lowest; int8 could not hold 127 − (−128), nor intp what is unsigned."""
    return (y - low).astype(np.intp, copy=False) if y.dtype.kind == "u" else y.astype(np.intp, copy=False) - int(low)


def listed(classes: Any) -> Any:
    """Return the sorted classes that a caller lists.

    Raises
    ------
    InvalidInputError
        What is no list of labels, or one with a missing label.
    """
    labels = as_array(check_labels(classes, "classes"), "classes", "an array or a list of labels")
    if labels.ndim != 1:
        raise InvalidInputError(f"`classes` must have shape (n_classes,); got shape {labels.shape}.")
    missing = next((at for at, label in enumerate(labels) if label is None or label != label), None)
    if missing is not None:
        raise InvalidInputError(
            f"`classes` must not have missing labels; got {short(labels[missing])} at index {missing}."
        )
    return distinct(labels)


def _refuse_objects(y: Any) -> None:
    """Refuse arrays of objects other than text; scikit-learn's message would speak of regression."""
    if y.dtype.kind != "O" or isinstance(y[0], str) or y.ndim != 1:
        return
    raise InvalidInputError(
        "`y` must hold labels that are text, numbers or truth values, in an array of their type; got objects such as"
        f" {short(y[0])} at index 0. Convert it, for instance with y.astype(str). (Unknown label type: unknown.)"
    )


def _refuse_numbers(y: Any) -> None:
    """Refuse fractions that are neither labels nor probabilities; scikit-learn's message would not say which."""
    if y.ndim != 1 or y.dtype.kind != "f" or (y == np.round(y)).all():
        return
    outside = np.flatnonzero((y < 0) | (y > 1))
    if len(outside):
        raise InvalidInputError(
            f"`y` must hold class labels, or soft labels in [0, 1]; got {y[outside[0]]} at index {outside[0]}."
            " (Unknown label type: continuous.)"
        )


def _places(y: Any, classes: Any) -> IntArray:
    """Place of every label among the sorted classes."""
    if _are_neighbors(y, classes):
        return np.asarray(_away(y, classes[0]))
    try:
        places: IntArray = np.searchsorted(classes, y).clip(0, len(classes) - 1)
        strange = np.flatnonzero(classes[places] != y)
    except TypeError:  # text among numbers
        strange = np.arange(len(y))
    if len(strange):
        got = y[strange[0]]
        raise InvalidInputError(
            f"`y` must hold labels from `classes`, {classes.tolist()}; got {short(got)} at index {strange[0]}."
        )
    return places


def _are_neighbors(y: Any, classes: Any) -> bool:
    """Whether labels are integers, and classes all integers of a range that holds them."""
    if y.dtype.kind not in "iu" or classes.dtype != y.dtype or y.ndim != 1 or not len(y):
        return False
    low, high = int(classes[0]), int(classes[-1])
    return high - low == len(classes) - 1 and low <= int(y.min()) and int(y.max()) <= high


__all__ = ["Labels", "distinct", "hard_labels", "is_soft", "listed", "soft_labels"]
