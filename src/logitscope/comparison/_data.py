"""The rows of a comparison: checked once, split and scaled anew for every seed.

It knows arrays and labels; it never knows an activation, a loss or a rate.
"""

import math
from numbers import Real
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
    classes: Any
    """The labels themselves, sorted."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)


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
        rows, labels = check_X_y(X, y, dtype=np.float64)
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


def split(data: Data, test_size: float, is_scaled: bool, seed: int) -> Split:
    """Hold out the same share of every class; scale with what the training rows tell, if asked to.

    Raises
    ------
    InvalidInputError
        A share that leaves a class out on one side.
    """
    from logitscope.datasets import standardize

    rows, held_out = hold_out(data, "test_size", test_size, seed)
    train, test = data.X[rows], data.X[held_out]
    mean: FloatArray = np.zeros(train.shape[1])
    scale: FloatArray = np.ones(train.shape[1])
    if is_scaled:
        train, mean, scale = standardize(train)
        test = (test - mean) / scale
    return Split(train, data.codes[rows], test, data.codes[held_out], rows, mean, scale)


def hold_out(data: Data, argument: str, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Return which rows to train on, increasing, and which to hold out, the same share of every class.

    Raises
    ------
    InvalidInputError
        A share that leaves a class out on one side; `argument` is what it is called.
    """
    from sklearn.model_selection import train_test_split

    if isinstance(share, bool) or not (isinstance(share, Real) and 0 < share < 1):
        raise InvalidInputError(f"`{argument}` must be a number between 0 and 1; got {share!r}.")
    counts, n = np.bincount(data.codes), len(data.X)
    if counts.min() < 2:
        lonely = data.classes.tolist()[int(counts.argmin())]
        raise InvalidInputError(
            f"`y` must hold two rows of every class, one to train on and one to hold out; got 1 of class {lonely!r}."
        )
    try:
        rows, held_out = train_test_split(np.arange(n), test_size=share, stratify=data.codes, random_state=seed)
    except ValueError as error:
        raise InvalidInputError(
            f"`{argument}` must leave rows of every class on both sides; got {share} of {n} rows, which holds out"
            f" {math.ceil(share * n)} for {data.n_classes} classes."
        ) from error
    kept: IntArray = np.sort(rows)
    return kept, held_out


__all__ = ["Data", "Split", "check_data", "check_held_out", "hold_out", "split"]
