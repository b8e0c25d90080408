"""The rows of a comparison: checked once, split and scaled anew for every seed.

It knows arrays and labels; it never knows an activation, a loss or a rate.
"""

import math
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray, IntArray


class Data(NamedTuple):
    """Checked data."""

    X: FloatArray
    """(n_samples, n_features), finite."""
    codes: IntArray
    """Class of each row, 0 … n_classes − 1."""
    n_classes: int


class Split(NamedTuple):
    """One seed's training and test rows."""

    train: FloatArray
    train_codes: IntArray
    test: FloatArray
    test_codes: IntArray
    rows: IntArray
    """Index of each training row in X, increasing."""
    mean: FloatArray
    scale: FloatArray
    """What the features were scaled with, (X − mean) / scale: (n_features,); 0 and 1 if they were not."""


def check_data(X: ArrayLike, y: ArrayLike) -> Data:
    """Return X as numbers and y as codes of at least two classes.

    Raises
    ------
    InvalidInputError
        Naming the first value that cannot be used.
    """
    from scipy.sparse import issparse
    from sklearn.utils import check_X_y
    from sklearn.utils.multiclass import check_classification_targets

    if issparse(X):
        raise InvalidInputError("`X` must be a dense array to be compared on; got a sparse one. Use X.toarray().")
    try:
        rows, labels = check_X_y(X, y, dtype=np.float64)
        check_classification_targets(labels)
        classes, codes = np.unique(labels, return_inverse=True)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(_first_bad(X, y) or f"`X` and `y` cannot be used: {error}") from error
    if len(classes) < 2:
        raise InvalidInputError(f"`y` must hold at least two classes; got one class, {classes.tolist()[0]!r}.")
    counts = np.bincount(codes)
    if counts.min() < 2:
        lonely = classes.tolist()[int(counts.argmin())]
        raise InvalidInputError(
            f"`y` must hold two rows of every class, one to train on and one to hold out; got 1 of class {lonely!r}."
        )
    return Data(rows, codes, len(classes))


def _first_bad(X: Any, y: Any) -> str | None:
    """Say where the first entry is that is no finite number, or which lengths differ."""
    try:
        numbers, labels = np.asarray(X, dtype=np.float64), np.asarray(y)
    except (TypeError, ValueError):
        return None
    bad = np.argwhere(~np.isfinite(numbers))
    if numbers.ndim == 2 and len(bad):
        row, column = bad[0]
        return f"`X` must hold finite numbers; got {_shown(numbers[row, column])} in row {row}, column {column}."
    if labels.ndim == 1 and numbers.ndim == 2 and len(labels) != len(numbers):
        return f"`y` must have as many entries as `X` has rows, {len(numbers)}; got {len(labels)}."
    if labels.ndim == 1 and labels.dtype.kind == "f" and not np.isfinite(labels).all():
        index = int(np.flatnonzero(~np.isfinite(labels))[0])
        return f"`y` must not have missing or infinite labels; got {_shown(labels[index])} at index {index}."
    return None


def _shown(value: Any) -> str:
    return "NaN" if np.isnan(value) else str(float(value))


def split(data: Data, test_size: float, is_scaled: bool, seed: int) -> Split:
    """Hold out the same share of every class; scale with what the training rows tell, if asked to.

    Raises
    ------
    InvalidInputError
        A share that leaves a class out on one side.
    """
    from sklearn.model_selection import train_test_split

    from logitscope.datasets import standardize

    n = len(data.X)
    try:
        rows, held_out = train_test_split(np.arange(n), test_size=test_size, stratify=data.codes, random_state=seed)
    except ValueError as error:
        raise InvalidInputError(
            f"`test_size` must leave rows of every class on both sides; got {test_size} of {n} rows, which holds out"
            f" {math.ceil(test_size * n)} for {data.n_classes} classes."
        ) from error
    rows = np.sort(rows)
    train, test = data.X[rows], data.X[held_out]
    mean, scale = np.zeros(train.shape[1]), np.ones(train.shape[1])
    if is_scaled:
        train, mean, scale = standardize(train)
        test = (test - mean) / scale
    return Split(train, data.codes[rows], test, data.codes[held_out], rows, mean, scale)


__all__ = ["Data", "Split", "check_data", "split"]
