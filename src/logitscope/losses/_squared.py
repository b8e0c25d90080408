"""Squared errors of the output and of the probability: the same parabola in two units.

It sees p and q from both ends of the range; it never knows z.
"""

from dataclasses import dataclass
from typing import ClassVar

from logitscope._typing import FloatArray
from logitscope.losses._base import LogCurvatures, LogSlopes, Output, residual


def _squared_slopes(scale: float, output: Output, y: FloatArray) -> LogSlopes:
    """Slopes of ½ scale (p − y)²."""
    pull = scale * residual(output, y)
    return LogSlopes(pull * (1 - y) * output.probability, -pull * y * output.complement)


def _squared_curvatures(scale: float, output: Output, y: FloatArray) -> LogCurvatures:
    """Second derivatives of ½ scale (p − y)²."""
    off = residual(output, y)
    up, down = (1 - y) * output.probability, y * output.complement
    return LogCurvatures(scale * up * (up + off), -scale * up * down, scale * down * (down - off))


@dataclass(frozen=True)
class SquaredError:
    """½ (a − t)² with t = lower + y (upper − lower): four times as large for tanh as for the sigmoid."""

    name: ClassVar[str] = "squared_error"

    def _scale(self, output: Output) -> float:
        return (output.upper - output.lower) ** 2

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y)."""
        value: FloatArray = 0.5 * self._scale(output) * residual(output, y) ** 2
        return value

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a = a − t."""
        return (output.upper - output.lower) * residual(output, y)

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """Slopes of ½ (upper − lower)² (p − y)²."""
        return _squared_slopes(self._scale(output), output, y)

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """Second derivatives in log p and log q."""
        return _squared_curvatures(self._scale(output), output, y)


@dataclass(frozen=True)
class Brier:
    """(p − y)²: the squared error of the probability, the same for every activation."""

    name: ClassVar[str] = "brier"

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y)."""
        value: FloatArray = residual(output, y) ** 2
        return value

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a = 2 (p − y)/(upper − lower)."""
        return 2 * residual(output, y) / (output.upper - output.lower)

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """Slopes of (p − y)²."""
        return _squared_slopes(2.0, output, y)

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """Second derivatives in log p and log q."""
        return _squared_curvatures(2.0, output, y)


__all__ = ["Brier", "SquaredError"]
