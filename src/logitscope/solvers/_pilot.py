"""What a few rows tell of the Hessian where there are too many parameters for a matrix of all of them.

A diagonal, corrected where activations bend it; or one block a class. It knows a sample and parameters; it never makes
a step.
"""

import numpy as np

from logitscope._typing import FloatArray
from logitscope.solvers._hessians import joint_gram, softmax_of
from logitscope.solvers._preconditioner import Corrected, Diagonal, Preconditioner, Shared, factorise, per_column
from logitscope.solvers._sample import TWINS, Sample, bends, correlations, look_at, noise_share
from logitscope.solvers._shared import Apart
from logitscope.sources import gram

_CHANCE = 0.7
_FOR_STRUCTURE = 200  # columns of which correlations are looked at
_MOST_CORRECTED = 300  # parameters in the span of the parameters: a matrix of these is nothing
_COLLINEAR = 1e-6
_TINY = float(np.finfo(np.float32).tiny)
_FOR_TWINS = 128  # rows that tell nearly equal columns from others


def has_structure(sample: Sample) -> bool:
    """Whether columns are correlated beyond what chance makes of so few rows: else a diagonal says all."""
    if _is_structured(sample.rows, sample.share):
        return True
    return not sample.is_coupled and _has_twins(sample.rows[:_FOR_TWINS], sample.objective.fit_intercept)


def are_dependent(rows: FloatArray, fit_intercept: bool) -> bool:
    """Whether columns of rows that count the same are correlated, in the mean or any two."""
    return _is_structured(rows, np.full(len(rows), 1.0 / len(rows))) or _has_twins(rows, fit_intercept)


def _is_structured(rows: FloatArray, share: FloatArray) -> bool:
    """Whether columns are correlated in the mean, beyond chance."""
    p = rows.shape[1]
    some = np.unique(np.linspace(0, p - 1, min(p, _FOR_STRUCTURE)).astype(int))
    return noise_share(correlations(gram(rows[:, some], share)), share) < _CHANCE


def _has_twins(rows: FloatArray, fit_intercept: bool) -> bool:
    """Whether any two columns say nearly the same: one pair among thousands is lost in the mean of correlations."""
    x = rows[:, : rows.shape[1] - fit_intercept].astype(np.float32)
    if fit_intercept:
        x -= x.mean(axis=0)
    x *= 1.0 / np.maximum(np.sqrt(np.square(x).sum(axis=0)), _TINY)
    correlation = np.dot(x.T, x)
    np.fill_diagonal(correlation, 0.0)
    return bool(max(correlation.max(initial=0.0), -correlation.min(initial=0.0)) > TWINS)


def diagonal_at(sample: Sample, params: FloatArray) -> Preconditioner:
    """Return the diagonal of the Hessian of a sample at parameters in its frame; of classes, corrected in their span.

    Of independent columns the Hessian is diagonal but for the directions of the parameters themselves, along which
    samples differ in curvature (Stein's lemma; Erdogdu 2015). There the sample says what it is.
    """
    bent = np.square(sample.rows).T @ (sample.share[:, None] * _curvatures(sample, params))
    diagonal = Diagonal(np.maximum(bent + sample.ridge, 1e-12 * bent.max(axis=0)))
    k = params.shape[1]
    if not (sample.is_coupled and params.any() and k * (k + 1) <= _MOST_CORRECTED):
        return diagonal
    basis = _span(params, sample.objective.fit_intercept)
    exact = joint_gram(sample.rows @ basis, softmax_of(sample.rows @ params), sample.share)
    told = np.zeros_like(exact)
    for column in range(k):
        own = slice(column * basis.shape[1], (column + 1) * basis.shape[1])
        exact[own, own] += basis.T @ (sample.ridge[:, [column]] * basis)
        told[own, own] = basis.T @ (diagonal.values[:, [column]] * basis)
    # Softmax is flat where the same is added to every class: there, about the mean curvature instead of none.
    exact += np.trace(exact) / len(exact) / k * np.kron(np.ones((k, k)), np.eye(basis.shape[1]))
    try:
        return Corrected(diagonal, basis, np.linalg.inv(exact) - np.linalg.inv(told))
    except np.linalg.LinAlgError:  # every row of the sample is certain of its class
        return diagonal


def _span(params: FloatArray, fit_intercept: bool) -> FloatArray:
    """Return an orthonormal basis of the columns of the parameters, and of the intercept where there is one."""
    directions = params.copy()
    if fit_intercept:
        directions[-1] = 0.0
    left, size, _ = np.linalg.svd(directions, full_matrices=False)
    left = left[:, size > _COLLINEAR * size[0]]
    if not fit_intercept:
        return np.asarray(left)
    return np.column_stack([left, np.eye(1, len(params), len(params) - 1)[0]])


def block_of(sample: Sample, params: FloatArray) -> Preconditioner | None:
    """Return one matrix for every column, of their mean curvature: what softmax's classes have in common."""
    rows = sample.rows.astype(np.float32)
    factor = factorise(_block(rows, sample.share * _curvatures(sample, params).mean(axis=1), sample.ridge.mean(axis=1)))
    return None if factor is None else Shared(factor)


def blocks_of(sample: Sample, params: FloatArray) -> Preconditioner | None:
    """Return a matrix of every column's own curvature."""
    rows, weights = sample.rows.astype(np.float32), sample.share[:, None] * _curvatures(sample, params)
    each = per_column(_block(rows, weights[:, j], sample.ridge[:, j]) for j in range(weights.shape[1]))
    return Apart(each) if sample.is_coupled and each is not None else each


def _block(rows: FloatArray, weights: FloatArray, ridge: FloatArray) -> FloatArray:
    hessian = gram(rows, weights)
    hessian[np.diag_indices(len(hessian))] += ridge
    return hessian


def _curvatures(sample: Sample, params: FloatArray) -> FloatArray:
    """Return ∂²ℓ/∂z² of every row and column."""
    if sample.is_coupled:
        own = softmax_of(sample.rows @ params)
        return own * (1 - own)
    return bends(sample, look_at(sample, params))


__all__ = ["are_dependent", "block_of", "blocks_of", "diagonal_at", "has_structure"]
