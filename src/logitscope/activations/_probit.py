"""The normal distribution function, φ(z) = Φ(z): the probit model.

It never knows an error function of its own: SciPy's erfc and erfcx(x) = exp(x²)·erfc(x) are used.
"""

from __future__ import annotations

import math

import numpy as np

from logitscope._numerics import gaussian
from logitscope._typing import FloatArray
from logitscope.activations._symmetric import SymmetricActivation


class Probit(SymmetricActivation):
    """φ(z) = Φ(z) = (1 + erf(z/√2))/2, with range (0, 1): the probability that a standard normal is below z.

    tail(m) = erfc(m/√2)/2, which is erfcx(m/√2)/2·exp(−m²/2): erfcx varies slowly, so that beyond 1, where
    the rounding of its argument would hurt erfc, the digits are those of the exponential, `gaussian`.

    Examples
    --------
    >>> phi = Probit()
    >>> print(f"{phi(0.0)} {phi(-30.0):.4e} {phi(0.0, diff=True):.4f}")
    0.5 4.9067e-198 0.3989
    """

    name = "probit"
    lower = 0.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        return self._probability(z)

    def _derivative(self, z: FloatArray) -> FloatArray:
        return gaussian(z, 1.0 / math.sqrt(2.0 * math.pi))

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        return gaussian(z, np.clip(z, -40.0, 40.0) / -math.sqrt(2.0 * math.pi))

    def _tail(self, m: FloatArray) -> FloatArray:
        near, far = 0.5 * _scipy("erfc", m), gaussian(m, 0.5 * _scipy("erfcx", m))
        return np.where(m < 1.0, near, far)

    def _log_tail(self, m: FloatArray) -> FloatArray:
        far = np.log(0.5 * _scipy("erfcx", m)) - 0.5 * m * m
        return np.where(m > 1.0, far, np.log(self._tail(m)))

    def _tail_hazard(self, m: FloatArray) -> FloatArray:
        near, far = self._derivative(m) / self._tail(m), math.sqrt(2.0 / math.pi) / _scipy("erfcx", m)
        # It is m + 1/m − …; erfcx is subnormal, then 0, at the end of the range.
        return np.where(m < 1.0, near, np.where(m < 1e8, far, m))

    def _body_hazard(self, m: FloatArray) -> FloatArray:
        return self._derivative(m) / (1.0 - self._tail(m))


def _scipy(name: str, m: FloatArray) -> FloatArray:
    """The error function of that name at m/√2."""
    # Imported when used: it is the only use of SciPy here, and as slow to import as all the rest.
    from scipy import special

    result: FloatArray = getattr(special, name)(m / math.sqrt(2.0))
    return result


__all__ = ["Probit"]
