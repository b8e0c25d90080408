"""The two rules that carry a velocity: the heavy ball, and Nesterov's look ahead.

Neither rule normalises what it is given, so neither knows the scale of a gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.optimizers._base import descend, same_fields, scheduled_rate, settle_rate
from logitscope.optimizers._schedules import CONSTANT, Schedule
from logitscope.optimizers._validation import require_number


class MomentumState(NamedTuple):
    """Number of updates made, and the velocity v (in units of the gradient, shaped as the parameters)."""

    step: int
    velocity: FloatArray


@dataclass(frozen=True)
class Momentum:
    """v ← β v + g; update = −η v.

    With a constant η this is the heavy ball of Polyak (1964): w ← w − η g + β (w − w_previous).
    The velocity is kept in units of the gradient, not of the parameters, so that a learning rate that
    changes acts on the whole update at once.

    Parameters
    ----------
    learning_rate : float, array_like of shape (n_models,) or None
        η > 0.
    momentum : float
        β in [0, 1): the share of the last velocity that is kept.
    schedule : Schedule
        Multiplier of η for each step.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = Momentum(learning_rate=1.0, momentum=0.5)
    >>> state = optimizer.init(np.zeros((1, 1)))
    >>> for _ in range(3):
    ...     update, state = optimizer.update(np.ones((1, 1)), state)
    >>> update  # −(1 + 1/2 + 1/4)
    array([[-1.75]])
    """

    name: ClassVar[str] = "momentum"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 1.0
    is_diagonal: ClassVar[bool] = False
    remembers: ClassVar[bool] = True

    learning_rate: float | FloatArray | None = None
    momentum: float = 0.9
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)
        require_number("momentum", self.momentum, low=0, high=1)

    def init(self, params: FloatArray) -> MomentumState:
        """Return a state at rest."""
        return MomentumState(0, np.zeros_like(params))

    def update(self, gradient: FloatArray, state: MomentumState) -> tuple[FloatArray, MomentumState]:
        """Return −η v and the next state."""
        velocity = self.momentum * state.velocity + gradient
        return descend(self, state, velocity), MomentumState(state.step + 1, velocity)

    def gradient_factor(self, state: MomentumState) -> float:
        """Return 1.0."""
        return 1.0

    def rate(self, state: MomentumState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 1 / curvature, stable on a quadratic, as η < 2 (1 + β) / curvature."""
        return 1.0 / curvature


@dataclass(frozen=True)
class Nesterov:
    """v ← β v + g; update = −η (g + β v).

    Nesterov's accelerated gradient, with the gradient taken at the parameters themselves. The parameters
    here are the look-ahead point θ + μ v of Sutskever et al. (2013), eqs. 3 and 4, which is the same
    sequence for a constant η: it needs no gradient at a second point.

    Parameters
    ----------
    learning_rate : float, array_like of shape (n_models,) or None
        η > 0.
    momentum : float
        β in [0, 1): the share of the last velocity that is kept.
    schedule : Schedule
        Multiplier of η for each step.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = Nesterov(learning_rate=1.0, momentum=0.5)
    >>> update, state = optimizer.update(np.ones((1, 1)), optimizer.init(np.zeros((1, 1))))
    >>> update
    array([[-1.5]])
    """

    name: ClassVar[str] = "nesterov"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 1.0
    is_diagonal: ClassVar[bool] = False
    remembers: ClassVar[bool] = True

    learning_rate: float | FloatArray | None = None
    momentum: float = 0.9
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)
        require_number("momentum", self.momentum, low=0, high=1)

    def init(self, params: FloatArray) -> MomentumState:
        """Return a state at rest."""
        return MomentumState(0, np.zeros_like(params))

    def update(self, gradient: FloatArray, state: MomentumState) -> tuple[FloatArray, MomentumState]:
        """Return −η (g + β v) and the next state."""
        velocity = self.momentum * state.velocity + gradient
        direction = gradient + self.momentum * velocity
        return descend(self, state, direction), MomentumState(state.step + 1, velocity)

    def gradient_factor(self, state: MomentumState) -> float:
        """Return 1 + β: the gradient enters directly, and again through the velocity."""
        return 1.0 + self.momentum

    def rate(self, state: MomentumState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 1 / curvature, stable on a quadratic, as η < 2 (1 + β) / (1 + 2β) / curvature."""
        return 1.0 / curvature


__all__ = ["Momentum", "MomentumState", "Nesterov"]
