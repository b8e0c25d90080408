"""Cross-entropy of the probability, whatever the activation.

It sees p and q from both ends of the range; it never knows z.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from logitscope._numerics import times
from logitscope._typing import FloatArray
from logitscope.losses._base import LogCurvatures, LogSlopes, Output, against, zeros


@dataclass(frozen=True)
class CrossEntropy:
    """−y log p − (1 − y) log q; infinite only where a label is given probability 0."""

    name: ClassVar[str] = "cross_entropy"

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y)."""
        return -times(y, output.log_probability) - times(against(output, y), output.log_complement)

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a = (−y/p + (1 − y)/q)/(upper − lower)."""
        with np.errstate(all="ignore"):
            per_p = -times(y, 1 / output.probability) + times(against(output, y), 1 / output.complement)
        return per_p / (output.upper - output.lower)

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """−y and −(1 − y)."""
        return LogSlopes(-y, -against(output, y))

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """All zero: the loss is linear in log p and log q."""
        zero = zeros(output, y)
        return LogCurvatures(zero, zero, zero)


__all__ = ["CrossEntropy"]
