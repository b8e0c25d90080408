"""The hyperbolic tangent, φ(z) = tanh z, which is 2σ(2z) − 1.

It never knows a residual: a − t keeps its digits as −2q (t = +1) or 2p (t = −1), never as tanh(z) − t.
"""

from __future__ import annotations

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._base import Activation
from logitscope.activations._sigmoid import Sigmoid

_sigmoid = Sigmoid()


class Tanh(Activation):
    """φ(z) = tanh z, with range (−1, 1); as a probability it is the sigmoid of 2z.

    The derivative has four equal forms, 1 − tanh² z = (1 + tanh z)(1 − tanh z) = sech² z = 4/(eᶻ + e⁻ᶻ)².
    The first two lose every digit from |z| ≈ 18 on; the last is used, as 4E/(1 + E)² with E = exp(−2|z|),
    which is four times the sigmoid's derivative at 2z.

    Examples
    --------
    >>> print(Tanh()(0.0), Tanh()(0.0, diff=True))
    0.0 1.0
    """

    name = "tanh"
    lower = -1.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        return np.tanh(z)

    def _derivative(self, z: FloatArray) -> FloatArray:
        e = np.exp(-np.abs(z))
        # E is subnormal from |z| = 354.2 on, where 4E is not: there (2e)² keeps the digits.
        return np.where(np.abs(z) < 354.0, 4.0 * _sigmoid._derivative(2.0 * z), (2.0 * e) ** 2)

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        m = np.abs(z)
        # −2a·a′ for subnormal z and E, where 8σ″(2z), which is more accurate, has lost digits.
        direct = -2.0 * np.tanh(z) * self._derivative(z)
        return np.where((m > 1e-8) & (m < 354.0), 8.0 * _sigmoid._second_derivative(2.0 * z), direct)

    def _probability(self, z: FloatArray) -> FloatArray:
        return _sigmoid._value(2.0 * z)

    def _complement(self, z: FloatArray) -> FloatArray:
        return _sigmoid._value(-2.0 * z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        return _sigmoid._log_probability(2.0 * z)

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return _sigmoid._log_probability(-2.0 * z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return 2.0 * _sigmoid._value(-2.0 * z)

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -2.0 * _sigmoid._value(2.0 * z)


__all__ = ["Tanh"]
