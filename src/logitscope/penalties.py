"""The elastic net on coefficients: its value, its gradient where it has one, its proximal map where not.

A penalty never knows the data, the intercept or the loss; it is given the rows of the coefficients alone.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class ElasticNet:
    """alpha · (l1_ratio · |w|₁ + (1 − l1_ratio) / 2 · |w|₂²) for every column w of the coefficients.

    The ℓ₂ part is smooth and goes with the gradient of the loss. The ℓ₁ part has a corner at 0 and goes
    into `prox`, the map that sets coefficients to exactly 0 (Zou and Hastie 2005; Parikh and Boyd 2014,
    section 6.5). Arrays of coefficients are (n_features, n_models), without the row of the intercepts.

    Parameters
    ----------
    alpha : float or array_like of shape (n_models,)
        Strength >= 0, one for all columns or one for each.
    l1_ratio : float
        Share of the ℓ₁ part, in [0, 1]: 0 is ridge, 1 is the lasso.

    Raises
    ------
    InvalidInputError
        If a strength is negative or not finite, or the share is outside [0, 1].

    Examples
    --------
    >>> import numpy as np
    >>> penalty = ElasticNet(alpha=0.5, l1_ratio=0.5)
    >>> coef = np.array([[2.0], [-1.0]])
    >>> penalty.value(coef)  # 1/2 · (3/2 + 5/4)
    array([1.375])
    >>> penalty.prox(np.array([[2.0], [-0.1]]), step=1.0)
    array([[1.75],
           [0.  ]])
    """

    alpha: float | FloatArray = 0.0
    l1_ratio: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "alpha", _checked_alpha(self.alpha))
        if not _is_number(self.l1_ratio) or not 0 <= self.l1_ratio <= 1:
            raise InvalidInputError(f"`l1_ratio` must be a number in [0, 1]; got {self.l1_ratio!r}.")
        object.__setattr__(self, "l1_ratio", float(self.l1_ratio))

    @cached_property
    def is_zero(self) -> bool:
        """Whether no column is penalised."""
        return not np.any(self.alpha)

    @cached_property
    def is_smooth(self) -> bool:
        """Whether no column has an ℓ₁ part, so that `gradient` is the whole gradient."""
        return self.is_zero or self.l1_ratio == 0

    def take(self, columns: IntArray) -> "ElasticNet":
        """Return the penalty of some columns, in that order."""
        return replace(self, alpha=self.alpha[columns]) if isinstance(self.alpha, np.ndarray) else self

    def value(self, coef: FloatArray) -> FloatArray:
        """Return the penalty of every column, (n_models,)."""
        # One row a model in memory: the order of a sum down the columns would depend on their number.
        rows = np.ascontiguousarray(coef.T)
        l1, l2 = self._strengths(coef)
        value: FloatArray = l1 * np.abs(rows).sum(axis=1) + l2 / 2 * (rows * rows).sum(axis=1)
        return value

    def gradient(self, coef: FloatArray) -> FloatArray:
        """Return alpha · (1 − l1_ratio) · w, the gradient of the ℓ₂ part; shape of `coef`."""
        return self._strengths(coef)[1] * coef

    def curvature(self) -> float | FloatArray:
        """Return alpha · (1 − l1_ratio), the second derivative of the ℓ₂ part; float or (n_models,)."""
        return self.alpha * (1 - self.l1_ratio)

    def prox(self, coef: FloatArray, step: float | FloatArray) -> FloatArray:
        """Return the soft threshold sign(w) · max(|w| − step · alpha · l1_ratio, 0).

        It minimizes (u − w)² / 2 + step · alpha · l1_ratio · |u| over u: a proximal gradient step is a step
        down the smooth part, `gradient` included, followed by this map.

        Parameters
        ----------
        coef : ndarray of shape (n_features, n_models)
        step : float or ndarray of shape (n_models,) or (n_features, n_models)
            Step size > 0. One for each coefficient suits the optimizers with a diagonal factor.

        Returns
        -------
        ndarray of shape (n_features, n_models)
        """
        return _soft_threshold(coef, _as(coef, step) * self._strengths(coef)[0])

    def residual(self, coef: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return how far every coefficient is from optimal: 0 everywhere at a minimum.

        The element of ∂objective/∂w that is smallest in magnitude: g + alpha · l1_ratio · sign(w) where
        w ≠ 0; where w = 0, the corner absorbs a gradient up to alpha · l1_ratio, and the rest is returned.

        Parameters
        ----------
        coef : ndarray of shape (n_features, n_models)
        gradient : ndarray of shape (n_features, n_models)
            Of the smooth part of the objective: of the mean loss, plus `self.gradient(coef)`.

        Returns
        -------
        ndarray of shape (n_features, n_models)
        """
        l1, _ = self._strengths(coef)
        return np.where(coef == 0, _soft_threshold(gradient, l1), gradient + l1 * np.sign(coef))

    def __eq__(self, other: object) -> bool:
        """Compare by the values of alpha and l1_ratio."""
        if not isinstance(other, ElasticNet):
            return NotImplemented
        return np.array_equal(self.alpha, other.alpha) and self.l1_ratio == other.l1_ratio

    def __hash__(self) -> int:
        return hash((np.asarray(self.alpha).tobytes(), self.l1_ratio))

    def _strengths(self, coef: FloatArray) -> tuple[float | FloatArray, float | FloatArray]:
        """Strengths of the ℓ₁ and the ℓ₂ part, in the dtype of the coefficients."""
        alpha = _as(coef, self.alpha)
        return alpha * self.l1_ratio, alpha * (1 - self.l1_ratio)


