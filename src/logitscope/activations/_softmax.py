"""Softmax over the last axis, φ(z)ₖ = exp zₖ / Σⱼ exp zⱼ, the one activation that couples columns.

It never knows an off-diagonal derivative: column k is differentiated in its own zₖ, the others held.
"""

from __future__ import annotations

import numpy as np

from logitscope._numerics import difference
from logitscope._typing import FloatArray
from logitscope.activations._base import Activation
from logitscope.activations._sigmoid import Sigmoid

_sigmoid = Sigmoid()


class Softmax(Activation):
    """φ(z)ₖ = exp zₖ / Σⱼ exp zⱼ, with range (0, 1); z of one dimension is one sample.

    With the margin Mₖ = zₖ − log Σ_{j≠k} exp zⱼ it is φ(z)ₖ = σ(Mₖ), and dMₖ/dzₖ = 1: every quantity of
    column k is that of the sigmoid at Mₖ, its derivatives the diagonal p(1 − p), p(1 − p)(1 − 2p). For two
    columns M is their difference. Equal infinities in a row count as equal numbers.

    Examples
    --------
    >>> phi = Softmax()
    >>> phi([[0.0, 0.0], [1000.0, 0.0]])
    array([[0.5, 0.5],
           [1. , 0. ]])
    >>> phi.log_probability([1000.0, 0.0])
    array([    0., -1000.])
    """

    name = "softmax"
    lower = 0.0
    upper = 1.0
    couples_columns = True

    def _value(self, z: FloatArray) -> FloatArray:
        M, rest = _margin(z)
        return _sigmoid._value(M) + rest * _sigmoid._derivative(M)

    def _derivative(self, z: FloatArray) -> FloatArray:
        M, rest = _margin(z)
        return _sigmoid._derivative(M) + rest * _sigmoid._second_derivative(M)

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        M, rest = _margin(z)
        slope = _sigmoid._derivative(M)
        return _sigmoid._second_derivative(M) + rest * slope * (1.0 - 6.0 * slope)  # σ‴ = σ′(1 − 6σ′)

    def _probability(self, z: FloatArray) -> FloatArray:
        return self._value(z)

    def _complement(self, z: FloatArray) -> FloatArray:
        M, rest = _margin(z)
        return _sigmoid._complement(M) - rest * _sigmoid._derivative(M)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        M, rest = _margin(z)
        return _sigmoid._log_probability(M) + rest * _sigmoid._complement(M)

    def _log_complement(self, z: FloatArray) -> FloatArray:
        M, rest = _margin(z)
        return _sigmoid._log_complement(M) - rest * _sigmoid._value(M)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return self._complement(z)

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -self._value(z)


def _margin(z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mₖ = zₖ − log Σ_{j≠k} exp zⱼ, as a float64 and the small rest that its rounding lost.

    The largest of the others is taken out of the sum: zₖ − mₖ keeps its rest, which exp would multiply.
    """
    is_top = np.arange(z.shape[-1]) == np.argmax(z, axis=-1, keepdims=True)
    top = np.max(z, axis=-1, keepdims=True)
    others = np.where(is_top, -np.inf, z)
    second = np.max(others, axis=-1, keepdims=True)
    below_top = np.where(is_top, 0.0, np.exp(difference(z, top)[0]))
    # What the own term leaves is rounded, but it joins the 1 of the top: a cancellation does no harm.
    log_sum_with_top = np.log1p(np.sum(below_top, axis=-1, keepdims=True) - below_top)
    below_second = np.where(is_top, 0.0, np.exp(difference(others, second)[0]))
    log_sum_without_top = np.log(np.sum(below_second, axis=-1, keepdims=True))

    gap, gap_rest = difference(z, np.where(is_top, second, top))
    M, rest = difference(gap, np.where(is_top, log_sum_without_top, log_sum_with_top))
    return M, rest + gap_rest


__all__ = ["Softmax"]
