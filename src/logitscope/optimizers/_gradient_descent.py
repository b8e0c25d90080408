"""Gradient descent, on all rows or on batches of them.

Neither rule knows how many rows made the gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, NamedTuple

from logitscope._typing import FloatArray
from logitscope.optimizers._base import descend, same_fields, scheduled_rate, settle_rate
from logitscope.optimizers._schedules import CONSTANT, Schedule


class GradientDescentState(NamedTuple):
    """Number of updates made."""

    step: int


@dataclass(frozen=True)
class GradientDescent:
    """update = −η g, with the gradient of all rows (Cauchy 1847).

    The full batch with η ≤ 1 / curvature lowers a smooth objective at every step.

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = GradientDescent(learning_rate=0.5)
    >>> update, state = optimizer.update(np.array([[1.0], [-4.0]]), optimizer.init(np.zeros((2, 1))))
    >>> update.ravel()
    array([-0.5,  2. ])
    """

    name: ClassVar[str] = "gd"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 1.0
    is_diagonal: ClassVar[bool] = False
    remembers: ClassVar[bool] = False

    learning_rate: float | FloatArray | None = None
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)

    def init(self, params: FloatArray) -> GradientDescentState:
        """Return a state of zero updates."""
        return GradientDescentState(0)

    def update(self, gradient: FloatArray, state: GradientDescentState) -> tuple[FloatArray, GradientDescentState]:
        """Return −η g and the next state."""
        return descend(self, state, gradient), GradientDescentState(state.step + 1)

    def gradient_factor(self, state: GradientDescentState) -> float:
        """Return 1.0."""
        return 1.0

    def rate(self, state: GradientDescentState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 1 / curvature."""
        return 1.0 / curvature


@dataclass(frozen=True)
class SGD:
    """update = −η g, with the gradient of a batch of 32 rows unless told otherwise (Robbins and Monro 1951).

    Examples
    --------
    >>> import numpy as np
    >>> optimizer = SGD(learning_rate=[0.5, 0.1])  # one learning rate for each model
    >>> update, state = optimizer.update(np.ones((2, 2)), optimizer.init(np.zeros((2, 2))))
    >>> update
    array([[-0.5, -0.1],
           [-0.5, -0.1]])
    """

    name: ClassVar[str] = "sgd"
    default_batch_size: ClassVar[int | None] = 32
    rate_exponent: ClassVar[float] = 1.0
    is_diagonal: ClassVar[bool] = False
    remembers: ClassVar[bool] = False

    learning_rate: float | FloatArray | None = None
    schedule: Schedule = CONSTANT

    __eq__ = same_fields

    def __post_init__(self) -> None:
        settle_rate(self)

    def init(self, params: FloatArray) -> GradientDescentState:
        """Return a state of zero updates."""
        return GradientDescentState(0)

    def update(self, gradient: FloatArray, state: GradientDescentState) -> tuple[FloatArray, GradientDescentState]:
        """Return −η g and the next state."""
        return descend(self, state, gradient), GradientDescentState(state.step + 1)

    def gradient_factor(self, state: GradientDescentState) -> float:
        """Return 1.0."""
        return 1.0

    def rate(self, state: GradientDescentState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return scheduled_rate(self.learning_rate, self.schedule, state.step)

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return 1 / curvature."""
        return 1.0 / curvature


__all__ = ["SGD", "GradientDescent", "GradientDescentState"]
