"""Neighbouring sparse rows, and sparse rows turned, as views.

SciPy's constructors copy the arrays of a small part of a large matrix, so as not to keep that alive; here it is anyway.
Nothing in this file knows what the rows are for.
"""

from collections.abc import Callable
from copy import copy
from functools import lru_cache
from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray


def neighbours(X: Any, rows: slice) -> Any:
    """Return neighbouring rows of a CSR matrix, of its kind, whose entries are those of X."""
    ends = X.indptr[rows.start : rows.stop + 1]
    entries = slice(ends[0], ends[-1])
    kind: Callable[..., Any] = type(X)
    empty = _empty(kind, (len(ends) - 1, X.shape[1]), X.dtype)
    return _holding(empty, X.data[entries], X.indices[entries], ends - ends[0])


def turned(block: Any) -> Any:
    """Return the transpose of an array, or of CSR rows as a CSC array, without a copy."""
    if isinstance(block, np.ndarray):
        return block.T
    from scipy.sparse import csc_array

    return _holding(_empty(csc_array, block.shape[::-1], block.dtype), block.data, block.indices, block.indptr)


@lru_cache(maxsize=64)
def _empty(kind: Callable[..., Any], shape: tuple[int, int], dtype: np.dtype[Any]) -> Any:
    """Return a matrix without entries, to be copied: to make one takes ten times as long."""
    empty = kind(shape, dtype=dtype)
    empty.indptr = empty.indptr[:0].copy()  # not to be kept for the life of a process
    return empty


def _holding(empty: Any, data: FloatArray, indices: IntArray, indptr: IntArray) -> Any:
    own = copy(empty)
    own.data, own.indices, own.indptr = data, indices, indptr
    return own


__all__ = ["neighbours", "turned"]
