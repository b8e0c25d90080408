"""AdaGrad: every parameter's gradient is divided by the root of the sum of its squares so far.

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


class AdaGradState(NamedTuple):
    """Number of updates made, and the sum G of the squared gradients (shaped as the parameters)."""

    step: int
    sum_of_squares: FloatArray


@dataclass(frozen=True)
class AdaGrad:
    """G ← G + g²; update = −η g / (ε + √G).

    Duchi, Hazan and Singer (2011), fig. 1: the diagonal proximal function, H = δ I + diag(√G), and no
    regulariser. The first update of every parameter has size η.

    Parameters
    ----------
    learning_rate : float, array_like of shape (n_models,) or None
        η > 0, in units of the parameters.
    epsilon : float
        ε > 0 (δ in the paper), in units of the gradient.
    schedule : Schedule
        Multiplier of η for each step.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = AdaGrad(learning_rate=1.0)
    >>> state = optimizer.init(np.zeros((2, 1)))
    >>> for _ in range(4):
    ...     update, state = optimizer.update(np.array([[3.0], [-5.0]]), state)
    >>> update.round(6).ravel()  # 1/√4, whatever the scale of the gradient
    array([-0.5,  0.5])
    """

    name: ClassVar[str] = "adagrad"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 0.5
    is_diagonal: ClassVar[bool] = True
    remembers: ClassVar[bool] = False

    learning_rate: float | FloatArray | None = None
    epsilon: float = 1e-8
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)
        require_number("epsilon", self.epsilon, low=0, open_low=True)

    def init(self, params: FloatArray) -> AdaGradState:
        """Return a state without past gradients."""
        return AdaGradState(0, np.zeros_like(params))

    def update(self, gradient: FloatArray, state: AdaGradState) -> tuple[FloatArray, AdaGradState]:
        """Return −η g / (ε + √G) and the next state."""
        sum_of_squares = state.sum_of_squares + gradient * gradient
        direction = gradient / (self.epsilon + np.sqrt(sum_of_squares))
        return descend(self, state, direction), AdaGradState(state.step + 1, sum_of_squares)

    def gradient_factor(self, state: AdaGradState) -> FloatArray:
        """Return 1 / (ε + √G), shaped as the parameters."""
        require_updated(state.step)
        return 1.0 / (self.epsilon + np.sqrt(state.sum_of_squares))

    def rate(self, state: AdaGradState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 0.5 / √curvature: large, because the rule itself shrinks its steps as 1 / √step."""
        return inverse_root(0.5, curvature)


__all__ = ["AdaGrad", "AdaGradState"]
