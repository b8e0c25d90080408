"""The objective of the linear model: mean weighted loss plus penalty, its gradient and its curvature.

It knows X, y, weights and parameters, one block of rows at a time; it never knows a learning rate, an epoch or a
recorder.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnwiseLoss, CurvatureBound, curvature_bound
from logitscope.sources import Source, dense, largest_second_moment, row_norms


class Evaluation(NamedTuple):
    """One pass over a batch."""

    loss: FloatArray
    """Objective of each column, (n_models,)."""
    gradient: FloatArray
    """Gradient of the smooth part (mean loss and L2), laid out like the parameters."""
    z: FloatArray
    """Pre-activations, (n_batch, n_models)."""
    grad_z: FloatArray
    """∂ℓ/∂z of each sample, before weights, (n_batch, n_models)."""


@dataclass(frozen=True, eq=False)
class Objective:
    """F(W, b) = Σ sᵢ ℓ(zᵢ, yᵢ)/Σ sᵢ + penalty(W), one value a column, with Z = X W + b.

    Parameters
    ----------
    source : Source
        Rows of X.
    target : ndarray of shape (n_samples, n_models)
        Labels in [0, 1] of every column.
    weights : ndarray of shape (n_samples,)
        Sample weights s > 0.
    pointwise : ColumnwiseLoss
        The loss in z.
    penalty : ElasticNet
    fit_intercept : bool
        If so, the last row of the parameters is b; it is never penalised.
    """

    source: Source
    target: FloatArray
    weights: FloatArray
    pointwise: ColumnwiseLoss
    penalty: ElasticNet = ElasticNet()  # noqa: RUF009 - frozen
    fit_intercept: bool = True

    @property
    def n_columns(self) -> int:
        """Number of columns (models side by side)."""
        return int(self.target.shape[1])

    @property
    def n_params(self) -> int:
        """Rows of the parameters: features, and the intercept if there is one."""
        return self.source.n_features + self.fit_intercept

    @cached_property
    def _full_share(self) -> FloatArray:
        return self.weights / self.weights.sum()

    def share(self, batch: IntArray | None = None) -> FloatArray:
        """Return how much each row of a batch counts, (n_batch,): sᵢ/Σs over all rows, times n/n_batch.

        The mean over an epoch's batches is then the mean over all rows. Weights that were normalised within each batch
        would count less the smaller the batch, and in batches of one not at all.
        """
        if batch is None:
            return self._full_share
        return self._full_share[batch] * (len(self.weights) / len(batch))

    def _z(self, block: FloatArray, params: FloatArray) -> FloatArray:
        """X W + b of one block. The product stays in the type of X: a mixed one would copy all of X."""
        coef = params[: self.source.n_features]
        z = block @ (coef if coef.dtype == block.dtype else coef.astype(block.dtype))
        if self.fit_intercept:
            return np.add(z, params[-1], dtype=np.float64)
        return z.astype(np.float64, copy=False)

    def z(self, params: FloatArray) -> FloatArray:
        """Return the pre-activations of every row, (n_samples, n_models)."""
        out = np.empty((self.source.n_samples, params.shape[1]))
        for positions, block in self.source.blocks():
            out[positions] = self._z(block, params)
        return out

    def value(self, params: FloatArray) -> FloatArray:
        """Return F of every column, (n_models,)."""
        return self.mean_loss(self.z(params)) + self.penalty.value(params[: self.source.n_features])

    def mean_loss(self, z: FloatArray) -> FloatArray:
        """Return the weighted mean loss of every column at given pre-activations, (n_models,)."""
        with np.errstate(all="ignore"):
            mean: FloatArray = self._full_share @ self.pointwise.value(z, self.target)
        return mean

    def evaluate(self, params: FloatArray, batch: IntArray | None = None) -> Evaluation:
        """Return value, gradient and z over a batch (by default all rows), reading each block of X once.

        Parameters
        ----------
        params : ndarray of shape (n_features [+ 1], n_models)
        batch : ndarray of int, optional
            Positions in the source.
        """
        p, share = self.source.n_features, self.share(batch)
        target = self.target if batch is None else self.target[batch]
        z, grad_z = np.empty(target.shape), np.empty(target.shape)
        loss, gradient = np.zeros(target.shape[1]), np.zeros(params.shape)
        with np.errstate(all="ignore"):  # a run that blows up is reported by its status, not by NumPy
            for positions, block in self.source.blocks(batch):
                z[positions] = block_z = self._z(block, params)
                value, slope = self.pointwise.value_and_grad(block_z, target[positions])
                grad_z[positions] = slope
                loss += share[positions] @ value
                weighted = share[positions, None] * slope
                gradient[:p] += block.T @ weighted.astype(block.dtype, copy=False)
                if self.fit_intercept:
                    gradient[p] += weighted.sum(axis=0)
            if not self.penalty.is_zero:
                loss += self.penalty.value(params[:p])
                gradient[:p] += self.penalty.gradient(params[:p])
        return Evaluation(loss, gradient, z, grad_z)

    def subgradient(self, params: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return the smallest subgradient of F, given the gradient of the smooth part; 0 at an optimum."""
        if self.penalty.is_smooth:
            return gradient
        p = self.source.n_features
        return np.concatenate([self.penalty.residual(params[:p], gradient[:p]), gradient[p:]])

    def shrink(self, params: FloatArray, step: float | FloatArray) -> FloatArray:
        """Return the parameters after the proximal map of the penalty; `step` is a number, (n_models,) or as params."""
        p = self.source.n_features
        own = step[:p] if isinstance(step, np.ndarray) and step.ndim == 2 else step
        return np.concatenate([self.penalty.prox(params[:p], own), params[p:]])

    def residual(self, params: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return the largest violation of the optimality (KKT) conditions in each column, (n_models,)."""
        return np.abs(self.subgradient(params, gradient)).max(axis=0, initial=0.0)

    def hessian(self, params: FloatArray, column: int, expected: bool = False) -> FloatArray:
        """Return the Hessian of one column, (n_params, n_params), for an elementwise activation.

        Parameters
        ----------
        expected : bool
            Take labels at their expectation y = p: the Fisher information of a likelihood (Gauss-Newton for squared
            errors), which is never negative.
        """
        p = self.source.n_features
        pair = self.pointwise.column(column)
        hessian = np.zeros((self.n_params, self.n_params))
        with np.errstate(all="ignore"):
            for positions, block in self.source.blocks():
                z = self._z(block, params[:, [column]])
                label = pair.activation.probability(z) if expected else self.target[positions, column, None]
                bend = np.nan_to_num(pair.curvature(z, label)[:, 0], posinf=0.0, neginf=0.0) * self.share()[positions]
                rows = dense(block)
                rows = np.column_stack([rows, np.ones(len(rows))]) if self.fit_intercept else rows
                hessian += rows.T @ (bend[:, None] * rows)
        ridge = np.broadcast_to(self.penalty.curvature(), (p, self.n_columns))[:, column]
        hessian[np.arange(p), np.arange(p)] += ridge
        return hessian

    @cached_property
    def row_norm(self) -> FloatArray:
        """‖x̃ᵢ‖ of every row, (n_samples,)."""
        return row_norms(self.source, self.fit_intercept)

    def bound(self, column: int) -> CurvatureBound:
        """Return the curvature bound of a column's pair in z."""
        return curvature_bound(self.pointwise.column(column))

    def curvature(self, params: FloatArray, batch_size: int | None = None) -> FloatArray:
        """Return L of every column: descent with step 1/L cannot increase F from `params` on (full batch).

        Parameters
        ----------
        params : ndarray of shape (n_params, n_models)
            Where the run starts: a relative curvature bound holds below the loss there.
        batch_size : int, optional
            For mini-batches, L is the expected smoothness of a batch drawn without replacement.

        Returns
        -------
        ndarray of shape (n_models,)

        Notes
        -----
        ∂²F is at most κ λmax(Σ sᵢ x̃ᵢ x̃ᵢᵀ/Σ s) for an absolute bound κ on ∂²ℓ/∂z², and at most
        κ (λmax + F₀ max ‖x̃ᵢ‖²) for a relative one. Expected smoothness: Gower et al. 2019, proposition 3.8.
        """
        n, longest = self.source.n_samples, float(np.max(self.row_norm, initial=0.0)) ** 2
        heaviest = float(np.max(n * self._full_share * np.square(self.row_norm), initial=0.0))
        mean = largest_second_moment(self.source, self._full_share, self.fit_intercept)
        start = self.value(params)
        if batch_size is not None and n > 1 and batch_size < n:
            b = batch_size
            mean = (n * (b - 1) * mean + (n - b) * heaviest) / (b * (n - 1))
        pairs = [self.pointwise.column(column) for column in range(self.n_columns)]
        known = {id(pair): curvature_bound(pair) for pair in pairs}  # most columns share their pair
        bounds = [known[id(pair)] for pair in pairs]
        constant = np.array([bound.constant for bound in bounds])
        relative = np.array([bound.kind == "relative" for bound in bounds])
        spread = mean + np.where(relative, np.where(np.isfinite(start), start, 0.0) * longest, 0.0)
        smooth: FloatArray = constant * spread + self.penalty.curvature()
        return np.maximum(smooth, np.finfo(float).tiny)


__all__ = ["Evaluation", "Objective"]
