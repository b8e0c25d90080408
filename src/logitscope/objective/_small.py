"""The pass over data so small that NumPy's calls cost more than the numbers: one column, one tile.

Nothing is looped over and nothing checked twice: about ten calls. It never knows anything that `Pass` does not.
"""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective._evaluation import Evaluation
from logitscope.objective._pass import Pass
from logitscope.pointwise import Odds, Side, TrainingForm, class_zero, odds_of
from logitscope.sources import Source, dense

LIMIT = 2**15  # entries of X up to which copies of it, with its column of ones, are nothing


class Rows(NamedTuple):
    """All rows or a batch of them, n in number, with what else the mean over them takes."""

    x: FloatArray
    """X, with a column of ones if there is an intercept, (n, n_params)."""
    turned: FloatArray
    """What the slopes multiply in the gradient, as `x`: sign · x where they are slopes in sign · z."""
    y: FloatArray
    sign: FloatArray
    """1 − 2y."""
    share: FloatArray
    """Of the mean, (n,)."""
    divisor: FloatArray | float
    """Of the sum of slope · turned."""


@dataclass(frozen=True, eq=False)
class SmallPass:
    """One column and few rows.

    Labels 0 and 1 of a symmetric activation are read in u = sign · z, in which every row is of class 0. Then no slope
    need be turned back: the rows are turned, once.

    Parameters
    ----------
    x : ndarray of shape (n_samples, n_params)
        X, with a column of ones if there is an intercept.
    """

    given: Pass
    x: FloatArray

    @cached_property
    def _side(self) -> Side | None:
        (columns,) = self.given.columns
        pair = columns.pointwise
        return class_zero(pair.activation, pair.loss) if self.given.labels.are_hard else None

    @cached_property
    def odds(self) -> Odds | None:
        """The odds e at sign · z where ℓ is log(1 + e), or None."""
        pair = self.given.columns[0].pointwise
        return None if self._side is None else odds_of(pair.activation, pair.loss)

    @cached_property
    def _form(self) -> TrainingForm | None:
        return self.given.columns[0].form

    @cached_property
    def rows_in_u(self) -> FloatArray:
        """The rows in which u = sign · z, to all bits, as `rows.x` has z."""
        return np.asfortranarray(self.x * self.rows.sign[:, None])

    @cached_property
    def _in_order(self) -> Rows:
        (y, sign), weights, n = self.given.labels.whole, self.given.weights, len(self.x)
        turned = self.x if self._side is None else self.x * sign[:, None]
        # Equal weights divide the sums, not the terms: terms that cancel exactly must go on doing so.
        if weights is None:
            return Rows(self.x, turned, y, sign, np.full(n, 1.0 / n), np.array(float(n)))
        return Rows(self.x, turned * weights[:, None], y, sign, weights, np.array(1.0))

    @cached_property
    def rows(self) -> Rows:
        """All of them."""
        rows = self._in_order  # products along columns are faster
        return rows._replace(x=np.asfortranarray(rows.x), turned=np.asfortranarray(rows.turned))

    def _batch(self, batch: IntArray) -> Rows:
        """Return some rows, whose shares among all rows count n/n_batch times in the mean over them."""
        x, turned, y, sign, share, divisor = self._in_order
        part = len(batch) / len(x)
        return Rows(
            x.take(batch, axis=0), turned.take(batch, axis=0), y.take(batch), sign.take(batch),
            share.take(batch) / part, divisor * part,
        )  # fmt: skip

    def z(self, params: FloatArray) -> FloatArray:
        """Return the pre-activations of every row, (n_samples, 1)."""
        return np.dot(self.x, params[:, 0])[:, None]

    def run(self, params: FloatArray, batch: IntArray | None = None, with_grad_z: bool = False) -> Evaluation:
        """Return the mean loss over the rows of a batch and its gradient, with z and, if wanted, ∂ℓ/∂z."""
        rows = self.rows if batch is None else self._batch(batch)
        z = np.dot(rows.x, params[:, 0])
        if self._side is not None:
            value, slope = self._side(z * rows.sign)
        elif self._form is not None:
            value, slope = self._form(z, rows.y, rows.sign)
        else:
            value, slope = self._exact(z, rows)
        loss, gradient = _mean(rows, value, slope)
        if math.isnan(loss.item() + gradient.item(-1)):  # where the fast forms do not hold
            value, slope = self._exact(z, rows)
            loss, gradient = _mean(rows, value, slope)
        grad_z = None
        if with_grad_z:
            grad_z = (slope if self._side is None else slope * rows.sign)[:, None]
        return Evaluation(loss, gradient[:, None], z[:, None], grad_z)

    def loss(self, z: FloatArray) -> FloatArray:
        """Return the mean loss of all rows at z, from the forms that hold everywhere."""
        value, _ = self._exact(z, self.rows)
        mean: FloatArray = np.dot(value, self.rows.share)
        return mean

    def _exact(self, z: FloatArray, rows: Rows) -> tuple[FloatArray, FloatArray]:
        """The forms that hold everywhere."""
        value, slope = self.given.columns[0].pointwise.exact(z[:, None], rows.y[:, None])
        return value[:, 0], slope[:, 0] if self._side is None else slope[:, 0] * rows.sign


def _mean(rows: Rows, value: FloatArray, slope: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean of ℓ, (1,), and of its gradient, (n_params,)."""
    gradient = np.dot(slope, rows.turned)
    return np.array([np.dot(value, rows.share)]), np.divide(gradient, rows.divisor, out=gradient)


def small_rows(source: Source, fit_intercept: bool) -> FloatArray | None:
    """Return X of small data, with a column of ones if there is an intercept; None if they are not small.

    Then b is one more coefficient, and the product with it is cheaper than adding it to z.
    """
    n, p = source.n_samples, source.n_features
    if p == 0 or n * (p + 1) > LIMIT or source.dtype != np.float64:
        return None
    x = np.ones((n, p + fit_intercept))
    for positions, block in source.blocks():
        x[positions, :p] = dense(block)
    return x


__all__ = ["LIMIT", "Rows", "SmallPass", "small_rows"]
