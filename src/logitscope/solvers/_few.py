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
_FEW = 2**15  # entries of X, up to which the calls cost more than the numbers
_NOT_MANY = 320_000  # up to which a copy costs less than the passes that Newton's method saves
_SINGLE_FROM = 3e6  # products in a Hessian from which half their time pays for a copy of the rows


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
    single: FloatArray | None
    """x in float32, for Hessians, where these take the time."""
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
        root = np.sqrt(self.share * bend(self.pair, look.z, self.y, look.slope))
        if self.single is None:
            half = self.x.T * root
            hessian: FloatArray = np.dot(half, half.T)  # BLAS takes half the time for a product with itself
        else:
            half = self.single.T * root.astype(np.float32)
            hessian = np.dot(half, half.T).astype(np.float64)
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


def few_rows(objective: Objective, most_products: float = 0.0) -> FewRows | None:
    """Return the rows of an objective that is small and convex, and whose columns have their digits; None of others.

    Parameters
    ----------
    most_products : float
        In a Hessian, up to which data that are not many count as small too.
    """
    n, p, size = objective.source.n_samples, objective.source.n_features, objective.n_params
    if objective.n_columns != 1 or n <= size or p == 0:
        return None
    is_few, n_products = n * size <= _FEW, n * size * size
    if not is_few and (n * size > _NOT_MANY or n_products > most_products):
        return None
    if not (objective.penalty.is_smooth and is_convex(objective)):
        return None
    x = np.empty((n, size), order="F" if is_few else "C")  # products along columns are faster, to copy into them is not
    x[:, p:] = 1.0
    for positions, block in objective.source.blocks():
        x[positions, :p] = dense(block)
    share, y = objective.share(), objective.target[:, 0]
    features = x[:, :p]
    frame = frame_of_moments(np.dot(share, features), np.dot(share, np.square(features)), objective.fit_intercept)
    if frame is None:
        return None
    features -= frame.center
    features *= np.ldexp(1.0, -frame.exponent)
    ridge = np.zeros(size)
    ridge[:p] = np.ldexp(objective.penalty.curvature(), -2 * frame.exponent)
    pair, is_hard = objective.pointwise.column(0), bool((y * y == y).all())
    form = training_form(pair.activation, pair.loss, is_hard)
    single = None if is_few or n_products < _SINGLE_FROM else x.astype(np.float32)
    return FewRows(frame, x, single, y, 1.0 - 2.0 * y, share, ridge, pair, form, is_hard)


__all__ = ["FewLook", "FewRows", "few_rows"]
