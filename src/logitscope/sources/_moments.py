"""Norms and second moments of the rows of a source, read block by block.

They bound how far one step can move a prediction; they never know what the prediction is for.
"""

from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.sources._base import Source
from logitscope.sources._rows import dense_blocks
from logitscope.sources._sparse import turned
from logitscope.sources._threads import in_parts

_LONG = 200  # rows a column, of data beside which a moment matrix a part is small
_DENSE_LIMIT = 512  # up to here the moment matrix and its eigenvalues are cheaper than repeated passes


def scaled_row_norms(
    source: Source, factor: FloatArray, fit_intercept: bool, batch: IntArray | None = None
) -> FloatArray:
    """Return ‖D x̃ᵢ‖ for a diagonal D, with x̃ = (x, 1) if there is an intercept.

    Parameters
    ----------
    factor : ndarray of shape (n_features [+ 1], n_models)
        The diagonal, laid out like the parameters.

    Returns
    -------
    ndarray of shape (n_batch, n_models)
    """
    n = source.n_samples if batch is None else len(batch)
    squared_factor = np.square(factor)
    out = np.empty((n, factor.shape[1]))

    def fill(rows: slice) -> None:
        part, own = source.part(rows.start, rows.stop) if batch is None else source, out[rows]
        for positions, block in part.blocks(None if batch is None else batch[rows], are_copied=True):
            own[positions] = source.squares(block) @ squared_factor[: source.n_features]

    in_parts(fill, n, source.n_read / max(1, source.n_samples))
    if fit_intercept:
        out += squared_factor[-1]
    return np.sqrt(out)


def mapped_row_norms(
    source: Source, maps: FloatArray, fit_intercept: bool, batch: IntArray | None = None
) -> FloatArray:
    """Return ‖Mᵀ x̃ᵢ‖ for one matrix M a column.

    Parameters
    ----------
    maps : ndarray of shape (n_params, n_moved, n_models)

    Returns
    -------
    ndarray of shape (n_batch, n_models)
    """
    p = source.n_features
    out = np.empty((source.n_samples if batch is None else len(batch), maps.shape[2]))
    for positions, block in source.blocks(batch):
        for column in range(maps.shape[2]):
            moved = block @ maps[:p, :, column] + (maps[p, :, column] if fit_intercept else 0.0)
            out[positions, column] = np.sqrt(np.square(moved).sum(axis=1))
    return out


def row_norms(source: Source, fit_intercept: bool) -> FloatArray:
    """Return ‖x̃ᵢ‖ = √(‖xᵢ‖² + 1), or ‖xᵢ‖ without an intercept, of shape (n_samples,)."""
    ones = np.ones((source.n_features + fit_intercept, 1))
    return scaled_row_norms(source, ones, fit_intercept)[:, 0]


def _moment_product(source: Source, share: FloatArray, fit_intercept: bool, vectors: Any) -> Any:
    """Multiply the moment matrix Σ sᵢ x̃ᵢ x̃ᵢᵀ by vectors, in one pass."""
    p = source.n_features
    out = np.zeros_like(vectors)
    for positions, block in source.blocks():
        seen = block @ vectors[:p] + (vectors[p] if fit_intercept else 0.0)
        weighted = (share[positions] * seen.T).T
        out[:p] += turned(block) @ weighted
        if fit_intercept:
            out[p] += weighted.sum(axis=0)
    return out


def gram(rows: FloatArray, weights: FloatArray) -> FloatArray:
    """Return Σ wᵢ xᵢ xᵢᵀ; BLAS takes half the time for a product with itself."""
    if (weights >= 0).all():
        half = rows * np.sqrt(weights).astype(rows.dtype, copy=False)[:, None]
        return np.asarray(half.T @ half, dtype=np.float64)
    return np.asarray((rows * weights[:, None]).T @ rows, dtype=np.float64)


def second_moment(source: Source, share: FloatArray, fit_intercept: bool) -> FloatArray:
    """Return Σ sᵢ x̃ᵢ x̃ᵢᵀ, (n_params, n_params), in one pass; shares are not negative."""
    p = source.n_features

    def some(rows: slice) -> FloatArray:
        moment, own_share = np.zeros((p + fit_intercept, p + fit_intercept)), share[rows]
        for positions, block in dense_blocks(source.part(rows.start, rows.stop)):
            x, s = block.astype(np.float64, copy=False), own_share[positions]
            half = x if is_uniform else x * np.sqrt(s)[:, None]
            moment[:p, :p] += half.T @ half  # BLAS takes half the time for a product with itself
            if fit_intercept:
                moment[p, :p] += s @ x
        return moment

    n, is_uniform = source.n_samples, share.strides[0] == 0
    parts = in_parts(some, n, p) if n > _LONG * p else [some(slice(0, n))]
    added: FloatArray = np.sum(parts, axis=0)
    if is_uniform and len(share):
        added[:p, :p] *= share[0]
    if fit_intercept:
        added[:p, p] = added[p, :p]
        added[p, p] = share.sum()
    return added


def largest_second_moment(source: Source, share: FloatArray, fit_intercept: bool) -> float:
    """Return the largest eigenvalue of Σ sᵢ x̃ᵢ x̃ᵢᵀ, never too small by more than rounding.

    Parameters
    ----------
    share : ndarray of shape (n_samples,)
        Weights that sum to 1.

    Notes
    -----
    For wide data the eigenvalue is found by Lanczos iteration, which approaches it from below; 1 % is added.
    """
    size = source.n_features + fit_intercept
    if size <= _DENSE_LIMIT:
        return float(np.linalg.eigvalsh(second_moment(source, share, fit_intercept))[-1])
    from scipy.sparse.linalg import LinearOperator, eigsh

    operator = LinearOperator(
        (size, size),
        matvec=lambda v: _moment_product(source, share, fit_intercept, np.asarray(v).reshape(size)),
        dtype=np.float64,
    )
    start = np.random.default_rng(0).standard_normal(size)  # fixed: the step size must repeat
    return 1.01 * float(eigsh(operator, k=1, tol=1e-3, v0=start, return_eigenvectors=False)[0])


__all__ = ["gram", "largest_second_moment", "mapped_row_norms", "row_norms", "scaled_row_norms", "second_moment"]
