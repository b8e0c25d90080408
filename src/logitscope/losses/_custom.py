"""A user's own loss, made to look like one of ours.

It sees p and q from both ends of the range; it never knows z.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.losses._base import LogCurvatures, LogSlopes, Output, zeros


@dataclass(frozen=True)
class CustomLoss:
    """A user's own loss, given as `value(a, t)` and `derivative(a, t)` of the output a and its target t.

    t = lower + y (upper − lower), so that a loss written for tanh meets t in {−1, 1}.
    """

    loss: Any

    @property
    def name(self) -> str:
        """`loss.name`, or the name of its class."""
        return str(getattr(self.loss, "name", type(self.loss).__name__))

    @staticmethod
    def _target(output: Output, y: FloatArray) -> FloatArray:
        return output.lower + y * (output.upper - output.lower)

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y)."""
        return np.asarray(self.loss.value(output.value, self._target(output, y)))

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a."""
        return np.asarray(self.loss.derivative(output.value, self._target(output, y)))

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """∂ℓ/∂log p = ∂ℓ/∂a (upper − lower) p; q is not used."""
        slope = (output.upper - output.lower) * output.probability * self.derivative(output, y)
        return LogSlopes(slope, np.zeros_like(slope))

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """∂²ℓ/∂a² by central differences of the derivative, in log p."""
        width, t = output.upper - output.lower, self._target(output, y)
        step = width * np.finfo(float).eps ** (1 / 3)
        change = self.loss.derivative(output.value + step, t) - self.loss.derivative(output.value - step, t)
        reach = width * output.probability
        zero = zeros(output, y)
        return LogCurvatures(reach**2 * change / (2 * step) + reach * self.derivative(output, y), zero, zero)


__all__ = ["CustomLoss"]
