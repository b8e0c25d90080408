"""Hessians of the mean loss over rows, and products with them, from pre-activations that are already known.

They know rows, weights and curvatures; they never know parameters or a step.
"""

from functools import partial
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import exact_bend, is_coupled
from logitscope.solvers._frame import Frame
from logitscope.sources import Source, dense_blocks, gram, turned


def ridge_of(objective: Objective, frame: Frame) -> FloatArray:
    """Return the curvature of the ℓ₂ part in a frame, laid out like the parameters (0 for the intercept)."""
    p, k = objective.source.n_features, objective.n_columns
    ridge = np.zeros((objective.n_params, k))
    ridge[:p] = np.ldexp(np.broadcast_to(objective.penalty.curvature(), (p, k)), -2 * frame.exponent[:, None])
    return ridge


def softmax_of(z: FloatArray, axis: int = 1) -> FloatArray:
    """Return softmax's probabilities, whose small ones keep their digits; 1 − p of large ones need not, here.

    The activation's own, which keeps those too, takes eight times as long. `axis` is where the classes are.
    """
    e = np.exp(z - np.maximum.reduce(z, axis=axis, keepdims=True))
    e /= np.add.reduce(e, axis=axis, keepdims=True)
    return e


def softmax_bent(probability: FloatArray, moved: FloatArray) -> FloatArray:
    """Return how ∂ℓ/∂z changes where z moves, in place of the move; both are (n_classes, n_rows)."""
    moved -= np.add.reduce(probability * moved, axis=0)
    moved *= probability
    return moved


def hessian_size(objective: Objective) -> int:
    """Return how many rows a Hessian has: one of all columns together, where they are coupled."""
    return objective.n_params * (objective.n_columns if is_coupled(objective) else 1)


def joint_gram(rows: FloatArray, probability: FloatArray, share: FloatArray) -> FloatArray:
    """Return the Hessian of softmax's cross-entropy, column after column.

    Blocks are −Σ sᵢ pₐ pᵦ xᵢ xᵢᵀ, and one on the diagonal is minus the sum of the others beside it: 1 − p, which has no
    digits where a row is certain, is never formed.
    """
    size, k = rows.shape[1], probability.shape[1]
    out = np.zeros((k, size, k, size))
    for a in range(k):
        for b in range(a):
            moment = gram(rows, share * probability[:, a] * probability[:, b])
            out[a, :, a] += moment
            out[b, :, b] += moment
            out[a, :, b] = out[b, :, a] = -moment
    return out.reshape(k * size, k * size)


def joint_hessian(objective: Objective, z: FloatArray) -> FloatArray:
    """Return the Hessian of softmax's cross-entropy and the penalty, column after column, from z of all rows.

    To add the same to all classes changes no probability: along it, the mean of the diagonal blocks is put, so that the
    matrix has an inverse whatever the penalty.
    """
    p, k, size = objective.source.n_features, objective.n_columns, objective.n_params
    out = class_moments(objective, z).reshape(k, size, k, size)
    out += np.einsum("aiaj->ij", out)[:, None] / k**2
    ridge = np.broadcast_to(objective.penalty.curvature(), (p, k))
    for a in range(k):
        out[a, np.arange(p), a, np.arange(p)] += ridge[:, a]
    return out.reshape(k * size, k * size)


def class_moments(objective: Objective, z: FloatArray) -> FloatArray:
    """Return the Hessian of the loss alone, column after column, block of rows by block."""
    p, size, share = objective.source.n_features, objective.n_params, objective.share()
    out = np.zeros((hessian_size(objective), hessian_size(objective)))
    with np.errstate(all="ignore"):
        for positions, block in dense_blocks(objective.source):
            rows = np.ones((len(block), size))
            rows[:, :p] = block
            out += joint_gram(rows, softmax_of(z[positions]), share[positions])
    return out


def exact_hessians(objective: Objective, frame: Frame, z: FloatArray) -> list[FloatArray]:
    """Return the Hessian of every column in a frame, (n_params, n_params), from z, in one pass.

    Of coupled columns it is the block of the column itself, without what it has to do with others.
    """
    p, k, size = objective.source.n_features, objective.n_columns, objective.n_params
    out: list[FloatArray] = [np.zeros((size, size)) for _ in range(k)]
    share = objective.share()
    for positions, block in dense_blocks(objective.source):
        rows = np.asarray(block, dtype=np.float64)
        bends = _own_bends(objective, positions, z[positions])
        for hessian, bend in zip(out, bends.T, strict=True):
            weights = share[positions] * bend
            hessian[:p, :p] += gram(rows, weights)
            if objective.fit_intercept:
                hessian[p, :p] += weights @ rows
                hessian[p, p] += weights.sum()
    ridge = ridge_of(objective, frame)
    for column, hessian in enumerate(out):
        if objective.fit_intercept:
            hessian[:p, p] = hessian[p, :p]
        hessian[:] = frame.hessian(hessian)
        hessian[np.arange(size), np.arange(size)] += ridge[:, column]
    return out


