"""Adam: a running mean of the gradient, divided by a running root mean square of it.

The rule never knows the scale of the objective, because it divides that scale out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.optimizers._base import descend, inverse_root, require_updated, same_fields, scheduled_rate, settle_rate
from logitscope.optimizers._schedules import CONSTANT, Schedule
from logitscope.optimizers._validation import require_number


class AdamState(NamedTuple):
    """Number of updates made, and the biased first and second moments m, v (shaped as the parameters)."""

    step: int
    m: FloatArray
    v: FloatArray


@dataclass(frozen=True)
class Adam:
    """m ← β₁ m + (1 − β₁) g; v ← β₂ v + (1 − β₂) g²; update = −η m̂ / (√v̂ + ε).

    Kingma and Ba (2015), algorithm 1, with m̂ = m / (1 − β₁ᵗ) and v̂ = v / (1 − β₂ᵗ) at step t.

    Parameters
    ----------
    learning_rate : float, array_like of shape (n_models,) or None
        η > 0 (α in the paper), in units of the parameters.
    beta1, beta2 : float
        In [0, 1): the shares of the last moments that are kept.
    epsilon : float
        ε > 0, in units of the gradient.
    schedule : Schedule
        Multiplier of η for each step.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = Adam(learning_rate=0.1)
    >>> update, state = optimizer.update(np.array([[3.0], [-5.0]]), optimizer.init(np.zeros((2, 1))))
    >>> update.round(6).ravel()  # the first step has size η
    array([-0.1,  0.1])
    """

    name: ClassVar[str] = "adam"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 0.5
    is_diagonal: ClassVar[bool] = True
    remembers: ClassVar[bool] = True

    learning_rate: float | FloatArray | None = None
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)
        require_number("beta1", self.beta1, low=0, high=1)
        require_number("beta2", self.beta2, low=0, high=1)
        require_number("epsilon", self.epsilon, low=0, open_low=True)

    def init(self, params: FloatArray) -> AdamState:
        """Return a state without past gradients."""
        return AdamState(0, np.zeros_like(params), np.zeros_like(params))

    def update(self, gradient: FloatArray, state: AdamState) -> tuple[FloatArray, AdamState]:
        """Return −η m̂ / (√v̂ + ε) and the next state."""
        t = state.step + 1
        m = self.beta1 * state.m + (1 - self.beta1) * gradient
        v = self.beta2 * state.v + (1 - self.beta2) * (gradient * gradient)
        m_hat = m / (1 - self.beta1**t)
        direction = m_hat / self._root(t, v)
        return descend(self, state, direction), AdamState(t, m, v)

    def gradient_factor(self, state: AdamState) -> FloatArray:
        """Return (1 − β₁) / (1 − β₁ᵗ) / (√v̂ + ε), shaped as the parameters."""
        require_updated(state.step)
        return (1 - self.beta1) / (1 - self.beta1**state.step) / self._root(state.step, state.v)

    def rate(self, state: AdamState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 0.05 / √curvature: twenty steps cross the natural width of the objective."""
        return inverse_root(0.05, curvature)

    def _root(self, t: int, v: FloatArray) -> FloatArray:
        """√v̂ + ε."""
        v_hat = v / (1 - self.beta2**t)
        root: FloatArray = np.sqrt(v_hat) + self.epsilon
        return root


__all__ = ["Adam", "AdamState"]
