"""What is a number, a table or a label at all: everything else is refused before NumPy converts it without a word.

NumPy parses text, counts days, drops masks and imaginary parts, and rounds what is too long for float64. It knows types
of containers and entries; it never knows what the numbers are for.
"""

from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta
from decimal import Decimal
from numbers import Complex, Real
from typing import Any

import numpy as np
from scipy.sparse import issparse

from logitscope._exceptions import InvalidInputError, InvalidTypeError

_EXACT = 2**53  # up to here float64 holds every integer
_LONGEST = 80  # characters of a value that a sentence quotes


def short(value: Any) -> str:
    """Return the repr of a value, cut if it is long."""
    text = repr(value.item() if isinstance(value, np.generic) and value.dtype.char != "g" else value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 20]}… ({len(text)} characters)"


def check_table(X: Any, name: str = "X") -> None:
    """Refuse what is no table of real numbers that float64 holds. Missing entries and shapes are not its concern.

    Raises
    ------
    InvalidInputError
        Naming the container, or the row and column of the first entry.
    """
    if issparse(X):
        _check_indices(X, name)
        entries = X if X.format in ("csr", "csc", "coo", "bsr") else X.tocoo()
        if _suspicious(entries.data):
            entries = entries.tocoo()
            _check_entries(name, entries.data, lambda at: (int(entries.row[at]), int(entries.col[at])))
        return
    _refuse_mask(name, X)
    names = getattr(X, "columns", None) if hasattr(X, "shape") else None
    if names is not None and not isinstance(X, np.ndarray):
        _refuse_repeated(name, names)
        for column, values in enumerate(_columns(X)):
            _check_entries(name, np.asarray(values), lambda row, at=column: (row, at), names)
        return
    values = as_array(X, name, "an array, a table or a list of rows")
    if _suspicious(values):
        _check_entries(name, values.ravel(), lambda at: np.unravel_index(at, values.shape))


def check_vector(name: str, values: Any) -> Any:
    """Return an array of what is no number only where it is missing; refuse everything else."""
    if issparse(values):
        raise InvalidTypeError(f"`{name}` must be a dense array; got a sparse one. Use {name}.toarray().ravel().")
    _refuse_mask(name, values)
    array = as_array(values, name, "a number or an array of numbers")
    if _suspicious(array):
        _check_entries(name, array.ravel(), lambda at: np.unravel_index(at, array.shape))
    return values


def check_labels(y: Any, name: str = "y") -> Any:
    """Return labels that NumPy takes as they are; refuse containers of another kind and labels that it would change."""
    if y is None or issparse(y):  # scikit-learn says it
        return y
    _refuse_mask(name, y)
    array = as_array(y, name, "an array or a list of labels")
    if array.ndim == 0:
        raise InvalidTypeError(f"`{name}` must be an array or a list of labels; got {_described(y)}.")
    if array.ndim > 2:
        raise InvalidInputError(f"`{name}` must have shape (n_samples,); got shape {array.shape}.")
    if array.dtype.kind == "c":
        raise InvalidInputError(f"`{name}` must not be complex; got {array.dtype}. (Complex data not supported.)")
    if array.dtype.kind == "V":
        raise InvalidTypeError(f"`{name}` must have one label a row; got a structured array. Choose one of its fields.")
    if array.dtype.kind in "mM" and np.isnat(array).any():
        index = int(np.flatnonzero(np.isnat(array))[0])
        raise InvalidInputError(f"`{name}` must not have missing or infinite labels; got NaT at index {index}.")
    if array.dtype.kind == "U" and isinstance(y, Sequence):  # NumPy has turned numbers among text into text
        other = next((index for index, label in enumerate(y) if isinstance(label, str) != isinstance(y[0], str)), None)
        if other is not None:
            raise InvalidInputError(
                f"`{name}` must hold labels of one kind; got {short(y[0])} at index 0 and {short(y[other])} at index"
                f" {other}."
            )
    return array.astype(object) if array.dtype.kind == "T" else y