def _own_bends(objective: Objective, positions: slice, z: FloatArray) -> FloatArray:
    """Return ∂²ℓ/∂z² of some rows by the z of each column alone, (n_rows, n_columns)."""
    if is_coupled(objective):
        own = softmax_of(z)
        return own * (1 - own)
    pairs, target = map(objective.pointwise.column, range(z.shape[1])), objective.target[positions]
    return np.stack([exact_bend(*column) for column in zip(pairs, z.T, target.T, strict=True)], axis=1)


def diagonals(objective: Objective, z: FloatArray) -> FloatArray:
    """Return the diagonal of every column's Hessian in the user's units, laid out like the parameters, in one pass."""
    p, share = objective.source.n_features, objective.share()
    out = np.zeros((objective.n_params, z.shape[1]))
    for positions, block in objective.source.blocks():
        weights = share[positions, None] * _own_bends(objective, positions, z[positions])
        out[:p] += objective.source.squares(block).T @ weights
        if objective.fit_intercept:
            out[p] += weights.sum(axis=0)
    out[:p] += np.broadcast_to(objective.penalty.curvature(), (p, z.shape[1]))
    return np.maximum(out, np.finfo(float).tiny)  # of columns of zeros, without a penalty


class HessianProduct:
    """v ↦ H v in a frame, one pass a product, for all columns; these come first, so that rows lie along memory."""

    def __init__(self, objective: Objective, frame: Frame, z: FloatArray) -> None:
        self._objective, self._frame = objective, frame
        self._ridge, share = ridge_of(objective, frame), objective.share()
        self._probability: FloatArray | None = None
        if is_coupled(objective):
            self._probability, self._weights = softmax_of(z.T, axis=0), share[None]
            return
        pairs = map(objective.pointwise.column, range(z.shape[1]))
        bends = [exact_bend(*column) for column in zip(pairs, z.T, objective.target.T, strict=True)]
        self._weights = np.stack(bends) * share

    def __call__(self, direction: FloatArray) -> FloatArray:
        """Return H v, laid out like the parameters."""
        user = self._frame.outward(direction)
        out: FloatArray = sum(self._objective.in_parts(partial(self._of_part, user)))
        return self._frame.gradient(out) + self._ridge * direction

    def _of_part(self, user: FloatArray, rows: slice, source: Source) -> FloatArray:
        """Return what some neighbouring rows add, in the user's units; those of small data have their 1s in them."""
        p, out = source.n_features, np.zeros(user.shape)
        for positions, block in source.blocks():
            where = slice(rows.start + positions.start, rows.start + positions.stop)
            moved = _forward(block, user[:p])
            if len(user) > p:
                moved += user[p][:, None]
            seen = self._bent(where, moved)
            own = seen.astype(block.dtype, copy=False)
            out[:p] += np.dot(own, block).T if isinstance(block, np.ndarray) else turned(block) @ own.T
            if len(user) > p:
                out[p] += np.add.reduce(seen, axis=1)
        return out

    def _bent(self, rows: slice, moved: FloatArray) -> FloatArray:
        """Return how ∂ℓ/∂z of some rows changes, weighted, where their z moves, (n_columns, n_rows)."""
        if self._probability is not None:
            softmax_bent(self._probability[:, rows], moved)
        moved *= self._weights[:, rows]
        return moved


def _forward(block: Any, params: FloatArray) -> FloatArray:
    """Return X W of a block in float64, columns first."""
    own = params.astype(block.dtype, copy=False)
    z = np.dot(own.T, block.T) if isinstance(block, np.ndarray) else np.ascontiguousarray((block @ own).T)
    return z.astype(np.float64, copy=False)


__all__ = [
    "HessianProduct",
    "diagonals",
    "exact_hessians",
    "hessian_size",
    "joint_gram",
    "joint_hessian",
    "ridge_of",
    "softmax_bent",
    "softmax_of",
]
