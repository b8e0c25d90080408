"""What one pass over a batch brings.

It holds arrays; it never knows how they came about.
"""

from typing import NamedTuple

from logitscope._typing import FloatArray


class Evaluation(NamedTuple):
    """One pass over a batch."""

    loss: FloatArray
    """Objective of each column, (n_models,)."""
    gradient: FloatArray
    """Gradient of the smooth part (mean loss and L2), laid out like the parameters; NaN where a solver starts from 0
    and leaves it to a sample of the rows."""
    z: FloatArray
    """Pre-activations, (n_batch, n_models)."""
    grad_z: FloatArray | None = None
    """∂ℓ/∂z of each sample, before weights, (n_batch, n_models), where it was asked for."""


__all__ = ["Evaluation"]
