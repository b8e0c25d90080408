"""What every loss is: its methods, and what of an activation it may see.

It never knows a particular loss, and nothing of z or the data.
"""

from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np

from logitscope._typing import FloatArray


class Output(Protocol):
    """What a loss may know of an activation: its output, seen exactly from both ends of the range."""

    @property
    def lower(self) -> float:
        """Lower end of the range of a."""

    @property
    def upper(self) -> float:
        """Upper end of the range of a."""

    @property
    def coupled(self) -> bool:
        """True if the columns share one probability mass (softmax): class 0 of a column is told by the others."""

    @property
    def value(self) -> FloatArray:
        """A."""

    @property
    def probability(self) -> FloatArray:
        """P = (a − lower)/(upper − lower)."""

    @property
    def complement(self) -> FloatArray:
        """Q = 1 − p."""

    @property
    def log_probability(self) -> FloatArray:
        """Log p."""

    @property
    def log_complement(self) -> FloatArray:
        """Log q."""


class LogSlopes(NamedTuple):
    """∂ℓ/∂log p and ∂ℓ/∂log q, with p and q taken as independent variables."""

    p: FloatArray
    q: FloatArray


class LogCurvatures(NamedTuple):
    """Second derivatives of ℓ in (log p, log p), (log p, log q) and (log q, log q)."""

    pp: FloatArray
    pq: FloatArray
    qq: FloatArray


@runtime_checkable
class Loss(Protocol):
    """A pointwise loss.

    All methods take an `Output` and labels y in [0, 1] that broadcast against it, and return arrays of their
    common shape. Where columns are coupled, the terms of one sample's columns sum to its loss.
    """

    @property
    def name(self) -> str:
        """Name in the registry."""

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y) ≥ 0."""

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a, the upstream gradient; infinite where the loss has a pole."""

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """∂ℓ/∂log p and ∂ℓ/∂log q."""

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """Second derivatives in log p and log q."""


def against(output: Output, y: FloatArray) -> FloatArray:
    """Weight of class 0 in a column: 1 − y, or 0 where the other columns tell it."""
    return np.zeros_like(y) if output.coupled else 1 - y


def residual(output: Output, y: FloatArray) -> FloatArray:
    """P − y = (1 − y) p − y q, which keeps its digits at both ends."""
    residual: FloatArray = (1 - y) * output.probability - y * output.complement
    return residual


def zeros(output: Output, y: FloatArray) -> FloatArray:
    return np.zeros(np.broadcast_shapes(np.shape(output.probability), np.shape(y)))


__all__ = ["LogCurvatures", "LogSlopes", "Loss", "Output", "against", "residual", "zeros"]
