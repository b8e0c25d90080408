"""The softsign, φ(z) = z/(1 + |z|).

It never knows that its second derivative jumps at 0, from 2 to −2: there it says 0.
"""

from __future__ import annotations

import math

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._symmetric import SymmetricActivation


class Softsign(SymmetricActivation):
    """φ(z) = z/(1 + |z|), with range (−1, 1); its derivative falls as 1/z², not exponentially.

    Everything is written in u = 1/(1 + |z|).

    Examples
    --------
    >>> phi = Softsign()
    >>> print(phi(1.0), phi(1.0, diff=True))
    0.5 0.25
    """

    name = "softsign"
    lower = -1.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        m = np.abs(z)
        return np.where(m > 1.0, np.sign(z) / (1.0 + 1.0 / m), z / (1.0 + m))

    def _derivative(self, z: FloatArray) -> FloatArray:
        u = 1.0 / (1.0 + np.abs(z))
        return u * u

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        u = 1.0 / (1.0 + np.abs(z))
        return -2.0 * np.sign(z) * u * u * u

    def _tail(self, m: FloatArray) -> FloatArray:
        return 0.5 / (1.0 + m)

    def _log_tail(self, m: FloatArray) -> FloatArray:
        return -np.log1p(m) - math.log(2.0)

    def _tail_hazard(self, m: FloatArray) -> FloatArray:
        return 1.0 / (1.0 + m)

    def _body_hazard(self, m: FloatArray) -> FloatArray:
        return 1.0 / (1.0 + m) / (1.0 + 2.0 * m)


__all__ = ["Softsign"]
