"""All of a few rows in good units: one copy of X, one column, and NumPy's calls as few as can be.

They know an objective, z and the loss in it; they never know what is done with a Hessian, nor who steps.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.pointwise import Pointwise, TrainingForm, training_form
from logitscope.solvers._convexity import bend, is_convex
from logitscope.solvers._descent import Point, point_of
from logitscope.solvers._frame import Frame, frame_of_moments
from logitscope.sources import dense

_TINY = float(np.finfo(float).tiny)
_MOST_ENTRIES = 2**15  # of X, up to which the calls cost more than the numbers


class FewLook(NamedTuple):
    """Objective and gradient at parameters in the frame, each (n_params,), with z and ∂ℓ/∂z of every row."""

    params: FloatArray
    loss: float
    gradient: FloatArray
    z: FloatArray
    slope: FloatArray


class FewRows(NamedTuple):
    """All rows in the units of a frame, with the 1 of the intercept last where there is one."""

    frame: Frame
    x: FloatArray
    y: FloatArray
    sign: FloatArray
    share: FloatArray
    ridge: FloatArray
    pair: Pointwise
    form: TrainingForm | None
    is_hard: bool
    """Whether every label is 0 or 1."""

    def look(self, params: FloatArray) -> FewLook:
        """Read the rows once."""
        z = np.dot(self.x, params)
        pulled = self.ridge * params
        value, slope = self._exact(z) if self.form is None else self.form(z, self.y, self.sign)
        mean = np.dot(self.share, value)
        if mean != mean:  # where the fast form does not hold
            value, slope = self._exact(z)
            mean = np.dot(self.share, value)
        gradient = np.dot(self.share * slope, self.x) + pulled
        return FewLook(params, (mean + np.dot(pulled, params) / 2).item(), gradient, z, slope)

    def _exact(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        value, slope = self.pair.exact(z[:, None], self.y[:, None])
        return value[:, 0], slope[:, 0]

    def hessian(self, look: FewLook) -> FloatArray:
        """Return the Hessian where the rows were looked at, (n_params, n_params)."""
        weights = self.share * bend(self.pair, look.z, self.y, look.slope)
        hessian: FloatArray = np.dot(self.x.T * weights, self.x)
        hessian.flat[:: len(hessian) + 1] += self.ridge
        return hessian

    def bend_along(self, look: FewLook, moved: FloatArray) -> FloatArray:
        """Return the second derivative of the loss along a move of z, where the rows were looked at."""
        return np.dot(self.share * bend(self.pair, look.z, self.y, look.slope), np.square(moved))

    def pull(self, look: FewLook) -> FloatArray:
        """Return Σ sᵢ |∂ℓ/∂zᵢ|/Σ s, what a gradient is relative to, (1,)."""
        return np.array([max(np.dot(self.share, np.abs(look.slope)), _TINY)])

    def point(self, look: FewLook) -> Point:
        """Return a look as those see it who know columns and the user's units."""
        loss = np.array([look.loss])
        return point_of(self.frame, look.params[:, None], loss, look.gradient[:, None], look.z[:, None])


def few_rows(objective: Objective) -> FewRows | None:
    """Return the rows of an objective that is small and convex, and whose columns have their digits; None of others."""
    n, p, size = objective.source.n_samples, objective.source.n_features, objective.n_params
    if objective.n_columns != 1 or n * size > _MOST_ENTRIES or n <= size or p == 0:
        return None
    if not (objective.penalty.is_smooth and is_convex(objective)):
        return None
    x = np.empty((n, size), order="F")  # products along columns are faster
    x[:, p:] = 1.0
    for positions, block in objective.source.blocks():
        x[positions, :p] = dense(block)
    share, y = objective.share(), objective.target[:, 0]
    frame = frame_of_moments(np.dot(x.T * share, x), objective.fit_intercept)
    if frame is None:
        return None
    x[:, :p] -= frame.center
    x[:, :p] *= np.ldexp(1.0, -frame.exponent)
    ridge = np.zeros(size)
    ridge[:p] = np.ldexp(objective.penalty.curvature(), -2 * frame.exponent)
    pair, is_hard = objective.pointwise.column(0), bool((y * y == y).all())
    form = training_form(pair.activation, pair.loss, is_hard)
    return FewRows(frame, x, y, 1.0 - 2.0 * y, share, ridge, pair, form, is_hard)


__all__ = ["FewLook", "FewRows", "few_rows"]
