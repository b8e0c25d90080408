"""Units in which columns are centred and of size 1, carried by the parameters instead of the rows.

x·w + b is the same number as (x − center)/scale · v + c, so that the rows are read as they lie in memory and only the
few parameters and gradients change units. It never knows a loss; where columns lie so far from 0 that this loses
digits, it says so.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from logitscope._typing import FloatArray, IntArray

_TINY = float(np.finfo(float).tiny)
_CHANCE = 4.0  # squared: a mean within two of its standard errors may be none
_FAR = 1e3  # a column this many sizes away from 0 loses 3 digits of a gradient, and 6 of a Hessian


@dataclass(frozen=True, eq=False)
class Frame:
    """w = v/2^exponent, b = c − center·w.

    Attributes
    ----------
    center : ndarray of shape (n_features,)
        0 without an intercept.
    exponent : ndarray of int, (n_features,)
        Scales are powers of two, so that data in other powers of two give the same bits.
    fit_intercept : bool
    """

    center: FloatArray
    exponent: IntArray
    fit_intercept: bool
    constant: IntArray
    """Columns that are known to be constant: what they add, the intercept takes up, and a penalty makes them 0."""
    is_identity: bool = False
    """Whether these are the user's own units: long vectors are then not copied."""

    @property
    def is_far(self) -> bool:
        """Whether a column lies so far from 0 that differences of its values should be taken before products."""
        return bool((np.abs(np.ldexp(self.center, -self.exponent)) > _FAR).any())

    def outward(self, inner: FloatArray) -> FloatArray:
        """Return parameters, or a direction, in the user's units."""
        if self.is_identity:
            return inner
        p = len(self.center)
        out = inner.copy()
        out[:p] = np.ldexp(inner[:p], -self.exponent[:, None])
        if self.fit_intercept:
            out[p] -= self.center @ out[:p]
        return out

    def inward(self, params: FloatArray) -> FloatArray:
        """Return parameters in these units."""
        if self.is_identity:
            return params
        p = len(self.center)
        out = params.copy()
        out[:p] = np.ldexp(params[:p], self.exponent[:, None])
        if self.fit_intercept:
            out[p] += self.center @ params[:p]
        out[self.constant] = 0.0
        return out

    def gradient(self, gradient: FloatArray) -> FloatArray:
        """Return a gradient in these units from one in the user's."""
        if self.is_identity:
            return gradient
        p = len(self.center)
        out = gradient.copy()
        if self.fit_intercept:
            out[:p] -= self.center[:, None] * gradient[p]
        out[:p] = np.ldexp(out[:p], -self.exponent[:, None])
        out[self.constant] = 0.0
        return out

    def gradient_outward(self, gradient: FloatArray) -> FloatArray:
        """Return a gradient in the user's units from one in these."""
        p = len(self.center)
        out = gradient.copy()
        out[:p] = np.ldexp(gradient[:p], self.exponent[:, None])
        if self.fit_intercept:
            out[:p] += self.center[:, None] * gradient[p]
        return out

    def hessian(self, hessian: FloatArray) -> FloatArray:
        """Return a Hessian in these units, (n_params, n_params), from one in the user's."""
        return self.gradient(self.gradient(hessian).T)

    def rows(self, block: FloatArray) -> FloatArray:
        """Return rows in these units, with the 1 of the intercept last where there is one, in float64."""
        p = len(self.center)
        out = np.empty((len(block), p + self.fit_intercept))
        np.subtract(block, self.center, out=out[:, :p])
        out[:, :p] *= np.ldexp(1.0, -self.exponent)
        if self.fit_intercept:
            out[:, p] = 1.0
        return out


def same_units(n_features: int, fit_intercept: bool) -> Frame:
    """Return the frame of the user's own units."""
    zero = np.zeros(n_features, dtype=np.intp)
    return Frame(np.zeros(n_features), zero, fit_intercept, zero[:0], is_identity=True)


def frame_of(rows: FloatArray, share: FloatArray | None, fit_intercept: bool, is_drawn: bool = False) -> Frame:
    """Return the units in which rows have mean 0 (if there is an intercept) and standard deviation in [1/2, 1).

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
    share : ndarray of shape (n_rows,) or None
        Weights that sum to 1; None is all alike.
    is_drawn : bool
        Whether they stand for other rows. Means that chance has made are then left where they are: taken from all rows,
        they would tie every column to the intercept.
    """
    n, p = rows.shape
    share = np.broadcast_to(1.0 / n, n) if share is None else share
    # Entries are scaled to [1/2, 1) first: squares of 1e±200 would not be numbers.
    size = np.frexp(np.abs(rows).max(axis=0, initial=0.0).astype(np.float64))[1].astype(np.intp)
    scaled = rows * np.ldexp(1.0, -size)
    mean = share @ scaled if fit_intercept else np.zeros(p)
    if fit_intercept:
        scaled -= mean
    square = share @ np.square(scaled)
    constant = (
        np.flatnonzero((rows == rows[0]).all(axis=0)) if fit_intercept and len(rows) else np.zeros(0, dtype=np.intp)
    )
    flat = square <= np.square(1e-12 * np.abs(mean))  # rounding of a constant column
    exponent = size + np.where(flat, 0, np.frexp(np.sqrt(square))[1])
    if is_drawn:
        by_chance = square * (share @ share)
        mean = mean * np.maximum(1.0 - _CHANCE * by_chance / np.maximum(np.square(mean), _TINY), 0.0)
    center = np.ldexp(mean, size)
    center[constant] = rows[0, constant] if len(rows) else 0.0
    return Frame(center, exponent.astype(np.intp), fit_intercept, constant)


def frame_of_moments(
    mean: FloatArray,
    square: FloatArray,
    fit_intercept: bool,
    constants: Callable[[IntArray], FloatArray | None],
) -> Frame | None:
    """Return the same units as `frame_of` from Σ sᵢ xᵢ and Σ sᵢ xᵢ², (n_features,), with weights that sum to 1.

    None where they have lost the digits that tell them: columns that are far from 0, and squares that are no numbers.

    Parameters
    ----------
    constants : callable
        Returns the values of some columns, if each of them has only one, else None.
    """
    if not square.max(initial=0.0) < np.inf:
        return None
    center = mean if fit_intercept else np.zeros(len(square))
    spread = square - center * center
    flat = np.flatnonzero(~(spread > square / _FAR**2))
    if len(flat):
        values = constants(flat)
        if values is None or not (fit_intercept or not values.any()):
            return None
        center[flat], spread[flat] = values, 0.0
    exponent = np.frexp(np.sqrt(spread))[1].astype(np.intp)
    return Frame(center, exponent, fit_intercept, flat)


__all__ = ["Frame", "frame_of", "frame_of_moments", "same_units"]
