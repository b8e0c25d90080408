"""Features on one scale: mean 0 and standard deviation 1.

Nothing here knows the labels or the model.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray


class Standardized(NamedTuple):
    """The scaled features, and what is needed to scale others in the same way: (X_new − mean) / scale."""

    X: FloatArray
    mean: FloatArray
    scale: FloatArray


def standardize(X: ArrayLike, weights: ArrayLike | None = None) -> Standardized:
    """Subtract the mean of every column and divide by its standard deviation.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
        Finite numbers. It is not changed.
    weights : array_like of shape (n_samples,) or None
        Weights >= 0 of the rows. A row of weight 0 is scaled like the others and acts as if it were absent.

    Returns
    -------
    X : ndarray of shape (n_samples, n_features)
        float32 if `X` was, float64 otherwise.
    mean, scale : ndarray of shape (n_features,)
        float64. The standard deviation divides by n, not n − 1. A constant column is only centered: it
        becomes 0 and its scale is 1.

    Raises
    ------
    InvalidInputError
        If `X` is no table of finite numbers or `weights` do not fit it.

    Examples
    --------
    >>> scaled = standardize([[1.0, 7.0], [3.0, 7.0]])
    >>> scaled.X
    array([[-1.,  0.],
           [ 1.,  0.]])
    >>> scaled.mean, scaled.scale
    (array([2., 7.]), array([1., 1.]))
    """
    X = _checked_table(X)
    rows = X.astype(np.float64, order="C", copy=False)  # one order in memory, one order of summation
    share = np.full(len(X), 1 / len(X))
    if weights is not None:
        weights = _checked_weights(weights, len(X))
        rows, weights = rows[weights > 0], weights[weights > 0]
        share = weights / weights.sum()
    mean = share @ rows
    # The spread is found by comparison, because a rounded mean leaves a constant column a deviation of 1e-17.
    constant = rows.min(axis=0) == rows.max(axis=0)
    mean[constant] = rows[0, constant]
    deviation = rows - mean
    # Relative to the largest deviation, so that squares neither overflow nor vanish.
    largest = np.where(constant, 1.0, np.abs(deviation).max(axis=0))
    scale = np.where(constant, 1.0, largest * np.sqrt(share @ (deviation / largest) ** 2))
    return Standardized(((X - mean) / scale).astype(X.dtype, copy=False), mean, scale)


def _checked_table(X: ArrayLike) -> FloatArray:
    table = np.asarray(X)
    if table.dtype.kind not in "fiub" or table.ndim != 2 or 0 in table.shape:
        raise InvalidInputError(
            "`X` must be a table of numbers of shape (n_samples, n_features); "
            f"got shape {table.shape} of {table.dtype}."
        )
    if table.dtype != np.float32:
        table = table.astype(np.float64, copy=False)
    refused = np.argwhere(~np.isfinite(table))
    if refused.size:
        row, column = refused[0].tolist()
        raise InvalidInputError(f"`X` must be finite; got {table[row, column]} at [{row}, {column}].")
    return table


def _checked_weights(weights: ArrayLike, n_samples: int) -> FloatArray:
    checked = np.asarray(weights, dtype=np.float64)
    if checked.shape != (n_samples,):
        raise InvalidInputError(f"`weights` must have shape ({n_samples},); got {checked.shape}.")
    refused = np.flatnonzero(~((checked >= 0) & np.isfinite(checked)))
    if refused.size:
        first = refused[0]
        raise InvalidInputError(f"`weights` must be finite and >= 0; got {checked[first]} at [{first}].")
    if not checked.any():
        raise InvalidInputError("`weights` must not all be 0; got only zeros.")
    return checked


__all__ = ["Standardized", "standardize"]
