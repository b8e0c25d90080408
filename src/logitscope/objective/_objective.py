"""The objective of the linear model: mean weighted loss plus penalty, its gradient and its curvature.

It knows X, y, weights and parameters; it never knows a learning rate, an epoch or a recorder.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective._evaluation import Evaluation
from logitscope.objective._labels import Labels
from logitscope.objective._pass import Pass
from logitscope.objective._small import SmallPass, small_rows
from logitscope.objective._trail import Trail
from logitscope.objective._turned import TurnedPass
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnwiseLoss, CurvatureBound, curvature_bound
from logitscope.sources import RowSource, Source, dense_blocks, gram, largest_second_moment, row_norms


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

    def __getstate__(self) -> dict[str, Any]:
        """Pickle and copy what was given, and nothing that was derived from it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def n_columns(self) -> int:
        """Number of columns (models side by side)."""
        return int(self.target.shape[1])

    @property
    def n_params(self) -> int:
        """Rows of the parameters: features, and the intercept if there is one."""
        return self.source.n_features + self.fit_intercept

    @cached_property
    def is_uniform(self) -> bool:
        """Whether every row counts the same."""
        return len(self.weights) == 0 or self.weights.strides[0] == 0 or bool(np.ptp(self.weights) == 0)

    @cached_property
    def _full_share(self) -> FloatArray:
        n = len(self.weights)
        return np.broadcast_to(1.0 / n, n) if self.is_uniform else self.weights / self.weights.sum()

    def share(self, batch: IntArray | None = None) -> FloatArray:
        """Return how much each row of a batch counts, (n_batch,): sᵢ/Σs over all rows, times n/n_batch.

        The mean over an epoch's batches is then the mean over all rows. Weights that were normalised within each batch
        would count less the smaller the batch, and in batches of one not at all.
        """
        if batch is None:
            return self._full_share
        return self._full_share[batch] * (len(self.weights) / len(batch))

    @cached_property
    def _pass(self) -> Pass:
        weights = None if self.is_uniform else self._full_share.astype(self.source.dtype, copy=False)
        labels, rows = Labels(self.target, self.source.dtype), self._small_rows
        source = self.source if rows is None else RowSource(rows)
        return Pass(source, labels, weights, self.pointwise, self.n_columns)

    @cached_property
    def _small_rows(self) -> FloatArray | None:
        return small_rows(self.source, self.fit_intercept)

    @cached_property
    def _small(self) -> SmallPass | None:
        rows = self._small_rows
        if rows is None or self.n_columns > 1 or len(rows) > self._pass.length:
            return None
        return SmallPass(self._pass, rows)

    @cached_property
    def _turned(self) -> TurnedPass | None:
        rows = self._small_rows
        if rows is None or self.n_columns == 1 or not self.is_uniform:
            return None
        labels = self._pass.labels
        return TurnedPass(self._pass, rows) if labels.are_shared and labels.are_hard else None

    @cached_property
    def mean_target(self) -> FloatArray:
        """Weighted mean label of every column, (n_models,)."""
        labels = self.target.T
        mean: FloatArray = labels.mean(axis=1) if self.is_uniform else labels @ self._full_share
        return mean

    def take(self, columns: IntArray) -> "Objective":
        """Return the objective of some columns, in that order; columns that softmax couples must stay together."""
        return replace(
            self,
            target=self.target[:, columns],
            pointwise=self.pointwise.take(columns),
            penalty=self.penalty.take(columns),
        )

    def z(self, params: FloatArray) -> FloatArray:
        """Return the pre-activations of every row, (n_samples, n_models)."""
        if self._small is not None:
            with np.errstate(all="ignore"):
                return self._small.z(params)
        out = np.empty((params.shape[1], self.source.n_samples))
        with np.errstate(all="ignore"):
            self._pass.z(params, out)
        return out.T

    def value(self, params: FloatArray) -> FloatArray:
        """Return F of every column, (n_models,)."""
        return self.mean_loss(self.z(params)) + self.penalty.value(params[: self.source.n_features])

    def mean_loss(self, z: FloatArray) -> FloatArray:
        """Return the weighted mean loss of every column at given pre-activations, (n_models,)."""
        with np.errstate(all="ignore"):
            mean: FloatArray = self._pass.loss(z.T) * (1.0 / len(z) if self.is_uniform else 1.0)
        return mean

    def evaluate(self, params: FloatArray, batch: IntArray | None = None, *, with_grad_z: bool = False) -> Evaluation:
        """Return value, gradient and z over a batch (by default all rows), reading each block of X once.

        Parameters
        ----------
        params : ndarray of shape (n_features [+ 1], n_models)
        batch : ndarray of int, optional
            Positions in the source.
        with_grad_z : bool
            Whether ∂ℓ/∂z of every sample is wanted too.

        Returns
        -------
        Evaluation
            Of new arrays, but that z of several models on few rows is worked out when somebody asks. Models come first
            in memory, so that rows of z are not contiguous where there are several.
        """
        with np.errstate(all="ignore"):  # a run that blows up is reported by its status, not by NumPy
            run = self._mean if self._small is None else self._small.run
            evaluation = run(params, batch, with_grad_z)
            if not self.penalty.is_zero:
                p = self.source.n_features
                evaluation.loss[:] += self.penalty.value(params[:p])
                evaluation.gradient[:p] += self.penalty.gradient(params[:p])
        return evaluation

    def trail(self, length: int) -> Trail | None:
        """Return the objective at so many full-batch steps, or None if they are better evaluated one by one."""
        if self._small is None or self._small.odds is None or not self.penalty.is_zero:
            return None
        return Trail(self._small, self._small.odds, length)

    def _mean(self, params: FloatArray, batch: IntArray | None, with_grad_z: bool) -> Evaluation:
        """The mean loss alone, without penalty."""
        n = self.source.n_samples if batch is None else len(batch)
        if self._turned is not None and batch is None and not with_grad_z:
            loss, gradient = self._turned.run(params)
            return Evaluation(loss / n, gradient / n, partial(self.z, params.copy()))
        z = np.empty((params.shape[1], n))
        slopes = np.empty(z.shape) if with_grad_z else None
        loss, gradient = self._pass.run(params, batch, z, slopes)
        # Rows have weight 1, or their share among all rows.
        scale = 1.0 / n if self.is_uniform else len(self.weights) / n
        return Evaluation(loss * scale, gradient * scale, z.T, None if slopes is None else slopes.T)

    def in_parts(self, some: Callable[[slice, Source], Any]) -> list[Any]:
        """Return `some(rows, source of these rows)` of every part of the rows, in order; threads share them."""
        return self._pass.in_parts(some, self.source.n_samples, None)

    def back(self, slopes: FloatArray) -> FloatArray:
        """Return X̃ᵀ slopes, (n_params, n_models), with slopes of every row, (n_samples, n_models)."""
        return self._pass.back(slopes.T, self.n_params)

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
        p, pair, share = self.source.n_features, self.pointwise.column(column), self.share()
        z = self.z(params[:, [column]])[:, 0]
        hessian = np.zeros((self.n_params, self.n_params))
        with np.errstate(all="ignore"):
            for positions, block in dense_blocks(self.source):
                rows, own = block.astype(np.float64, copy=False), z[positions]
                label = pair.activation.probability(own) if expected else self.target[positions, column]
                bend = np.nan_to_num(pair.curvature(own, label), posinf=0.0, neginf=0.0) * share[positions]
                hessian[:p, :p] += gram(rows, bend)
                if self.fit_intercept:
                    hessian[p, :p] += bend @ rows
                    hessian[p, p] += bend.sum()
        if self.fit_intercept:
            hessian[:p, p] = hessian[p, :p]
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


__all__ = ["Objective"]
