"""The Cauchy distribution function, φ(z) = 1/2 + arctan(z)/π: the cauchit model.

It never knows a power of a large z, which could overflow: it divides by z as often.
"""

from __future__ import annotations

import math

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._symmetric import SymmetricActivation

_FAR = 1e8  # 1 + z² is z² in float64 from here on


class Cauchit(SymmetricActivation):
    """φ(z) = 1/2 + arctan(z)/π, with range (0, 1); its tails fall as 1/(π|z|), so that it forgives outliers.

    Examples
    --------
    >>> phi = Cauchit()
    >>> print(phi(1.0), phi(1.0, diff=True) * np.pi)
    0.75 0.5
    """

    name = "cauchit"
    lower = 0.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        return self._probability(z)

    def _derivative(self, z: FloatArray) -> FloatArray:
        return np.where(np.abs(z) < _FAR, 1.0 / (1.0 + z * z), 1.0 / z / z) / math.pi

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        d = 1.0 + z * z
        return np.where(np.abs(z) < _FAR, z / d / d, 1.0 / z / z / z) * (-2.0 / math.pi)

    def _tail(self, m: FloatArray) -> FloatArray:
        return np.where(m > 1.0, np.arctan(1.0 / m) / math.pi, 0.5 - np.arctan(m) / math.pi)

    def _log_tail(self, m: FloatArray) -> FloatArray:
        return np.log(self._tail(m))

    def _tail_hazard(self, m: FloatArray) -> FloatArray:
        return np.where(m < _FAR, self._derivative(m) / self._tail(m), 1.0 / m)

    def _body_hazard(self, m: FloatArray) -> FloatArray:
        return self._derivative(m) / (1.0 - self._tail(m))


__all__ = ["Cauchit"]