def as_array(values: Any, name: str, need: str) -> Any:
    """Return the array that NumPy makes of values.

    Raises
    ------
    InvalidInputError
        Rows of different lengths, or a container of which it makes a single object.
    """
    try:
        array = np.asarray(values)
    except (TypeError, ValueError) as error:
        lengths = [len(row) if hasattr(row, "__len__") else None for row in values]
        other = next((row for row, length in enumerate(lengths) if length != lengths[0]), None)
        if other is None:
            raise InvalidTypeError(f"`{name}` must be {need}; got {_described(values)} ({error}).") from error
        raise InvalidInputError(
            f"`{name}` must have rows of one length; got {lengths[0]} entries in row 0 and {lengths[other]} in row"
            f" {other}."
        ) from error
    if array.ndim == 0 and array.dtype.kind in "OSU":
        fix = f" Use list({name})." if isinstance(values, Iterator | set | frozenset) else ""
        raise InvalidTypeError(f"`{name}` must be {need}; got {_described(values)}.{fix}")
    return array


def _described(value: Any) -> str:
    return short(value) if value is None or isinstance(value, str | bytes | Complex) else f"a {type(value).__name__}"


def _refuse_mask(name: str, values: Any) -> None:
    rows = values if isinstance(values, list | tuple) else ()
    if isinstance(values, np.ma.MaskedArray) or any(isinstance(row, np.ma.MaskedArray) for row in rows):
        raise InvalidTypeError(
            f"`{name}` must not be a masked array: its mask would be lost. Leave the masked rows out, or fill them with"
            f" {name}.filled(value)."
        )


def _refuse_repeated(name: str, names: Any) -> None:
    seen: set[Any] = set()
    for column in names:
        if column in seen:
            raise InvalidInputError(f"`{name}` must have columns of different names; got {short(column)} twice.")
        seen.add(column)


def _columns(X: Any) -> Iterator[Any]:
    """Yield the columns of a table: pandas', polars' or pyarrow's."""
    if hasattr(X, "iloc"):
        return (X.iloc[:, column] for column in range(X.shape[1]))
    for each in ("iter_columns", "itercolumns"):
        if hasattr(X, each):
            return iter(getattr(X, each)())
    return iter(np.asarray(X).T)


def _suspicious(values: Any) -> bool:
    """Whether entries may be anything else than numbers that float64 holds."""
    kind, size = values.dtype.kind, values.dtype.itemsize
    return not (kind == "b" or (kind == "f" and size <= 8) or (kind in "iu" and size < 8))


def _check_entries(name: str, values: Any, place: Any, names: Any = None) -> None:
    """Refuse the first entry that is no real number, or that float64 would round.

    Parameters
    ----------
    values : ndarray of shape (n,)
    place : callable
        From an index to (row, column) or (index,).
    """
    if not _suspicious(values):
        return
    kind = values.dtype.kind
    if kind == "V":
        raise InvalidTypeError(
            f"`{name}` must be an array of numbers; got a structured array with fields"
            f" {', '.join(map(repr, values.dtype.names or ()))}."
            f" Use numpy.lib.recfunctions.structured_to_unstructured({name})."
        )
    if kind in "iuf":
        index = _first_rounded(values)
        if index is not None:
            sentence = f"{_needs_float64(name, values[index])} {_where(place(index), names)}"
            raise InvalidInputError(f"{sentence}.{_ROUND.format(name)}")
        return
    for index, value in enumerate(values):
        reason = _objection(name, value)
        if reason is not None:
            kind_of_error, sentence, fix = reason
            raise kind_of_error(f"{sentence} {_where(place(index), names)}.{fix}")


