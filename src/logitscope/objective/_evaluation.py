"""What one pass over a batch brings.

It holds arrays; it never knows how they came about.
"""

from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray


class Evaluation(NamedTuple):
    """One pass over a batch."""

    loss: FloatArray
    """Objective of each column, (n_models,)."""
    gradient: FloatArray
    """Gradient of the smooth part (mean loss and L2), laid out like the parameters."""
    z: FloatArray
    """Pre-activations, (n_batch, n_models)."""
    grad_z: FloatArray | None = None
    """∂ℓ/∂z of each sample, before weights, (n_batch, n_models), where it was asked for."""


class Unread(Evaluation):
    """What is known at parameters 0 without reading X: there z is 0. The gradient is computed when it is asked for."""

    back: Callable[[], FloatArray]

    @classmethod
    def of(cls, loss: FloatArray, shape: tuple[int, ...], back: Callable[[], FloatArray]) -> "Unread":
        """Return the evaluation of so many samples and models, whose gradient `back` computes."""
        seen = cls(loss, np.empty(0), np.broadcast_to(0.0, shape))
        seen.back = back
        return seen

    @cached_property
    def gradient(self) -> FloatArray:
        """Gradient of the smooth part, laid out like the parameters."""
        return self.back()


__all__ = ["Evaluation", "Unread"]
