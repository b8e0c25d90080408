"""The algebraic sigmoid, φ(z) = z/√(1 + z²).

It never knows a power of r = √(1 + z²): it divides by r as often, which cannot overflow.
"""

from __future__ import annotations

import math

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._symmetric import SymmetricActivation

_FAR = 1e8  # 1 + z² is z² in float64 from here on


class Algebraic(SymmetricActivation):
    """φ(z) = z/√(1 + z²), with range (−1, 1); its derivative, 1/r³, falls as 1/|z|³.

    Its probability is the distribution function of Student's t with 2 degrees of freedom at √2·z.

    Examples
    --------
    >>> phi = Algebraic()
    >>> print(phi(0.75), phi(0.0, diff=True))
    0.6 1.0
    """

    name = "algebraic"
    lower = -1.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        return np.where(np.abs(z) > 1.0, np.sign(z) / np.hypot(1.0, 1.0 / z), z / np.hypot(1.0, z))

    def _derivative(self, z: FloatArray) -> FloatArray:
        near = 1.0 / np.hypot(1.0, z) / (1.0 + z * z)
        m = np.abs(z)
        return np.where(m < _FAR, near, 1.0 / m / m / m)

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        d, m = 1.0 + z * z, np.abs(z)
        near = -3.0 * z / np.hypot(1.0, z) / d / d
        return np.where(m < _FAR, near, -3.0 / z / m / m / m)

    def _tail(self, m: FloatArray) -> FloatArray:
        r = np.hypot(1.0, m)
        return 0.5 / r / (r + m)

    def _log_tail(self, m: FloatArray) -> FloatArray:
        return -math.log(2.0) - np.log(np.hypot(1.0, m)) - np.arcsinh(m)  # r + m = exp(arcsinh m)

    def _tail_hazard(self, m: FloatArray) -> FloatArray:
        return (1.0 + self._value(m)) / np.hypot(1.0, m)  # (r + m)/r²

    def _body_hazard(self, m: FloatArray) -> FloatArray:
        r = np.hypot(1.0, m)
        return 1.0 / r / r / (r + m)


__all__ = ["Algebraic"]
