"""Numbers that cannot be computed with: not finite, without digits, or with a range that overflows.

Good data are told at the speed of memory, by one product and a few rows; only where that proves nothing are all
entries looked at. It knows numbers; it never knows what they are for.
"""

from typing import Any

import numpy as np
from scipy.sparse import issparse

from logitscope._exceptions import InvalidInputError
from logitscope._typing import BoolArray
from logitscope.sources import in_threads

_CHUNK = 2**20  # worth a thread
_FEW = 32  # rows that are looked at for columns of ordinary numbers
_TINY = {char: float(np.finfo(char).tiny) for char in "df"}
_LARGE = 1e100  # squares and sums of numbers up to here are finite in float64


def are_moderate(values: Any) -> bool:
    """Whether all entries of a float array are finite and none is large; False proves nothing.

    A product of the entries with themselves is small only if they are, and BLAS reads as fast as the memory.
    """
    flat = values.reshape(-1) if values.flags.c_contiguous else values.reshape(-1, order="A")
    if flat.size <= _CHUNK:
        return _is_small(flat)
    return all(in_threads(lambda start: _is_small(flat[start : start + _CHUNK]), range(0, flat.size, _CHUNK)))


def _is_small(values: Any) -> bool:
    with np.errstate(all="ignore"):
        return float(np.dot(values, values)) <= _LARGE**2  # which no NaN is; float32 holds no such number


def refuse_extremes(X: Any, is_moderate: bool = False) -> None:
    """Refuse columns whose numbers have lost digits, or whose range overflows: no unit of theirs can be computed with.

    Parameters
    ----------
    is_moderate : bool
        Whether X is dense and it is known that no entry is large.

    Raises
    ------
    InvalidInputError
        Naming the first such column.
    """
    if is_moderate:
        if _have_digits(X):
            return
    elif issparse(X) and X.nnz and _are_ordinary(X.data).all():
        return
    low, high = X.min(axis=0), X.max(axis=0)
    if issparse(X):
        low, high = low.toarray().ravel(), high.toarray().ravel()
    low, high = low.astype(np.float64), high.astype(np.float64)
    largest, tiny = np.maximum(-low, high), np.finfo(X.dtype).tiny
    for column in np.flatnonzero((largest > 0) & (largest < tiny))[:1]:
        raise InvalidInputError(
            f"`X` must have columns of numbers that are 0 or not below {tiny:.3g}, where {X.dtype} loses digits; the"
            f" largest of column {column} is {largest[column]:.3g}. Multiply the column by a power of two."
        )
    with np.errstate(over="ignore"):
        wide = np.flatnonzero(~np.isfinite(high - low))
    for column in wide[:1]:
        raise InvalidInputError(
            f"`X` must have columns whose range float64 can hold; column {column} goes from {low[column]:.3g} to"
            f" {high[column]:.3g}. Divide the column by a power of two."
        )


def _are_ordinary(values: Any) -> BoolArray:
    size = np.abs(values)
    kind = np.finfo(values.dtype)
    ordinary: BoolArray = (size >= kind.tiny) & (size <= min(_LARGE, float(kind.max)))
    return ordinary


def _have_digits(X: Any) -> bool:
    """Whether every column has an entry with all its digits, mostly found in its first rows; False proves nothing."""
    tiny = _TINY[X.dtype.char]
    largest = np.abs(X[:_FEW]).max(axis=0)
    if largest.min() >= tiny:
        return True
    left = np.flatnonzero(largest < tiny)
    return len(left) <= _FEW and all(bool((np.abs(X[:, column]) >= tiny).any()) for column in left.tolist())


__all__ = ["are_moderate", "refuse_extremes"]
