"""One call of somebody else's training loop, checked, and its labels as the targets of columns.

It knows shapes and labels of any kind; it never keeps anything.
"""

from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray


class Batch(NamedTuple):
    """What is told of some samples at one update."""

    z: FloatArray
    """(n_batch, n_columns)."""
    y: Any
    """Labels (n_batch,), float64 if they are numbers; or targets of every column, (n_batch, n_columns)."""
    ids: IntArray | None
    """(n_batch,); None: all samples in order."""
    row_norm: FloatArray
    """(n_batch,), NaN where it is not told."""
    weight: FloatArray
    """(n_batch,), NaN where it is not told."""


def checked_batch(z: Any, y: Any, ids: Any, row_norm: Any, sample_weight: Any) -> Batch:
    """Check one call of `UpdateRecorder.observe`.

    Raises
    ------
    InvalidInputError
        Arrays that do not fit together, or hold what cannot be used.
    """
    columns = _numbers("z", z)
    if columns.ndim not in (1, 2) or 0 in columns.shape:
        raise InvalidInputError(f"`z` must have shape (n_batch,) or (n_batch, n_columns); got shape {columns.shape}.")
    columns = columns.reshape(len(columns), -1)
    n = len(columns)
    return Batch(
        columns,
        _labels(y, columns.shape),
        None if ids is None else _ids(ids, n),
        _per_sample("row_norm", row_norm, n),
        _per_sample("sample_weight", sample_weight, n),
    )


def is_number(value: Any, kind: type = np.number) -> bool:
    """Whether value is a number of a kind, and no truth value."""
    python = int if kind is np.integer else Real
    return isinstance(value, python | kind) and not isinstance(value, bool)


def checked_rate(learning_rate: Any) -> float | None:
    """Return a learning rate; None is an unknown one."""
    if learning_rate is None:
        return None
    if not is_number(learning_rate) or not 0 <= learning_rate < np.inf:
        raise InvalidInputError(f"`learning_rate` must be a finite number >= 0; got {learning_rate!r}.")
    return float(learning_rate)


def _array(name: str, values: Any) -> Any:
    if isinstance(values, np.ma.MaskedArray):
        raise InvalidInputError(f"`{name}` must be an array without a mask; got a masked array. Fill it first.")
    try:
        return np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:  # a tensor that requires its gradient, a ragged list
        reason = str(error).rstrip(".")
        raise InvalidInputError(
            f"`{name}` must be readable by NumPy; got {type(values).__name__} ({reason})."
        ) from error


def _numbers(name: str, values: Any) -> FloatArray:
    array = _array(name, values)
    if array.dtype.kind not in "fiu" or array.dtype.itemsize > 8:
        raise InvalidInputError(f"`{name}` must hold real numbers; got dtype {array.dtype}.")
    numbers: FloatArray = array.astype(np.float64)  # a copy: the loop may go on to write in its own array
    return numbers


def _ids(ids: Any, n: int) -> IntArray:
    array = _array("ids", ids)
    if array.dtype.kind not in "iu" or array.shape != (n,):
        raise InvalidInputError(
            f"`ids` must be one integer a sample, shape ({n},); got dtype {array.dtype} and shape {array.shape}."
        )
    found, counts = np.unique(array, return_counts=True)
    if (counts > 1).any():
        raise InvalidInputError(
            f"`ids` must differ within a call; got {found[counts > 1][0]} {counts.max()} times."
            " A sample has one z an update."
        )
    return array.astype(np.intp)


def _per_sample(name: str, values: Any, n: int) -> FloatArray:
    if values is None:
        return np.full(n, np.nan)
    array = _numbers(name, values)
    if array.shape not in ((), (n,)):
        raise InvalidInputError(f"`{name}` must be a number, or one a sample, shape ({n},); got shape {array.shape}.")
    array = np.broadcast_to(array, (n,))
    bad = np.flatnonzero(~(np.isfinite(array) & (array >= 0)))
    if len(bad):
        raise InvalidInputError(f"`{name}` must hold finite numbers >= 0; got {array[bad[0]]} at index {bad[0]}.")
    if name == "sample_weight" and not array.any():
        raise InvalidInputError("`sample_weight` must have a weight > 0; got only zeros.")
    return array


def _labels(y: Any, shape: tuple[int, ...]) -> Any:
    array = _array("y", y)
    array = array[:, 0] if array.ndim == 2 and array.shape[1] == 1 else array
    if array.shape != shape[:1] and array.shape != shape:
        raise InvalidInputError(
            f"`y` must have one label a sample, shape ({shape[0]},), or a target a column, shape {shape};"
            f" got shape {array.shape}."
        )
    labels = array.astype(np.float64) if array.dtype.kind in "biuf" else array.astype(object)
    if labels.dtype == object:
        bad = np.flatnonzero([label is None or label != label for label in labels.ravel().tolist()])
    else:
        bad = np.flatnonzero(~np.isfinite(labels.ravel()))
    if len(bad):
        raise InvalidInputError(f"`y` must not have missing or infinite labels; got {labels.ravel()[bad[0]]}.")
    if labels.ndim == 2 and (labels.dtype == object or ((labels < 0) | (labels > 1)).any()):
        raise InvalidInputError("`y` of several columns must hold targets in [0, 1]; got others.")
    return labels


def codes(labels: Any, n_columns: int, classes: Any) -> tuple[FloatArray, FloatArray | None]:
    """Return y of a log, and the targets of the columns where y does not tell them.

    Parameters
    ----------
    labels : ndarray of shape (n_samples,) or (n_samples, n_columns)
    classes : array_like, optional
        Labels in the order of the columns (of 0 and 1 for one column). By default numbers in [0, 1] stand for
        themselves in one column, integers below `n_columns` in several, and other labels are sorted.
    """
    if labels.ndim == 2:
        return labels.argmax(axis=1).astype(np.float64), labels
    n_classes = max(n_columns, 2)
    if classes is None:
        if labels.dtype != object:
            stands = labels >= 0
            stands &= labels <= 1 if n_columns == 1 else (labels < n_columns) & (labels == np.round(labels))
            if stands.all():
                return labels, None
        try:
            classes = np.array(sorted(set(labels.tolist())), dtype=labels.dtype)
        except TypeError as error:
            raise InvalidInputError("`y` must hold labels of one kind; got labels that cannot be sorted.") from error
        if len(classes) != n_classes:
            raise InvalidInputError(
                f"`y` must hold {n_classes} classes for {n_columns} column{'s' * (n_columns > 1)} of z; got"
                f" {len(classes)}. If some have not come yet, give `classes`."
            )
    given = np.asarray(classes)
    if given.shape != (n_classes,):
        raise InvalidInputError(
            f"`classes` must list {n_classes} labels for {n_columns} column{'s' * (n_columns > 1)} of z;"
            f" got {given.tolist()}."
        )
    code = {label: place for place, label in enumerate(given.tolist())}
    places = [code.get(label, -1) for label in labels.tolist()]
    if -1 in places:
        got = labels.tolist()[places.index(-1)]
        raise InvalidInputError(f"`classes` must list every label; got {given.tolist()} without {got!r}.")
    return np.array(places, dtype=np.float64), None


__all__ = ["Batch", "checked_batch", "checked_rate", "codes", "is_number"]
