"""The activations of extreme values: cloglog, 1 − exp(−exp z), and its mirror image loglog, exp(−exp(−z)).

They never know the rounding error of u = exp z, which exp(−u) would multiply: `exp_of_minus_exp` carries it.
"""

from __future__ import annotations

import math

import numpy as np

from logitscope._numerics import exp_of_minus_exp
from logitscope._typing import FloatArray
from logitscope.activations._base import Activation


class CLogLog(Activation):
    """φ(z) = 1 − exp(−exp z), with range (0, 1): the complementary log-log, fast to 1 and slow to 0.

    Everything is written in u = exp z.

    Examples
    --------
    >>> phi = CLogLog()
    >>> print(f"{phi(phi.midpoint):.3f} {phi.complement_hazard(2.0):.4f}")
    0.500 -7.3891
    """

    name = "cloglog"
    lower = 0.0
    upper = 1.0
    midpoint = math.log(math.log(2.0))

    def _value(self, z: FloatArray) -> FloatArray:
        return -np.expm1(-np.exp(z))

    def _derivative(self, z: FloatArray) -> FloatArray:
        return exp_of_minus_exp(z, np.exp(np.minimum(z, 7.0)))

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        near = np.minimum(z, 7.0)
        return exp_of_minus_exp(z, -np.exp(near) * np.expm1(near))

    def _probability(self, z: FloatArray) -> FloatArray:
        return self._value(z)

    def _complement(self, z: FloatArray) -> FloatArray:
        return exp_of_minus_exp(z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        u = np.exp(z)
        below = np.where(z < -37.0, z - 0.5 * u, np.log(-np.expm1(-u)))
        return np.where(z < self.midpoint, below, np.log1p(-exp_of_minus_exp(z)))

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return -np.exp(z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return np.where(z < -37.0, 1.0, self._derivative(z) / self._value(z))  # 1 − u/2 + …

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -np.exp(z)


_cloglog = CLogLog()


class LogLog(Activation):
    """φ(z) = exp(−exp(−z)), with range (0, 1): slow to 1 and fast to 0; p(z) is the q(−z) of cloglog.

    Examples
    --------
    >>> phi = LogLog()
    >>> print(f"{phi(phi.midpoint):.3f} {phi.hazard(-2.0):.4f}")
    0.500 7.3891
    """

    name = "loglog"
    lower = 0.0
    upper = 1.0
    midpoint = -math.log(math.log(2.0))

    def _value(self, z: FloatArray) -> FloatArray:
        return _cloglog._complement(-z)

    def _derivative(self, z: FloatArray) -> FloatArray:
        return _cloglog._derivative(-z)

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        return -_cloglog._second_derivative(-z)

    def _probability(self, z: FloatArray) -> FloatArray:
        return _cloglog._complement(-z)

    def _complement(self, z: FloatArray) -> FloatArray:
        return _cloglog._probability(-z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        return _cloglog._log_complement(-z)

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return _cloglog._log_probability(-z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return -_cloglog._complement_hazard(-z)

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -_cloglog._hazard(-z)


__all__ = ["CLogLog", "LogLog"]
