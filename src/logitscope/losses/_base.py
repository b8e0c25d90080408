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

    All methods take an `Output` and labels y in [0, 1] (soft ones included) that broadcast against it, and return new
    arrays of their common shape. Losses are immutable values: frozen, picklable, equal to their copies.

    A loss is a function of p and q as two variables: `Output` has both exactly, and a form that subtracts from 1 has
    lost its digits. Products that may be 0·∞ are taken with `_numerics.times`. Of coupled columns (softmax), the terms
    of one sample's columns sum to its loss: each column tells what no other tells, see `against`.
    """

    @property
    def name(self) -> str:
        """Name in the registry."""

    def value(self, output: Output, y: FloatArray) -> FloatArray:
        """ℓ(a, y) ≥ 0: exactly 0 at a ∈ {lower, upper} with its own label, > 0 wherever 0 < p < 1 and p ≠ y.

        Infinite only where a label is given probability 0; never NaN for a number.
        """

    def derivative(self, output: Output, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a, the upstream gradient, with q = 1 − p; infinite where the loss has a pole."""

    def log_slopes(self, output: Output, y: FloatArray) -> LogSlopes:
        """∂ℓ/∂log p and ∂ℓ/∂log q, finite wherever ℓ is: this is what gradients are made of."""

    def log_curvatures(self, output: Output, y: FloatArray) -> LogCurvatures:
        """Second derivatives in log p and log q: what the curvature in z, and with it the learning rate, is made of."""


def against(output: Output, y: FloatArray) -> FloatArray:
    """Weight of class 0 in a column: 1 − y, or 0 where the other columns tell it.

    For the losses with a term −log q: of softmax, the column of the true class tells all with −log p, and the term
    of class 0 in the other columns would tell it again. A loss in p − y has no use for it.
    """
    return np.zeros_like(y) if output.coupled else 1 - y


def residual(output: Output, y: FloatArray) -> FloatArray:
    """P − y = (1 − y) p − y q, which keeps its digits at both ends; for the losses in p − y."""
    residual: FloatArray = (1 - y) * output.probability - y * output.complement
    return residual


def zeros(output: Output, y: FloatArray) -> FloatArray:
    """Zeros of the shape that an output and labels have in common; for derivatives that vanish."""
    return np.zeros(np.broadcast_shapes(np.shape(output.probability), np.shape(y)))


__all__ = ["LogCurvatures", "LogSlopes", "Loss", "Output", "against", "residual", "zeros"]