@dataclass(frozen=True, eq=False)
class RescaledElasticNet:
    """An elastic net of coefficients that are written in other units, w = w′/2ᵏ with one k a feature.

    Parameters
    ----------
    penalty : ElasticNet
        In the user's units.
    exponent : ndarray of int, (n_features,)
    """

    penalty: ElasticNet
    exponent: IntArray

    @property
    def is_zero(self) -> bool:
        """Whether no column is penalised."""
        return self.penalty.is_zero

    @property
    def is_smooth(self) -> bool:
        """Whether there is no ℓ₁ part."""
        return self.penalty.is_smooth

    def take(self, columns: IntArray) -> "RescaledElasticNet":
        """Return the penalty of some columns, in that order."""
        return replace(self, penalty=self.penalty.take(columns))

    def _outward(self, array: FloatArray) -> FloatArray:
        return np.ldexp(array, -self.exponent[:, None])

    def value(self, coef: FloatArray) -> FloatArray:
        """Return the penalty of every column, (n_models,)."""
        return self.penalty.value(self._outward(coef))

    def gradient(self, coef: FloatArray) -> FloatArray:
        """Return the gradient of the ℓ₂ part."""
        return self._outward(self.penalty.gradient(self._outward(coef)))

    def curvature(self) -> FloatArray:
        """Return the curvature of the ℓ₂ part, one a feature and column."""
        strength = np.atleast_1d(np.asarray(self.penalty.curvature(), dtype=np.float64))
        return np.ldexp(np.broadcast_to(strength, (len(self.exponent), len(strength))), -2 * self.exponent[:, None])

    def threshold(self) -> FloatArray:
        """Return the strength of the ℓ₁ part, one a feature and column."""
        strength = np.atleast_1d(np.asarray(self.penalty.alpha * self.penalty.l1_ratio, dtype=np.float64))
        return np.ldexp(np.broadcast_to(strength, (len(self.exponent), len(strength))), -self.exponent[:, None])

    def prox(self, coef: FloatArray, step: float | FloatArray) -> FloatArray:
        """Return the proximal map of step · ℓ₁ part."""
        return _soft_threshold(coef, step * self.threshold())

    def residual(self, coef: FloatArray, gradient: FloatArray) -> FloatArray:
        """Return the violation of the optimality conditions, given the gradient of the smooth part."""
        l1 = self.threshold()
        return np.where(coef == 0, _soft_threshold(gradient, l1), gradient + l1 * np.sign(coef))


def _soft_threshold(w: FloatArray, threshold: float | FloatArray) -> FloatArray:
    """sign(w) · max(|w| − threshold, 0), never −0; NaN stays NaN."""
    return np.sign(w) * np.maximum(np.abs(w) - threshold, 0) + 0


def _as(coef: FloatArray, value: float | FloatArray) -> float | FloatArray:
    """An array in the dtype of `coef`: float64 strengths must not widen a float32 run."""
    return value.astype(coef.dtype, copy=False) if isinstance(value, np.ndarray) else float(value)


def _checked_alpha(alpha: object) -> float | FloatArray:
    if _is_number(alpha):
        if not 0 <= alpha < np.inf:  # type: ignore[operator]
            raise InvalidInputError(f"`alpha` must be finite and >= 0; got {alpha!r}.")
        return float(alpha)  # type: ignore[arg-type]
    try:
        strengths = np.array(alpha)
    except ValueError:  # a ragged list
        strengths = np.array(None)
    if strengths.dtype.kind not in "fiu" or strengths.ndim != 1 or strengths.size == 0:
        raise InvalidInputError(f"`alpha` must be a number >= 0, or one for each model; got {alpha!r}.")
    strengths = strengths.astype(np.float64)
    refused = np.flatnonzero(~((strengths >= 0) & np.isfinite(strengths)))
    if refused.size:
        raise InvalidInputError(
            f"`alpha` must be finite and >= 0 for every model; "
            f"got {float(strengths[refused[0]])!r} for model {refused[0]}."
        )
    strengths.setflags(write=False)
    return strengths


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


__all__ = ["ElasticNet", "RescaledElasticNet"]
