"""All rows in good units: one copy of X, one column, and NumPy's calls as few as can be.

Few rows are copied in float64, for every digit; more of them roughly, in float32: then they stay in the cache, and
products take half the time. They know an objective, z and the loss in it; they never know what is done with a Hessian,
nor who chooses a direction.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.pointwise import Pointwise, TrainingForm, training_form
from logitscope.solvers._convexity import bend, is_convex
from logitscope.solvers._costs import looks_of_a_hessian
from logitscope.solvers._descent import Point, point_of
from logitscope.solvers._frame import Frame, frame_of_moments, same_units
from logitscope.solvers._hessians import ridge_of
from logitscope.solvers._line import farther
from logitscope.solvers._preconditioner import Factor, factorise
from logitscope.sources import dense, dense_blocks

_TINY = float(np.finfo(float).tiny)
_GOOD, _NEAR = (1 / 64, 16.0), 1 / 16  # squared sizes of columns, and shares of the means in them, that can stay
_COLLINEAR = 1e-3  # least squared pivot, below which float32 does not tell columns apart
_LARGEST_RIDGE = 1e6  # beside curvatures of the order of 1, of which float32 is to keep some digits
_FEW = 2**15  # entries of X, up to which the calls cost more than the numbers


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
    """In float64, or in float32: so many digits have z, the gradient and the Hessian."""
    y: FloatArray
    sign: FloatArray
    share: FloatArray
    size: FloatArray
    """Σ sᵢ xᵢ²/Σ s of every column, (n_params,)."""
    ridge: FloatArray
    pair: Pointwise
    form: TrainingForm | None
    is_hard: bool
    """Whether every label is 0 or 1."""

    def look(self, params: FloatArray) -> FewLook:
        """Read the rows once."""
        z = _product(self.x, params)
        pulled = self.ridge * params
        mean, slope = self._terms(z)
        gradient = _product(self.x.T, self.share * slope) + pulled
        return FewLook(params, (mean + np.dot(pulled, params) / 2).item(), gradient, z, slope)

    def _terms(self, z: FloatArray) -> tuple[Any, FloatArray]:
        """Return the mean of ℓ, and ∂ℓ/∂z of every row."""
        if self.form is not None:
            value, slope = self.form(z, self.y, self.sign)
            mean = np.dot(self.share, value)
            if mean == mean:  # else the fast form does not hold
                return mean, slope
        value, slope = self.pair.exact(z[:, None], self.y[:, None])
        return np.dot(self.share, value[:, 0]), slope[:, 0]

    def hessian(self, look: FewLook) -> FloatArray:
        """Return the Hessian where the rows were looked at, (n_params, n_params), in the type of the rows."""
        root = np.sqrt(self.share * bend(self.pair, look.z, self.y, look.slope))
        half = self.x.T * root.astype(self.x.dtype, copy=False)
        hessian: FloatArray = np.dot(half, half.T)  # BLAS takes half the time for a product with itself
        hessian.flat[:: len(hessian) + 1] += self.ridge
        return hessian

    @property
    def price(self) -> float:
        """How many looks a Hessian costs, in float32."""
        n, p = self.x.shape
        return looks_of_a_hessian(n, p)

    def metric(self, look: FewLook) -> Factor | None:
        """Return the Hessian where the rows were looked at, factorised; None where float32 cannot tell it."""
        factor = factorise(self.hessian(look))
        return None if factor is None or factor.weakest < _COLLINEAR else factor

    def hessian_at(self, z: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """Return v ↦ H v, (n_params, 1), where z, (n_rows, 1), is known."""
        _, slope = self._terms(z[:, 0])
        weights, ridge = self.share * bend(self.pair, z[:, 0], self.y, slope), self.ridge[:, None]

        def product(v: FloatArray) -> FloatArray:
            seen = weights * _product(self.x, v[:, 0])
            return _product(self.x.T, seen)[:, None] + ridge * v

        return product

    def diagonal(self, look: FewLook) -> FloatArray:
        """Return about the diagonal of the Hessian (n_params,) where rows were looked at: that of mean curvature."""
        bent = np.dot(self.share, bend(self.pair, look.z, self.y, look.slope))
        return bent * self.size + self.ridge

    def bend_along(self, look: FewLook, move: FloatArray, moved: FloatArray | None = None) -> float:
        """Return the second derivative of the objective along a move, (n_params,), where the rows were looked at.

        `moved` is what it makes of z, where that is known.
        """
        moved = _product(self.x, move) if moved is None else moved
        bent = np.dot(self.share * bend(self.pair, look.z, self.y, look.slope), np.square(moved))
        return (bent + np.dot(self.ridge * move, move)).item()

    def farther(self, look: FewLook, direction: FloatArray, whole: FewLook) -> tuple[float, FewLook]:
        """Return the length of a step and its end: the best length where that is better than the whole step."""
        return farther(self.look, look, direction, whole, self.bend_along(whole, direction, whole.z - look.z))

    def pull(self, look: FewLook) -> FloatArray:
        """Return Σ sᵢ |∂ℓ/∂zᵢ|/Σ s, what a gradient is relative to, (1,)."""
        return np.array([max(np.dot(self.share, np.abs(look.slope)), _TINY)])

    def point(self, look: FewLook) -> Point:
        """Return a look as those see it who know columns and the user's units."""
        loss = np.array([look.loss])
        return point_of(self.frame, look.params[:, None], loss, look.gradient[:, None], look.z[:, None])


