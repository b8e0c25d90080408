"""The rows of a comparison, checked once for all seeds.

It knows arrays and labels; it never knows an activation, a loss or a rate.
"""

from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.datasets._split import Data


def check_data(X: ArrayLike, y: ArrayLike) -> Data:
    """Return X as numbers and y as codes of at least two classes.

    Raises
    ------
    InvalidInputError
        Naming the first value that cannot be used.
    """
    rows, labels = _checked(X, y, "X", "y")
    classes, codes = np.unique(labels, return_inverse=True)
    if len(classes) < 2:
        raise InvalidInputError(f"`y` must hold at least two classes; got one class, {classes.tolist()[0]!r}.")
    return Data(rows, codes, classes)


def check_held_out(data: Data, X_val: Any, y_val: Any) -> tuple[FloatArray, IntArray]:
    """Return rows that are held out as numbers, and the class of each.

    Raises
    ------
    InvalidInputError
        One without the other, another number of columns, or labels that are not trained on.
    """
    if X_val is None or y_val is None:
        missing, given = ("X_val", "y_val") if X_val is None else ("y_val", "X_val")
        raise InvalidInputError(f"`{missing}` must be given with {given}; got None.")
    rows, labels = _checked(X_val, y_val, "X_val", "y_val")
    if rows.shape[1] != data.X.shape[1]:
        raise InvalidInputError(f"`X_val` must have the {data.X.shape[1]} columns of `X`; got {rows.shape[1]}.")
    try:
        unknown = np.flatnonzero(~np.isin(labels, data.classes))
        codes = np.searchsorted(data.classes, labels)
    except TypeError:  # text against numbers
        unknown = np.arange(1)
    if len(unknown):
        got = labels.tolist()[unknown[0]]
        raise InvalidInputError(f"`y_val` must hold classes of `y`; got {got!r} at index {unknown[0]}.")
    return rows, codes


def _checked(X: Any, y: Any, name: str, label: str) -> tuple[FloatArray, Any]:
    """Return X as numbers and y as labels; `name` and `label` are what they are called."""
    from scipy.sparse import issparse
    from sklearn.utils import check_X_y
    from sklearn.utils.multiclass import check_classification_targets

    if issparse(X):
        raise InvalidInputError(
            f"`{name}` must be a dense array to be compared on; got a sparse one. Use {name}.toarray()."
        )
    try:
        rows, labels = check_X_y(X, y, dtype=[np.float64, np.float32])
        check_classification_targets(labels)
    except (TypeError, ValueError) as error:
        bad = _first_bad(X, y, name, label)
        raise InvalidInputError(bad or f"`{name}` and `{label}` cannot be used: {error}") from error
    return rows, labels


def _first_bad(X: Any, y: Any, name: str, label: str) -> str | None:
    """Say where the first entry is that is no finite number, or which lengths differ."""
    try:
        numbers, labels = np.asarray(X, dtype=np.float64), np.asarray(y)
    except (TypeError, ValueError):
        return None
    if numbers.ndim != 2:
        advice = f" Of one feature, give {name}.reshape(-1, 1)." if numbers.ndim == 1 else ""
        return f"`{name}` must have two dimensions, (n_samples, n_features); got shape {numbers.shape}.{advice}"
    bad = np.argwhere(~np.isfinite(numbers))
    if numbers.ndim == 2 and len(bad):
        row, column = bad[0]
        return f"`{name}` must hold finite numbers; got {_shown(numbers[row, column])} in row {row}, column {column}."
    if labels.ndim == 1 and numbers.ndim == 2 and len(labels) != len(numbers):
        return f"`{label}` must have as many entries as `{name}` has rows, {len(numbers)}; got {len(labels)}."
    if labels.ndim == 1 and labels.dtype.kind == "f" and not np.isfinite(labels).all():
        index = int(np.flatnonzero(~np.isfinite(labels))[0])
        return f"`{label}` must not have missing or infinite labels; got {_shown(labels[index])} at index {index}."
    return None


def _shown(value: Any) -> str:
    return "NaN" if np.isnan(value) else str(float(value))


__all__ = ["check_data", "check_held_out"]
