"""The logistic sigmoid, φ(z) = 1/(1 + exp(−z)).

It never knows that other activations are rescaled sigmoids.
"""

from __future__ import annotations

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._base import Activation


class Sigmoid(Activation):
    """φ(z) = 1/(1 + exp(−z)), with range (0, 1): the probability whose logit is z.

    Everything is written in e = exp(−|z|), which cannot overflow.

    Examples
    --------
    >>> print(Sigmoid()(0.0), Sigmoid()(0.0, diff=True))
    0.5 0.25
    """

    name = "sigmoid"
    lower = 0.0
    upper = 1.0

    def _value(self, z: FloatArray) -> FloatArray:
        e = np.exp(-np.abs(z))
        value: FloatArray = np.where(z < 0, e, 1.0) / (1.0 + e)
        return value

    def _derivative(self, z: FloatArray) -> FloatArray:
        e = np.exp(-np.abs(z))
        slope: FloatArray = e / (1.0 + (2.0 * e + e * e))
        return slope

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        # φ″ = −tanh(z/2)·φ′ is up to 4 ulp off. With t = tanh(z/2) it is (t³ − t)/4, where t is not near 1;
        # beyond, its size e(1 − e)/(1 + e)³ is e less a small part of itself. Both stay below 3 ulp.
        t, e = np.tanh(0.5 * z), np.exp(-np.abs(z))
        part = e * (4.0 + e * (3.0 + e)) / (1.0 + e * (3.0 + e * (3.0 + e)))
        return np.where(np.abs(z) < 1.8, 0.25 * (t * t * t - t), np.sign(z) * (e * part - e))

    def _probability(self, z: FloatArray) -> FloatArray:
        return self._value(z)

    def _complement(self, z: FloatArray) -> FloatArray:
        return self._value(-z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        return np.minimum(z, 0.0) - np.log1p(np.exp(-np.abs(z)))

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return self._log_probability(-z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return self._value(-z)

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -self._value(z)


__all__ = ["Sigmoid"]
