"""What activations with φ(−z) = lower + upper − φ(z) share: the smaller probability, the tail, says it all.

It never knows which function it is.
"""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._base import Activation


class SymmetricActivation(Activation):
    """An activation whose probability is a tail at m = |z|, by the sign of z.

    tail(m) = p(−m) = q(m), at most 1/2, so that 1 − tail is exact to a rounding. The hazard of the tail is
    −d log tail/dm, that of the body is −tail′/(1 − tail).
    """

    @abstractmethod
    def _tail(self, m: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _log_tail(self, m: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _tail_hazard(self, m: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _body_hazard(self, m: FloatArray) -> FloatArray: ...

    def _probability(self, z: FloatArray) -> FloatArray:
        tail = self._tail(np.abs(z))
        return np.where(z < 0, tail, 1.0 - tail)

    def _complement(self, z: FloatArray) -> FloatArray:
        return self._probability(-z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        m = np.abs(z)
        return np.where(z < 0, self._log_tail(m), np.log1p(-self._tail(m)))

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return self._log_probability(-z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        m = np.abs(z)
        return np.where(z < 0, self._tail_hazard(m), self._body_hazard(m))

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return -self._hazard(-z)


__all__ = ["SymmetricActivation"]
