"""Neighbouring sparse rows, and sparse rows turned, as views.

SciPy's constructors copy the arrays of a small part of a large matrix, so as not to keep that alive; here it is anyway.
Nothing in this file knows what the rows are for.
"""

from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray


def neighbours(X: Any, rows: slice) -> Any:
    """Return neighbouring rows of a CSR matrix, of its kind, whose entries are those of X."""
    ends = X.indptr[rows.start : rows.stop + 1]
    entries = slice(ends[0], ends[-1])
    of_rows = type(X)((len(ends) - 1, X.shape[1]), dtype=X.dtype)
    return _holding(of_rows, X.data[entries], X.indices[entries], ends - ends[0])


def turned(block: Any) -> Any:
    """Return the transpose of an array, or of CSR rows as a CSC array, without a copy."""
    if isinstance(block, np.ndarray):
        return block.T
    from scipy.sparse import csc_array

    columns_first = csc_array(block.shape[::-1], dtype=block.dtype)
    return _holding(columns_first, block.data, block.indices, block.indptr)


def _holding(empty: Any, data: FloatArray, indices: IntArray, indptr: IntArray) -> Any:
    empty.data, empty.indices, empty.indptr = data, indices, indptr
    return empty


__all__ = ["neighbours", "turned"]
