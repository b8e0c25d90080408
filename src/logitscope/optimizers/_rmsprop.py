"""RMSprop: every parameter's gradient is divided by a running root mean square of itself.

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


class RMSpropState(NamedTuple):
    """Number of updates made, and the running mean M of the squared gradients (shaped as the parameters)."""

    step: int
    mean_square: FloatArray


@dataclass(frozen=True)
class RMSprop:
    """M ← ρ M + (1 − ρ) g²; update = −η g / (√M + ε).

    Tieleman and Hinton (2012), lecture 6.5, with ρ = 0.9. The slide has no ε; it is added outside the root,
    as in Adam. M starts at 0 and is not corrected for it, so that the first step has size η / √(1 − ρ).

    Parameters
    ----------
    learning_rate : float, array_like of shape (n_models,) or None
        η > 0, in units of the parameters.
    decay : float
        ρ in [0, 1): the share of the last mean that is kept.
    epsilon : float
        ε > 0, in units of the gradient.
    schedule : Schedule
        Multiplier of η for each step.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = RMSprop(learning_rate=1.0, decay=0.75)
    >>> update, state = optimizer.update(np.array([[3.0], [-5.0]]), optimizer.init(np.zeros((2, 1))))
    >>> update.round(6).ravel()
    array([-2.,  2.])
    """

    name: ClassVar[str] = "rmsprop"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 0.5
    is_diagonal: ClassVar[bool] = True
    remembers: ClassVar[bool] = False

    learning_rate: float | FloatArray | None = None
    decay: float = 0.9
    epsilon: float = 1e-8
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)
        require_number("decay", self.decay, low=0, high=1)
        require_number("epsilon", self.epsilon, low=0, open_low=True)

    def init(self, params: FloatArray) -> RMSpropState:
        """Return a state without past gradients."""
        return RMSpropState(0, np.zeros_like(params))

    def update(self, gradient: FloatArray, state: RMSpropState) -> tuple[FloatArray, RMSpropState]:
        """Return −η g / (√M + ε) and the next state."""
        mean_square = self.decay * state.mean_square + (1 - self.decay) * (gradient * gradient)
        direction = gradient / (np.sqrt(mean_square) + self.epsilon)
        return descend(self, state, direction), RMSpropState(state.step + 1, mean_square)

    def gradient_factor(self, state: RMSpropState) -> FloatArray:
        """Return 1 / (√M + ε), shaped as the parameters."""
        require_updated(state.step)
        return 1.0 / (np.sqrt(state.mean_square) + self.epsilon)

    def rate(self, state: RMSpropState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 0.05 / √curvature: twenty steps cross the natural width of the objective."""
        return inverse_root(0.05, curvature)


__all__ = ["RMSprop", "RMSpropState"]