def _product(x: FloatArray, vector: FloatArray) -> FloatArray:
    """Return x v in float64, computed in the type of x."""
    if x.dtype == vector.dtype:
        return np.dot(x, vector)
    return np.dot(x, vector.astype(x.dtype)).astype(vector.dtype)


def few_rows(objective: Objective) -> FewRows | None:
    """Return the rows of an objective that is small and convex, and whose columns have their digits; None of others."""
    if not _are_ours(objective, 0, _FEW):
        return None
    p, share = objective.source.n_features, objective.share()
    # Products along columns are faster.
    x = np.empty((objective.source.n_samples, objective.n_params), order="F")
    x[:, p:] = 1.0
    for positions, block in objective.source.blocks():
        x[positions, :p] = dense(block)
    features = x[:, :p]
    mean, square = np.dot(share, features), np.dot(share, np.square(features))
    frame = frame_of_moments(mean, square, objective.fit_intercept, partial(_constants, objective))
    if frame is None:
        return None
    features -= frame.center
    features *= np.ldexp(1.0, -frame.exponent)
    size = np.ones(objective.n_params)
    size[:p] = np.ldexp(np.maximum(square - frame.center * frame.center, 0.0), -2 * frame.exponent)
    ridge = ridge_of(objective, frame)
    return _seen(objective, frame, x, size, ridge) if ridge.max() < np.inf else None


def rough_rows(objective: Objective, at_most: int) -> FewRows | None:
    """Return the rows of a larger objective, of up to so many entries of X, in float32; None of others."""
    if not _are_ours(objective, _FEW, at_most):
        return None
    found = rough_features(objective)
    return None if found is None else _seen(objective, *found)


def rough_features(objective: Objective) -> tuple[Frame, FloatArray, FloatArray, FloatArray] | None:
    """Return X in float32 in the units of a frame, with a 1 for the intercept, Σ sᵢ xᵢ²/Σ s of its columns, the ridge.

    None where columns have no such units, or are small for their penalty.
    """
    p, source = objective.source.n_features, objective.source
    x = np.empty((source.n_samples, objective.n_params), dtype=np.float32)
    x[:, p:] = 1.0
    for positions, block in source.blocks():
        x[positions, :p] = dense(block)
    share, size = objective.share().astype(np.float32), np.ones(objective.n_params)
    mean, square = np.dot(share, x[:, :p]), np.dot(share, np.square(x[:, :p]))
    least, most = _GOOD
    if least < square.min() and square.max() < most and not (np.square(mean) > _NEAR * square).any():
        size[:p] = square
        same = same_units(p, objective.fit_intercept)
        ridge = ridge_of(objective, same)
        return (same, x, size, ridge) if ridge.max() < _LARGEST_RIDGE else None
    frame = _frame(objective)
    if frame is None or not (ridge := ridge_of(objective, frame)).max() < _LARGEST_RIDGE:
        return None
    unit = np.ldexp(1.0, -frame.exponent)
    for positions, rows in dense_blocks(source):
        centred = rows - frame.center
        np.multiply(centred, unit, out=x[positions, :p], casting="same_kind")
    size[:p] = np.dot(share, np.square(x[:, :p]))
    return frame, x, size, ridge


def _frame(objective: Objective) -> Frame | None:
    p, share = objective.source.n_features, objective.share()
    mean, square = np.zeros(p), np.zeros(p)
    for positions, rows in dense_blocks(objective.source):
        mean += np.dot(share[positions], rows)
        square += np.dot(share[positions], np.square(rows))
    return frame_of_moments(mean, square, objective.fit_intercept, partial(_constants, objective))


def _constants(objective: Objective, columns: IntArray) -> FloatArray | None:
    """Return the values of columns each of which has only one; None if any has more."""
    value = None
    for _, rows in dense_blocks(objective.source):
        some = rows[:, columns]
        value = some[0] if value is None else value
        if not (some == value).all():
            return None
    return value


def _are_ours(objective: Objective, more_than: int, at_most: int) -> bool:
    """Whether there is one smooth convex column, of more rows than parameters, and of so many entries of X."""
    n, p, size = objective.source.n_samples, objective.source.n_features, objective.n_params
    if objective.n_columns != 1 or n <= size or p == 0 or not more_than < n * size <= at_most:
        return False
    return objective.penalty.is_smooth and is_convex(objective)


def _seen(objective: Objective, frame: Frame, x: FloatArray, size: FloatArray, ridge: FloatArray) -> FewRows:
    """Return rows in a frame with what else the objective holds of them."""
    y, pair = objective.target[:, 0], objective.pointwise.column(0)
    is_hard = bool((y * y == y).all())
    form = training_form(pair.activation, pair.loss, is_hard)
    return FewRows(frame, x, y, 1.0 - 2.0 * y, objective.share(), size, ridge[:, 0], pair, form, is_hard)


__all__ = ["FewLook", "FewRows", "few_rows", "rough_features", "rough_rows"]
