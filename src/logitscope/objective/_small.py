"""The pass over data so small that NumPy's calls cost more than the numbers: one column, one tile.

Nothing is looped over and nothing checked twice: about ten calls. It never knows anything that `Pass` does not.
"""

import math
from dataclasses import dataclass

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective._evaluation import Evaluation
from logitscope.objective._pass import Pass
from logitscope.sources import dense

LIMIT = 2**15  # entries of X up to which a copy of it, with its column of ones, is nothing


@dataclass(frozen=True, eq=False)
class SmallPass:
    """One column and few rows.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, n_params)
        X, with a column of ones if there is an intercept.
    weights : ndarray of shape (n_samples,)
        Shares of the rows, or 1 if all count the same.
    """

    given: Pass
    rows: FloatArray
    weights: FloatArray

    def run(self, params: FloatArray) -> Evaluation:
        """Return the mean loss and its gradient, with z and ∂ℓ/∂z, which cost nothing."""
        (columns,) = self.given.columns
        y, sign = self.given.labels.whole
        z = np.dot(self.rows, params[:, 0])
        if columns.form is not None:
            value, slope = columns.form(z, y, sign)
            evaluation = self._mean(np.dot(value, self.weights), z, slope)
            if not math.isnan(evaluation.loss[0] + evaluation.gradient[-1, 0]):
                return evaluation
        slope, loss, _ = columns.terms(z, y, sign, self.weights)
        return self._mean(loss, z, slope)

    def _mean(self, loss: float, z: FloatArray, slope: FloatArray) -> Evaluation:
        # Equal weights divide the sums, not the terms: terms that cancel exactly must go on doing so.
        is_uniform = self.given.weights is None
        gradient = np.dot(slope if is_uniform else slope * self.weights, self.rows)
        if is_uniform:
            loss /= len(z)
            gradient /= len(z)
        return Evaluation(np.array([loss]), gradient[:, None], z[:, None], slope[:, None])


def small_pass(given: Pass, fit_intercept: bool) -> SmallPass | None:
    """Return the pass for small data, or None if they are not."""
    source = given.source
    size = source.n_samples * (source.n_features + 1)
    if (
        given.n_models != 1
        or source.n_features == 0
        or size > LIMIT
        or source.n_samples > given.length
        or source.dtype != np.float64
    ):
        return None
    rows = np.ones((source.n_samples, source.n_features + fit_intercept))
    for positions, block in source.blocks():
        rows[positions, : source.n_features] = dense(block)
    return SmallPass(given, rows, given.weight(slice(0, source.n_samples)))


__all__ = ["LIMIT", "SmallPass", "small_pass"]
