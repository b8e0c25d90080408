"""What one pass over a batch brings.

It holds arrays; it never knows how they came about.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from logitscope._typing import FloatArray


@dataclass(slots=True, eq=False)
class Evaluation:
    """One pass over a batch."""

    loss: FloatArray
    """Objective of each column, (n_models,)."""
    gradient: FloatArray
    """Gradient of the smooth part (mean loss and L2), laid out like the parameters; NaN where a solver starts from 0
    and leaves it to a sample of the rows."""
    products: FloatArray | Callable[[], FloatArray]
    """z, or what works it out, once it is asked for: most steps of a fleet are watched by nobody."""
    grad_z: FloatArray | None = None
    """∂ℓ/∂z of each sample, before weights, (n_batch, n_models), where it was asked for."""

    @property
    def z(self) -> FloatArray:
        """Pre-activations, (n_batch, n_models)."""
        if callable(self.products):
            self.products = self.products()
        return self.products

    def __iter__(self) -> Iterator[Any]:
        """Loss, gradient, z and ∂ℓ/∂z."""
        return iter((self.loss, self.gradient, self.z, self.grad_z))

    def __reduce__(self) -> tuple[type["Evaluation"], tuple[Any, ...]]:
        """Pickle and copy the numbers: what works z out holds all the data."""
        return Evaluation, tuple(self)


__all__ = ["Evaluation"]
