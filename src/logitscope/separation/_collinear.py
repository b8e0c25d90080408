"""Which columns are combinations of others up to rounding.

It knows an equilibrated matrix; it never knows labels.
"""

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.separation._rows import UNIT

_SUSPECT = 1e-9


def collinear_columns(A: FloatArray, protected: int) -> IntArray:
    """Return columns whose removal changes the span of the columns by roundings at most.

    A column is left out when a least-squares combination of the kept ones meets it in every row within
    16 (p + 1) units of the last place of the terms. A column that differs by more, if only in one row, is kept:
    that row may be the one that separates. With fewer rows than columns, columns beyond the rank are left out;
    as the kept ones then span everything, nothing is lost.

    Parameters
    ----------
    A : ndarray of shape (n_rows, n_columns)
        Columns.
    protected : int
        1 if the last column (the intercept's) is to be kept before all others, else 0.
    """
    from scipy.linalg import qr

    n, p = A.shape
    norms = np.linalg.norm(A, axis=0)
    norms[norms == 0] = 1.0
    scaled = A / norms
    scaled[:, p - protected :] *= 2.0  # the longest column is the first pivot
    R, order = qr(scaled, mode="r", pivoting=True)
    rank = int(np.sum(np.abs(np.diagonal(R)) > _SUSPECT))
    kept, left_out = list(order[:rank]), []
    for j in order[rank:]:
        if len(kept) >= n or _is_combination(A[:, j], A[:, kept]):
            left_out.append(int(j))
        else:
            kept.append(j)
    return np.array(sorted(left_out), dtype=np.intp)


def _is_combination(column: FloatArray, basis: FloatArray) -> bool:
    c = np.linalg.lstsq(basis, column, rcond=None)[0] if basis.shape[1] else np.zeros(0)
    reach = np.abs(column) + np.abs(basis) @ np.abs(c)
    error = np.abs(column - basis @ c)
    return bool(np.all(error <= 16 * (basis.shape[1] + 2) * UNIT * reach))


__all__ = ["collinear_columns"]