def _objection(name: str, value: Any) -> tuple[type[InvalidInputError], str, str] | None:
    """Return the error, the sentence and the fix for an entry that is no number."""
    if value is None or type(value).__name__ in ("NAType", "NaTType") or isinstance(value, bool | np.bool_):
        return None
    if isinstance(value, str | bytes):
        fix = f" It is text: use {name}.astype(float) if it is meant as a number." if _parses(value) else ""
        return InvalidInputError, f"`{name}` must hold finite numbers; got {short(value)}", fix
    if isinstance(value, date | time | np.datetime64):
        fix = f" Subtract a start and divide by a unit, as in ({name} - start) / np.timedelta64(1, 'D')."
        return InvalidInputError, f"`{name}` must hold numbers; got the time {value}", fix
    if isinstance(value, timedelta | np.timedelta64):
        fix = f" Divide by a unit, as in {name} / np.timedelta64(1, 'D')."
        return InvalidInputError, f"`{name}` must hold numbers; got the duration {value}", fix
    if isinstance(value, Real | Decimal):
        if isinstance(value, int | np.integer) and _is_rounded(int(value)):
            return InvalidInputError, _needs_float64(name, value), _ROUND.format(name)
        return None
    if isinstance(value, Complex):
        return (
            InvalidInputError,
            f"`{name}` must hold real numbers; got {short(value)}",
            " (Complex data not supported.)",
        )
    # scikit-learn's checks ask for these last words.
    fix = " (float() argument must be a string or a real number.)"
    return InvalidTypeError, f"`{name}` must hold numbers; got {short(value)}", fix


_ROUND = " Convert it with {}.astype(float) if it may be rounded."


def _needs_float64(name: str, value: Any) -> str:
    text = str(value) if len(str(value)) <= _LONGEST else f"{str(value)[:20]}… ({len(str(value))} digits)"
    return f"`{name}` must hold numbers that float64 can hold; got {text}"


def _first_rounded(values: Any) -> int | None:
    """Index of the first integer or long double that float64 would round."""
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):
            changed = values.astype(np.float64) != values
        bad = np.flatnonzero(changed & ~np.isnan(values))
        return int(bad[0]) if len(bad) else None
    large = np.flatnonzero((values > _EXACT) | (values < -_EXACT) if values.dtype.kind == "i" else values > _EXACT)
    return next((int(index) for index in large if _is_rounded(int(values[index]))), None)


def _is_rounded(value: int) -> bool:
    try:
        return int(float(value)) != value
    except OverflowError:
        return True


def _parses(text: Any) -> bool:
    try:
        return bool(np.isfinite(float(text)))
    except ValueError:
        return False


def _where(place: tuple[int, ...], names: Any) -> str:
    if len(place) == 1:
        return f"at index {place[0]}"
    row, column = place[:2]
    return f"in row {row}, column {column}" + ("" if names is None else f" ({names[column]!r})")


def _check_indices(X: Any, name: str) -> None:
    """Refuse indices that point outside of a sparse matrix: compiled code would follow them."""
    if X.format == "coo":
        pairs = list(zip(X.coords, X.shape, strict=True))
    elif X.format in ("csr", "csc", "bsr") and X.ndim == 2:
        # BSR counts in blocks; the major axis of CSC is the column.
        shape = np.asarray(X.shape) // np.asarray(getattr(X, "blocksize", (1, 1)))
        major, minor = (shape[1], shape[0]) if X.format == "csc" else shape
        pairs = [(X.indices, minor)]
        starts = X.indptr
        if len(starts) != major + 1 or starts[0] != 0 or (np.diff(starts) < 0).any() or starts[-1] > len(X.indices):
            raise InvalidInputError(
                f"`{name}` must be a well-formed sparse matrix; got an indptr that does not fit its indices."
            )
    else:
        return
    for indices, length in pairs:
        bad = np.flatnonzero((indices < 0) | (indices >= length))
        if len(bad):
            raise InvalidInputError(
                f"`{name}` must be a well-formed sparse matrix, with indices from 0 to {length - 1}; got"
                f" {indices[bad[0]]} at entry {bad[0]}."
            )


__all__ = ["as_array", "check_labels", "check_table", "check_vector", "short"]
