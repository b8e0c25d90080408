"""The hard activation, φ(z) = clip(z, −1, 1).

It never knows a one-sided derivative: at its corners, ±1, derivatives and hazards are those of outside, 0.
"""

from __future__ import annotations

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._base import Activation


class Hard(Activation):
    """φ(z) = clip(z, −1, 1), with range [−1, 1]: the only activation that is certain at a finite z.

    Beyond the corners p is exactly 0 or 1 and nothing is passed back; with log p = −∞ on the wrong side.

    Examples
    --------
    >>> phi = Hard()
    >>> print(phi(0.5), phi(0.5, diff=True), phi(3.0, diff=True))
    0.5 1.0 0.0
    """

    name = "hard"
    lower = -1.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        return np.clip(z, -1.0, 1.0)

    def _derivative(self, z: FloatArray) -> FloatArray:
        return _inside(z, np.ones_like(z))

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        return _inside(z, np.zeros_like(z))

    def _probability(self, z: FloatArray) -> FloatArray:
        p: FloatArray = 0.5 * (1.0 + self._value(z))
        return p

    def _complement(self, z: FloatArray) -> FloatArray:
        return self._probability(-z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        a = self._value(z)
        log_p: FloatArray = np.where(a > -0.5, np.log1p(0.5 * (a - 1.0)), np.log(0.5 * (1.0 + a)))
        return log_p

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return self._log_probability(-z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return _inside(z, 1.0 / (1.0 + z))

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -self._hazard(-z)


def _inside(z: FloatArray, slope: FloatArray) -> FloatArray:
    """The slope between the corners, 0 outside, and NaN where z is NaN."""
    return np.where(np.isnan(z), z, np.where(np.abs(z) < 1.0, slope, 0.0))


__all__ = ["Hard"]
