"""Focal loss: cross-entropy that turns down the samples that are already right.

It sees p and q from both ends of the range; it never knows z.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._numerics import times
from logitscope._typing import FloatArray
from logitscope.losses._base import LogCurvatures, LogSlopes, Output, against


@dataclass(frozen=True)
class Focal:
    """−y q^γ log p − (1 − y) p^γ log q: cross-entropy with the easy samples turned down (γ = 0: not at all)."""

    gamma: float = 2.0
    name: ClassVar[str] = "focal"

    def __post_init__(self) -> None:
        if not (np.isfinite(self.gamma) and self.gamma >= 0):
            raise InvalidInputError(
                f"`gamma` must be a finite number >= 0; got {self.gamma!r}. gamma=0 is cross-entropy."
            )

    def _weights(self, output: Output, y: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Y q^γ and (1 − y) p^γ."""
        return y * output.complement**self.gamma, against(output, y) * output.probability**self.gamma

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y)."""
        one, zero = self._weights(output, y)
        return -times(one, output.log_probability) - times(zero, output.log_complement)

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a = (A/p − B/q)/(upper − lower) with the slopes A and B."""
        slopes = self.log_slopes(output, y)
        with np.errstate(all="ignore"):
            per_p = times(slopes.p, 1 / output.probability) - times(slopes.q, 1 / output.complement)
        return per_p / (output.upper - output.lower)

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """A = −y q^γ − γ (1 − y) p^γ log q and B = −(1 − y) p^γ − γ y q^γ log p."""
        one, zero = self._weights(output, y)
        return LogSlopes(
            -one - times(self.gamma * zero, output.log_complement),
            -zero - times(self.gamma * one, output.log_probability),
        )

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """Second derivatives in log p and log q."""
        one, zero = self._weights(output, y)
        return LogCurvatures(
            -times(self.gamma**2 * zero, output.log_complement),
            -self.gamma * (one + zero),
            -times(self.gamma**2 * one, output.log_probability),
        )


__all__ = ["Focal"]
